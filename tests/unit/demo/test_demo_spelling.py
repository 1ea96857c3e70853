import pytest
from hypothesis import given
from hypothesis import strategies as st

from custhub.demo import slips, spelling
from custhub.demo.spelling import date_text, phone_text


@pytest.mark.parametrize(
    ("family", "given", "latin"),
    [
        ("曾", "国藩", "Zeng Guofan"),
        ("单", "雄信", "Shan Xiongxin"),
        ("尉迟", "恭", "Yuchi Gong"),
        ("贺", "澄君", "He Chengjun"),
    ],
)
def test_surnames_have_readings_of_their_own(family: str, given: str, latin: str) -> None:
    assert f"{spelling.pinyin_surname(family)} {spelling.pinyin(given)}" == latin


@pytest.mark.parametrize(
    ("family", "given", "latin"),
    [("陳", "志明", "Chen Chih-Ming"), ("張", "淑芬", "Chang Shu-Fen"), ("謝", "國雄", "Hsieh Kuo-Hsiung")],
)
def test_taiwan_spells_in_wade_giles(family: str, given: str, latin: str) -> None:
    assert f"{spelling.taiwan_surname(family)} {spelling.taiwan_given(given)}" == latin


@pytest.mark.parametrize(
    ("text", "style", "written"),
    [("86|137|95114177", 0, "137-9511-4177"), ("49|30|4915696", 3, "030/4915696"), ("886|912|345678", 3, "0912-345-678"), ("1|212|4508686", 3, "(212) 450-8686")],
)  # fmt: skip
def test_phones_are_written_as_at_home(text: str, style: int, written: str) -> None:
    assert phone_text(text, style) == written


def test_dates_in_five_ways() -> None:
    assert [date_text("1992-02-07", style) for style in range(5)] == [
        "19920207",
        "1992/02/07",
        "07.02.1992",
        "1992年2月7日",
        "081/02/07",
    ]


@given(st.text(max_size=40), st.integers(0, 2**31 - 1))
def test_no_slip_stumbles_over_any_text(text: str, k: int) -> None:
    for change in slips.SLIPS.values():
        assert change(text, k) == change(text, k)


@given(st.from_regex(r"[A-Z][a-z]{4,12}", fullmatch=True), st.integers(0, 2**31 - 1))
def test_a_typo_keeps_the_first_letter_and_nearly_the_length(name: str, k: int) -> None:
    wrong = slips.typo(name, k)
    assert wrong[0] == name[0]
    assert abs(len(wrong) - len(name)) <= 1


def test_the_legal_form_changes_its_spelling_only() -> None:
    assert slips.legal_form("汉溪管理咨询有限责任公司", 0) == "汉溪管理咨询有限公司"
    assert slips.legal_form("Kronmar Metallbau GmbH & Co. KG", 0) == "Kronmar Metallbau GmbH + Co. KG"
    assert slips.short_form("Nordsan Électricité SAS", 0) == "Nordsan Électricité"


def test_streets_and_rooms_are_shortened() -> None:
    assert slips.street_short("Hauptstraße", 0) == "Hauptstr."
    assert slips.room_dashes("金色家园3栋502室", 0) == "金色家园3-502"
    assert slips.homophone("王伟", 0) != "王伟"
    assert slips.other_script("張志明", 0) == "张志明"
