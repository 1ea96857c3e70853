"""Airflow DAGs that land each source: one per file in connectors/, which also says when and by whose order."""

from pathlib import Path

from custhub.dagkit.dags import extract_dags

globals().update(extract_dags(Path(__file__).resolve().parents[1]))
