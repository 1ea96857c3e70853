"""Declarations of connectors: all mistakes at once, each at its line."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from custhub import declaration
from custhub.errors import ConfigError
from custhub.extract import ConnectorFile, load_connector
from custhub.extract.spec import Connector


def load(text: str, file: str = "connectors/erp.yml") -> Connector:
    return load_connector(declaration.parse(text, file))


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return [str(mistake) for mistake in caught.value.mistakes]


GOOD = """\
source: erp
kind: sql
description: the ERP
owner: sales-it
tags: [erp, asia]
schedule: "0 2 * * *"
retries: 5
time_zone: Asia/Shanghai
contract: freeze
delete_limit: 0.1
connection: erp
deletes: keys
streams:
  customer: {table: sap.kna1, key: [mandt, kunnr], cursor: [aedat, aezet]}
  address: {query: select * from adrc, parent: [mandt, kunnr], cursor: {columns: changed, lag: PT1H}}
"""


def test_a_connector_carries_what_a_timetable_needs() -> None:
    connector = load(GOOD)
    assert (connector.source, connector.kind, connector.root, connector.retries) == ("erp", "sql", "customer", 5)
    assert (connector.schedule, connector.time_zone, connector.delete_limit) == ("0 2 * * *", "Asia/Shanghai", 0.1)
    assert connector.streams["customer"].key == ("mandt", "kunnr")
    assert connector.streams["address"].cursor.lag.total_seconds() == 3600  # type: ignore[union-attr]


def test_every_mistake_is_told_with_its_line() -> None:
    found = mistakes(
        """\
source: erp
kind: csv
time_zone: Mars
shedule: "@daily"
streams:
  customer:
    path: a.csv
    encoding: klingon
    key: [id]
    columns: [code, name]
  address:
    path: b.csv
    parent: [code, name]
    delimiter: ";;"
"""
    )
    assert len(found) == 6
    places = {line.split(": ")[0] for line in found}
    assert places == {
        "connectors/erp.yml:3:time_zone",
        "connectors/erp.yml:4:shedule",
        "connectors/erp.yml:8:streams.customer.encoding",
        "connectors/erp.yml:9:streams.customer.key",
        "connectors/erp.yml:13:streams.address.parent",
        "connectors/erp.yml:14:streams.address.delimiter",
    }


@pytest.mark.parametrize(
    ("change", "line", "word"),
    [
        (("connection: erp", "connection: postgresql://u:geheim@h/db"), 11, "password"),
        (("connection: erp", "connection: mysql://h/db?passwd=geheim"), 11, "password"),
        (("connection: erp", "connection: my erp"), 11, "neither"),
        (("table: sap.kna1, ", ""), 14, "either `table` or `query`"),
        (("table: sap.kna1, key", "table: sap.kna1, columns: [mandt, kunnr, aezet], key"), 14, "aedat"),
        (("key: [mandt, kunnr], ", ""), 14, "is missing"),
        (("parent: [mandt, kunnr]", "parent: [kunnr]"), 15, "has 1 columns"),
        (("parent: [mandt, kunnr], ", ""), 13, "have no parent"),
        (('"0 2 * * *"', "every day"), 6, "schedule"),
        (("lag: PT1H", "lag: soon"), 15, "duration"),
        (("source: erp", "source: crm"), 1, "the file is called erp"),
        (("kind: sql", "kind: odata"), 1, "kind"),
    ],
)
def test_one_mistake(change: tuple[str, str], line: int, word: str) -> None:
    assert change[0] in GOOD
    found = mistakes(GOOD.replace(*change))
    assert any(f"erp.yml:{line}" in mistake and word in mistake for mistake in found), found
    assert not any("geheim" in mistake for mistake in found)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("kind: csv\nstreams: {c: {path: a, key: id, header: false}}", "names of its columns"),
        ("kind: csv\nstreams: {c: {path: a, key: id, quote: ';', delimiter: ';'}}", "same as the delimiter"),
        ("kind: csv\nstreams: {c: {path: a, key: id, columns: [id, _key]}}", "custhub uses itself"),
        ("kind: csv\nstreams: {c: {path: a, key: id, columns: [id, id]}}", "twice"),
        ("kind: csv\nstreams: {c: {path: a, key: id, trailer: {pattern: '('}}}", "regular expression"),
        ("kind: csv\nmode: incremental\nstreams: {c: {path: a, key: id}, d: {path: b, parent: id}}", "one stream"),
        ("kind: csv\nstreams: {c: {path: a, key: id, delete_marker: {column: x, values: D}}}", "incremental"),
        ("kind: excel\nstreams: {c: {path: a, key: id, header_row: 0}}", "names of its columns"),
        ("kind: fixed_width\nstreams: {c: {path: a, key: id, columns: {id: 0}}}", "greater than 0"),
        ("kind: fixed_width\nstreams: {c: {path: a, key: nr, columns: {id: 5}}}", "not among the columns"),
    ],
)
def test_mistakes_of_files(text: str, word: str) -> None:
    assert any(word in mistake for mistake in mistakes("source: erp\n" + text))


def test_a_schema_can_be_made() -> None:
    schema = ConnectorFile.model_json_schema()
    assert schema["discriminator"]["propertyName"] == "kind"
    with pytest.raises(ValidationError):
        ConnectorFile.model_validate({"kind": "sql"})
