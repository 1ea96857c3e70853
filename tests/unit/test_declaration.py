import pytest

from custhub import declaration
from custhub.errors import ConfigError


class Stream(declaration.Spec):
    table: str
    key: list[str]


class Example(declaration.Spec):
    source: str
    since: str
    streams: dict[str, Stream]


GOOD = """
source: erp
since: 2026-01-01
streams:
  customer:
    table: KNA1
    key: [KUNNR]
"""


def mistakes(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigError) as caught:
        declaration.check(declaration.parse(text, "x.yml"), Example)
    return [(m.line, m.key, m.problem) for m in caught.value.mistakes]


def test_values_stay_as_written() -> None:
    example = declaration.check(declaration.parse(GOOD, "x.yml"), Example)

    assert example.since == "2026-01-01"
    assert declaration.parse("flag: no\ncountry: NO", "x.yml").data == {"flag": "no", "country": "NO"}
    assert declaration.parse("a: null\nb: true\nc: yes", "x.yml").data == {"a": None, "b": True, "c": "yes"}


def test_every_mistake_is_told_with_its_line_and_key() -> None:
    text = GOOD.replace("key: [KUNNR]", "keys: [KUNNR]").replace("source: erp", "source: [erp]")

    found = mistakes(text)

    assert (2, "source", "Input should be a valid string") in found
    assert (7, "streams.customer.keys", "is not a known key") in found
    assert (5, "streams.customer.key", "Field required") in found


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    assert mistakes("source: a\nsource: b\n") == [(2, "source", "stands twice")]


def test_bad_yaml_is_told_with_its_line() -> None:
    assert mistakes("source: [erp\nsince: x\n")[0][0] == 2


def test_a_mistake_reads_as_what_where_what_next() -> None:
    with pytest.raises(
        ConfigError, match=r"x\.yml:7:streams\.customer\.keys: is not a known key -> did you mean key\?"
    ):
        declaration.check(declaration.parse(GOOD.replace("key:", "keys:"), "x.yml"), Example)


def test_an_unknown_key_that_an_anchor_brought_is_told_too() -> None:
    """It has no line of its own: pydantic names a place that does not stand in the file."""
    assert any(problem == "is not a known key" for _, _, problem in mistakes(GOOD + "<<: {sorce: x}\n"))


def test_an_unknown_key_is_told_with_one_that_is_known_at_its_place() -> None:
    with pytest.raises(ConfigError, match=r"sorce: is not a known key -> did you mean source\?"):
        declaration.check(declaration.parse(GOOD + "sorce: x\n", "x.yml"), Example)
    with pytest.raises(ConfigError, match=r"sourc: is not a known key -> known: key"):  # known elsewhere only
        declaration.check(declaration.parse(GOOD + "    sourc: x\n", "x.yml"), Example)
