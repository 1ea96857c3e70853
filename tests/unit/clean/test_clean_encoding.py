"""Code pages and mojibake."""

import polars as pl
import pytest

from custhub.clean import decode, detect_encoding, repair_column, repair_text

NAMES = ["张伟", "王芳", "李娜", "刘洋", "陈静", "杨明华", "赵国强", "上海贸易有限公司", "北京科技有限公司", "周建国"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_code_page_of_a_file(codec: str) -> None:
    data = "\n".join(NAMES).encode(codec)
    assert decode(data) == "\n".join(NAMES)


@pytest.mark.parametrize(
    ("codec", "rows"),
    [
        ("cp1252", "id;nombre\n1;José Muñoz Peña\n2;Ibáñez Álvarez\n"),
        ("cp1252", "id;name\n1;Müller\n2;Müller\n"),
        ("cp1250", "id;nazwisko\n1;Łukasz Świątek\n2;Żaneta Gołębiowska\n3;Paweł Kwaśniewski\n"),
        ("cp1254", "ad;soyad\nIşıl;Yıldırım\nGökçe;Şahin\nÇağla;Öztürk\n"),
        ("cp1253", "όνομα;πόλη\nΓιώργος;Αθήνα\nΕλένη;Θεσσαλονίκη\n"),
        ("cp1251", "имя;город\nИван Петров;Москва\nАнна Смирнова;Казань\n"),
        ("koi8_r", "имя;город\nИван Петров;Москва\nАнна Смирнова;Казань\n"),
        ("cp1255", "שם;עיר\nדוד כהן;תל אביב\nשרה לוי;ירושלים\n"),
        ("cp1256", "الاسم;المدينة\nمحمد أحمد;القاهرة\nفاطمة علي;الرياض\n"),
        ("tis_620", "ชื่อ;เมือง\nสมชาย ใจดี;กรุงเทพ\n"),
    ],
)
def test_code_page_of_a_file_by_its_language(codec: str, rows: str) -> None:
    assert detect_encoding((rows * 5).encode(codec)).encoding == codec


def test_undecided_says_so() -> None:
    assert detect_encoding(bytes.fromhex("ababa6a4")).encoding is None
    assert decode(bytes.fromhex("8862"), "big5hkscs") == "Ê̄"


@pytest.mark.parametrize(("right", "wrong"), [("gb18030", "cp950"), ("gb18030", "latin-1"), ("gb18030", "cp949")])
def test_a_column_votes_and_is_repaired(right: str, wrong: str) -> None:
    broken = [name.encode(right).decode(wrong) for name in NAMES if _readable(name, right, wrong)]
    whole = [name for name in NAMES if _readable(name, right, wrong)]
    repair = repair_column(pl.Series(broken))
    assert repair.pair == (right, wrong)
    assert repair.values.to_list() == whole


def _readable(name: str, right: str, wrong: str) -> bool:
    try:
        name.encode(right).decode(wrong)
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize(
    "column", [NAMES, ["Müller", "José", "Łódź", "Söderström", "Zoë"], ["田中いずみ", "佐藤", "鈴木", "東京", "さくら"]]
)
def test_clean_columns_stay_silent(column: list[str]) -> None:
    repair = repair_column(pl.Series(column))
    assert repair.pair is None
    assert repair.values.to_list() == column
    assert repair.proposals.null_count() == len(column)


def test_one_value_is_only_proposed() -> None:
    repair = repair_text("い瓣")
    assert (repair.values[0], repair.proposals[0]) == ("い瓣", "中國")


def test_half_characters_are_proposed() -> None:
    repair = repair_text("?梢灶A見")
    assert repair.values[0] == "?梢灶A見"
    assert repair.proposals[0] == "\ufffd以預見"
    assert repair.reasons.to_list() == [["half_character"]]


def test_escapes_and_the_lost() -> None:
    assert repair_text("&#23458;&#25143;").values[0] == "客户"
    assert repair_text("有限公司锟斤拷").reasons.to_list() == [["unrepairable"]]


@pytest.mark.parametrize("text", ["汉得", "Müller", "王伟"])
def test_what_was_read_wrongly_twice_is_mended_at_once(text: str) -> None:
    once = text.encode().decode("latin-1")
    repaired = repair_text(once.encode().decode("latin-1"))
    assert repaired.values[0] == text
    assert repair_text(text).values[0] == text


def test_a_text_with_lost_bytes_is_said_to_be_lost() -> None:
    torn = "上海汉得信息技术".encode().decode("cp1252", "replace")
    repaired = repair_text(torn)
    assert (repaired.values[0], repaired.reasons.to_list()) == (torn, [["unrepairable"]])


def test_long_text_is_mended_as_its_column_is() -> None:
    right = ["王小明", "李建国", "陈美玲", "张志强", "刘德华", "客户要求周五之前送货" * 600]
    repair = repair_column(pl.Series([text.encode("gb18030").decode("latin-1") for text in right]))
    assert repair.values.to_list() == right


def test_escapes_in_long_text_are_unfolded() -> None:
    assert repair_text("客户&#38468;近 " * 1_000).values[0] == "客户附近 " * 1_000
