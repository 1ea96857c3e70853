"""Splink 5 on the mixed set (benchmarks/mixed.py), in an environment of its own; the result goes to ER_RESULTS.

Splink has no configuration of its own for a table like this one: it gets what its documentation recommends for such
columns, after the cleaning that SQL can do (digits of phones, lower case, dates as ISO text), and merges at 0.95.
"""

import os

import duckdb
import splink.comparison_library as cl
from common import DATA, Clock, cluster_metric, log, rss_mb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

CLEAN = """
    SELECT unique_id, cluster, source, kind, lower(trim(name)) AS name, lower(trim(address)) AS address,
        nullif(lower(trim(email)), '') AS email, nullif(right(regexp_replace(phone, '[^0-9]', '', 'g'), 8), '') AS phone,
        nullif(upper(regexp_replace(identifier, '[^0-9A-Za-z]', '', 'g')), '') AS identifier, lower(trim(city)) AS city,
        strftime(coalesce(try_strptime(birth_date, '%Y%m%d'), try_strptime(birth_date, '%Y-%m-%d'),
            try_strptime(birth_date, '%Y/%m/%d')), '%Y-%m-%d') AS birth_date
    FROM read_parquet($file)
"""
BLOCKS = [
    block_on("identifier"), block_on("email"), block_on("phone"), block_on("name"), block_on("address"),
    block_on("birth_date", "substr(name, 1, 1)"), block_on("substr(name, 1, 4)", "city"),
]  # fmt: skip


def main() -> None:
    con = duckdb.connect()
    con.execute(f"SET threads = {os.environ.get('ER_THREADS', '2')}")
    clock = Clock()
    people = con.execute(CLEAN, {"file": f"{DATA}/mixed/data.parquet"}).to_arrow_table()
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=BLOCKS,
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8]).configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
            cl.DamerauLevenshteinAtThresholds("phone", [1]),
            cl.JaroWinklerAtThresholds("address", [0.97, 0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("identifier"),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.ExactMatch("kind"),
        ],
    )
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register(people), settings)
    exact = [block_on("identifier"), block_on("email", "name"), block_on("phone", "name")]
    linker.training.estimate_probability_two_random_records_match(exact, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("email"), block_on("name"), block_on("phone")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict()
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=0.95)
    rows = con.table(found.physical_name).fetchnumpy()
    spent = {"wall_s": clock.total(), "cpu_s": clock.cpu(), "peak_rss_mb": rss_mb()}
    log("splink5", "mixed", {**spent, "clusters": cluster_metric(rows["cluster_id"], rows["cluster"])})


if __name__ == "__main__":
    main()
