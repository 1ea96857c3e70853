# One image for every part of docker-compose.yml: Airflow's, and the steward app.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    UV_COMPILE_BYTECODE=1 \
    GX_ANALYTICS_ENABLED=False \
    PATH=/opt/custhub/.venv/bin:$PATH \
    CUSTHUB_PROJECT=/opt/custhub \
    CUSTHUB_DATA=/var/lib/custhub \
    AIRFLOW_HOME=/var/lib/airflow

RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home custhub \
    && install -d -o custhub /opt/custhub /var/lib/custhub /var/lib/airflow

USER custhub
WORKDIR /opt/custhub

# The dependencies before the code: they change less often.
COPY --chown=custhub Makefile pyproject.toml requirements.lock README.md LICENSE ./
COPY --chown=custhub src src
RUN make .venv/installed

COPY --chown=custhub connectors connectors
COPY --chown=custhub mappings mappings
COPY --chown=custhub expectations expectations
COPY --chown=custhub dags dags
