"""The only room that knows Airflow: DAGs made from the YAML, their tasks, and ways to run them.

    timetable    what runs when, from the few YAML keys that a DAG needs; no Airflow, no engine
    steps        what each task does, with the engine; imported by tasks only
    dags         the DAGs; `approval` the operator that waits for a person
    home         a private AIRFLOW_HOME;  inprocess  runs the real DAGs in this process;  standalone  a local Airflow

Airflow parses DAG files again and again, so `timetable`, `dags` and `approval` import neither Polars nor pandas nor Great
Expectations.
"""
