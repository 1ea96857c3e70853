"""Values as they come, looked at one by one when issue 4 was walked line by line: what they were read as wrongly before."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from custhub.clean import as_written, clean_column, clean_value, split_values


def parts(kind: str, raw: str, **options: Any) -> dict[str, str]:
    return {name: value for name, value in clean_value(kind, raw, **options).parts.items() if value}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Cheung Ka-fai, Louis", {"family": "cheung", "given": "ka fai", "western": "louis"}),
        ("張學友 Jacky Cheung", {"family": "张", "given": "学友", "western": "jacky"}),
        (
            "Dr. med. Klaus-Peter von der Heide",
            {"family": "von der heide", "given": "klaus peter", "title": "Dr. med."},
        ),
        ("老陈师傅", {"family": "陈", "title": "师傅"}),
        ("高圓圓 女士 收", {"family": "高", "given": "圆圆", "title": "女士"}),
        ("Иванова Мария Петровна", {"family": "иванова", "given": "мария", "middle": "петровна"}),
        ("John Michael Petrovich", {"family": "petrovich", "given": "john"}),
        ("Dr. Phil Collins", {"family": "collins", "given": "phil", "title": "Dr."}),
    ],
)
def test_persons(raw: str, expected: dict[str, str]) -> None:
    assert parts("person", raw).items() >= expected.items()


def test_a_department_beside_a_name_is_no_nickname() -> None:
    cleaned = clean_value("person", "周慧敏（采购部）")
    assert cleaned.key == "周慧敏"
    assert cleaned.parts["nick"] is None
    assert "note_removed" in cleaned.reasons


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("北京市朝阳区远大路第三分公司", {"core": "远大路第三分公司", "place": "北京朝阳"}),
        ("苏宁易购集团股份有限公司苏宁采购中心", {"core": "苏宁易购", "legal": "JSC+G", "branch": "苏宁采购中心"}),
        ("上海明通贸易有限公司(原上海明达贸易有限公司)", {"core": "明通", "flags": "renamed"}),
        ("上海原野贸易有限公司", {"core": "原野", "trade": "贸易"}),
        ("海底捞火锅（成都春熙路店）", {"core": "海底捞", "trade": "火锅", "branch": "成都春熙路店"}),
        ("*停用* 宁波市星火电器厂", {"core": "星火", "flags": "inactive"}),
        ("深圳市前海云帆供应链管理有限公司", {"core": "云帆", "place": "深圳前海"}),
        ("重庆小面馆", {"core": "小面馆", "place": "重庆"}),
        ("Siemens AG Österreich", {"core": "siemens", "legal": "AG", "place": "osterreich"}),
        ("ООО Ромашка", {"core": "ромашка", "legal": "LLC"}),
        ("PT Astra International", {"core": "astra international", "legal": "PT"}),
    ],
)
def test_companies(raw: str, expected: dict[str, str]) -> None:
    assert parts("company", raw).items() >= expected.items()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("河北雄安新区容城县奥威路100号", {"county": "容城县", "house_number": "100"}),
        ("350 5th Ave Apt 12C, New York, NY 10118", {"house_number": "350", "street": "5th Ave"}),
        ("四川成都锦江区春熙路1号附2号", {"house_number": "1", "unit": "2"}),
        ("广州市越秀区东风西路一百三十八号之三", {"house_number": "138", "unit": "3"}),
        ("大阪府大阪市北区梅田3-1-3", {"country": "JP"}),
        ("千葉県松戸市本町1-2", {"country": "JP"}),
        ("PO Box 123, Sydney NSW 2001, Australia", {"street": "PO Box 123"}),
        ("No. 1388, Wuzhong Rd., Minhang Dist., Shanghai 201103", {"county": "闵行区", "house_number": "1388"}),
        ("No. 5 Renmin South Road, Wuhou District, Chengdu, Sichuan, China", {"city": "成都市", "county": "武侯区"}),
        ("12 Lingnan Avenue, Chancheng District, Foshan, Guangdong, China", {"city": "佛山市", "county": "禅城区"}),
        (
            "5F., No. 169, Sec. 4, Zhongxiao E. Rd., Da'an Dist., Taipei City 106, Taiwan",
            {"city": "台北市", "county": "大安区", "house_number": "169", "postcode": "106"},
        ),
    ],
)
def test_addresses(raw: str, expected: dict[str, str]) -> None:
    assert parts("address", raw).items() >= expected.items()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("成都市锦江区春熙路1号附2号", "成都市锦江区春熙路1号附5号"),
        ("Flat A, 15/F, Block 3, Taikoo Shing, Hong Kong", "Flat A, 15/F, Block 3, Whampoa Garden, Hong Kong"),
        ("Flat A, 15/F, Block 3, Taikoo Shing, Hong Kong", "Flat A, 16/F, Block 3, Taikoo Shing, Hong Kong"),
        ("No. 8 South 1st Road, Nanshan, Shenzhen, China", "No. 8 South 2nd Road, Nanshan, Shenzhen, China"),
        ("No. 9, Sec. 1, Heping E. Rd., Taipei, Taiwan", "No. 9, Sec. 2, Heping E. Rd., Taipei, Taiwan"),
    ],
)
def test_two_addresses_have_two_keys(one: str, other: str) -> None:
    assert clean_value("address", one).key != clean_value("address", other).key


def test_a_taiwanese_number_without_its_area_code_is_not_completed_by_accident() -> None:
    assert clean_value("phone", "2720-8889", region="TW").reasons == ("area_code_missing",)
    assert clean_value("phone", "2720-8889", region="TW", city="台北市").display == "+886227208889"
    assert clean_value("phone", "912345678", region="TW").display == "+886912345678"


def test_a_first_number_that_is_no_day_is_the_year() -> None:
    assert clean_value("date", "99/12/31").display == "1999-12-31"
    assert clean_value("date", "99/12/31", region="TW").display == "2010-12-31"
    assert clean_value("date", "99/12/31", order="dmy").valid is False


def test_a_form_at_the_front_is_written_as_it_came() -> None:
    for name in ("ООО Ромашка", "PT Astra International"):
        cleaned = clean_column("company", pl.Series([name]))
        written = as_written("company", cleaned["display"], cleaned["parts"]).struct.field("legal")
        assert written[0] in name


@pytest.mark.parametrize(
    "raw",
    ["Mr and Mrs J Smith", "John & Mary Smith", "Herr und Frau Meyer", "张三、李四", "张三/李四", "王芳和李雷"],
)
def test_two_people_are_not_read_as_one(raw: str) -> None:
    cleaned = clean_value("person", raw)
    assert "several_people" in cleaned.reasons
    assert not any(cleaned.parts.values())


@pytest.mark.parametrize("raw", ["王和平", "Anderson Sand", "Ortega y Gasset", "R&", "Jean-Luc Étienne"])
def test_one_person_stays_one(raw: str) -> None:
    assert "several_people" not in clean_value("person", raw).reasons


def test_vietnamese_names_begin_with_the_family() -> None:
    read = parts("person", "Nguyễn Văn Anh")
    assert (read["family"], read["middle"], read["given"]) == ("nguyễn", "văn", "anh")
    assert parts("person", "Đặng Thị Hoa")["latin"] == "dang hoa thi"
    assert parts("person", "Anh Nguyễn")["family"] == "nguyễn"


@pytest.mark.parametrize("brackets", ["()", "（）", "［］", "【】", "〔〕", "﹙﹚"])
def test_brackets_of_any_width_hold_the_place(brackets: str) -> None:
    name = f"汉得{brackets[0]}上海{brackets[1]}科技有限公司"
    assert clean_value("company", name).key == "汉得科技(上海)|llc"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            "中国建筑第八工程局有限公司上海分公司浦东机场项目部",
            {"legal": "LLC", "branch": "上海分公司浦东机场项目部", "head": "中国建筑第八工程局有限公司"},
        ),
        ("上海明德投资合伙企业（有限合伙）", {"core": "明德", "legal": "LP"}),
        ("S.A.R.L. Dupont", {"core": "dupont", "legal": "SARL"}),
        ("ACME S. de R.L. de C.V.", {"core": "acme", "legal": "SRL"}),
        ("Merck GmbH & Co. KGaA", {"core": "merck", "legal": "GMBHKGAA"}),
    ],
)
def test_chains_and_forms_of_companies(raw: str, expected: dict[str, str]) -> None:
    assert parts("company", raw).items() >= expected.items()


@pytest.mark.parametrize(
    "raw", ["13812345678微信同号", "王先生 138 1234 5678", "138-1234-5678 王", "13812345678（王先生）"]
)
def test_words_beside_a_number_are_notes(raw: str) -> None:
    cleaned = clean_value("phone", raw)
    assert (cleaned.key, cleaned.reasons) == ("+8613812345678", ("note_removed",))


@pytest.mark.parametrize(
    ("raw", "numbers"),
    [
        ("138 1234 5678 139 8765 4321", ["138 1234 5678", "139 8765 4321"]),
        ("13812345678(王)13987654321(李)", ["13812345678(王)", "13987654321(李)"]),
        ("手机：13812345678 电话：021-55558888", ["手机:13812345678", "电话:021-55558888"]),
        ("0086 138 1234 5678", ["0086 138 1234 5678"]),
    ],
)
def test_numbers_side_by_side(raw: str, numbers: list[str]) -> None:
    assert split_values("phone", pl.Series([raw])).to_list() == [numbers]


@pytest.mark.parametrize(
    ("raw", "region", "date"),
    [
        ("23/5/3", "CN", "2023-05-03"),
        ("23-05-03", "CN", "2023-05-03"),
        ("23-05-03", "DE", "2003-05-23"),
        ("八八年三月五日", "CN", "1988-03-05"),
        ("2023年5月3日 上午10:30", "CN", "2023-05-03"),
        ("2023年5月3日10时30分", "CN", "2023-05-03"),
        ("1er janvier 2023", "FR", "2023-01-01"),
        ("05/2023", "CN", "2023-05"),
        ("3/5/7", "DE", None),
    ],
)
def test_dates(raw: str, region: str, date: str | None) -> None:
    assert clean_value("date", raw, region=region).display == date


def test_a_note_behind_an_address_of_mail_goes() -> None:
    assert clean_value("email", "zhang@qq.com（工作）").key == "zhang@qq.com"
    assert clean_value("email", "zhang@qq、com").parts["suggestion"] == "zhang@qq.com"
