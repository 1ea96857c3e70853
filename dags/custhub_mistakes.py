"""No Airflow DAG: shows connectors whose YAML gives none as an import error, so that they do not hide the others."""

from pathlib import Path

from custhub.dagkit.dags import refuse_mistakes

refuse_mistakes(Path(__file__).resolve().parents[1])
