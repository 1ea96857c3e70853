"""Persons and companies."""

import pytest

from custhub.clean import clean_value


@pytest.mark.parametrize(
    ("raw", "family", "given", "title"),
    [
        ("諸葛 亮", "诸葛", "亮", None),
        ("黄工", "黄", None, "工"),
        ("刘总监", "刘", None, "总监"),
        ("周小川行长助理", "周", "小川", "行长助理"),
        ("司马懿先生", "司马", "懿", "先生"),
        ("小张", "张", None, "小"),
        ("Ms. Leung Ka-yan", "leung", "ka yan", "Ms."),
        ("van der Berg, Jan", "van der berg", "jan", None),
        ("Ludwig van Beethoven", "van beethoven", "ludwig", None),
        ("Dr. SMITH John", "smith", "john", "Dr."),
    ],
)
def test_person_parts(raw: str, family: str, given: str | None, title: str | None) -> None:
    parts = clean_value("person", raw).parts
    assert (parts["family"], parts["given"], parts["title"]) == (family, given, title)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("財務部", "not_a_person"),
        ("김철수", "korean_name"),
        ("さくら", "japanese_name"),
        ("王*", "masked"),
        ("Li Wang", "ambiguous_order"),
    ],
)
def test_person_doubts(raw: str, reason: str) -> None:
    assert reason in clean_value("person", raw).reasons


def test_person_readings_meet_latin_names() -> None:
    assert "qiu | shao yun" in clean_value("person", "仇少云").readings
    assert clean_value("person", "單雄信").parts["latin"] == clean_value("person", "Xiongxin Shan").key


@pytest.mark.parametrize(
    ("raw", "core", "place", "trade", "legal", "branch"),
    [
        ("苏州市吴江区恒力纺织有限公司", "恒力", "苏州吴江", "纺织", "LLC", None),
        ("招商银行股份有限公司北京分行", "招商", None, "银行", "JSC", "北京分行"),
        ("深圳银行", "深圳银行", None, None, None, None),
        ("青岛啤酒股份有限公司", "青岛啤酒", None, None, "JSC", None),
        ("(株)日立製作所", "日立制作所", None, None, "KK", None),
        ("Müller GmbH & Co. KG", "muller", None, None, "GMBHKG", None),
        ("The Acme Corp. (Singapore)", "acme", "singapore", None, "CORP", None),
    ],
)
def test_company_parts(
    raw: str, core: str, place: str | None, trade: str | None, legal: str | None, branch: str | None
) -> None:
    parts = clean_value("company", raw).parts
    assert tuple(parts[name] for name in ("core", "place", "trade", "legal", "branch")) == (
        core,
        place,
        trade,
        legal,
        branch,
    )


def test_company_status_becomes_a_flag() -> None:
    cleaned = clean_value("company", "【作废】广州蓝天物流有限公司*")
    assert cleaned.display == "广州蓝天物流有限公司"
    assert cleaned.parts["flags"] == "inactive,marked"
    assert clean_value("company", "中建三局集团有限公司武汉地铁项目部").parts["flags"] == "project"
