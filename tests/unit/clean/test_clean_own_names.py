"""A project's own aliases and nicknames add to those of the package."""

from pathlib import Path

import polars as pl
import pytest

from custhub.clean import compare_values, first_forms, knowing, read_own_names
from custhub.errors import ConfigError


def test_own_aliases_are_known_while_asked(tmp_path: Path) -> None:
    (tmp_path / "company_aliases.txt").write_text(
        "# our customers\n汉溪管理咨询有限公司 | HX Advisors Ltd | 漢諮\n", encoding="utf-8"
    )
    (tmp_path / "nicknames.txt").write_text("Xaver | Xari\n", encoding="utf-8")
    own = read_own_names(tmp_path)
    with knowing(own):
        assert compare_values("company", "汉溪管理咨询有限公司", "HX Advisors Limited").level == "alias"
        assert compare_values("company", "汉溪管理咨询", "汉谘").level == "alias"
        assert compare_values("person", "Xaver Huber", "Xari Huber").decision == "review"
    assert compare_values("company", "汉溪管理咨询有限公司", "HX Advisors Limited").decision == "no-match"
    assert compare_values("person", "Xaver Huber", "Xari Huber").decision == "no-match"


def test_first_forms_of_names() -> None:
    firms = (("汉溪管理咨询", "hx advisors ltd"), ("甲一", "三甲"), ("乙一", "三甲"))
    names = pl.Series(["漢溪管理諮詢有限公司", "HX Advisors", "三甲", "汉溪管理咨询有限公司上海分公司", "Other", None])
    kept = names.to_list()[2:]
    assert first_forms(names, firms, companies=True).to_list() == ["汉溪管理咨询", "汉溪管理咨询", *kept]
    given = pl.Series(["XARI Maria", "Xaver", "Maria"])
    assert first_forms(given, (("xaver", "xari"),), companies=False).to_list() == ["xaver", "xaver", "Maria"]


def test_nothing_is_needed_and_mistakes_name_their_line(tmp_path: Path) -> None:
    assert read_own_names(tmp_path).companies == ()
    (tmp_path / "company_aliases.txt").write_text("a | b\n\nalone\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"company_aliases\.txt:3"):
        read_own_names(tmp_path)
