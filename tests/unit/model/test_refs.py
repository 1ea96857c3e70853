import pytest
from hypothesis import given
from hypothesis import strategies as st

from custhub.model.refs import SourceRef


@given(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True), st.text(min_size=1))
def test_a_reference_survives_its_text(system: str, key: str) -> None:
    ref = SourceRef(system, key)

    assert SourceRef.parse(str(ref)) == ref


@pytest.mark.parametrize("text", ["", "erp", "erp:", ":1", "ERP:1", "9erp:1", "e-r:1"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a source reference"):
        SourceRef.parse(text)


def test_leading_zeros_and_colons_stay() -> None:
    assert SourceRef.parse("erp:0001:x") == SourceRef("erp", "0001:x")
