"""Airflow DAG that brings landed rows to the golden customers, whenever a source has news."""

from pathlib import Path

from custhub.dagkit.dags import golden_dag

dag = golden_dag(Path(__file__).resolve().parents[1])
