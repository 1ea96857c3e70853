"""Values as they come, looked at one by one when issue 4 was walked line by line: what they were read as wrongly before."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from custhub.clean import as_written, clean_column, clean_value, compare_values, repair_column, split_values


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


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("person", "王,小明", {"family": "王", "given": "小明"}),
        ("person", "小明，王", {"family": "王", "given": "小明"}),
        ("person", "王伟-David", {"family": "王", "given": "伟", "western": "david"}),
        ("person", "扎西多吉", {"given": "扎西多吉"}),
        ("person", "阿强", {"given": "强"}),
        ("person", "Wai Man Au Yeung", {"family": "au yeung", "given": "wai man"}),
        ("person", "Mme Dupont", {"family": "dupont", "title": "Mme"}),
        ("company", "（原）上海明通贸易有限公司", {"core": "明通", "flags": "renamed"}),
        ("company", "客户：上海明通贸易有限公司。", {"core": "明通", "legal": "LLC"}),
        ("company", "上海明通贸易有限公", {"core": "明通", "legal": "LLC"}),
        ("company", "Mingtong Ltd. 明通贸易（上海）有限公司", {"core": "明通", "place": "上海"}),
        ("company", "上海博世液压及自动化有限公司", {"core": "博世", "trade": "液压及自动化"}),
        ("company", "Bank of China Limited", {"core": "bank of china"}),
        ("company", "Acme Inc., Attn: Accounts Payable", {"core": "acme"}),
        ("phone", "0571-88886666(8001)", {"extension": "8001"}),
        ("phone", '="13812345678"', {"e164": "+8613812345678"}),
        ("address", "陕西省户县甘亭镇", {"city": "西安市", "county": "鄠邑区"}),
        ("address", "四川省涪陵市1号", {"province": "重庆市", "county": "涪陵区"}),
        ("address", "内蒙锡盟锡林浩特市", {"city": "锡林郭勒盟", "county": "锡林浩特市"}),
        ("address", "广州市越秀区解放路1号甲", {"house_number": "1甲"}),
        ("address", "Harbin, Heilongjiang, China", {"city": "哈尔滨市"}),
        ("address", "D-80331 München, Marienplatz 8", {"country": "DE", "postcode": "80331", "house_number": "8"}),
        ("identifier", "91310000631696382C（三证合一）", {"type": "uscc"}),
        ("date", "民國元年", {"year": "1912"}),
        ("date", "2 января 2024 г.", {"year": "2024", "month": "01", "day": "02"}),
    ],
)  # fmt: skip
def test_what_a_hostile_reader_found(kind: str, raw: str, expected: dict[str, str]) -> None:
    assert parts(kind, raw).items() >= expected.items()


def test_an_extension_outlives_the_city_that_completes_its_number() -> None:
    assert clean_value("phone", "55558888转801", city="上海市").display == "+862155558888;ext=801"
    assert split_values("phone", pl.Series(["1381234567813912345678"])).to_list() == [["13812345678", "13912345678"]]


@pytest.mark.parametrize(
    ("kind", "left", "right", "decision"),
    [
        ("person", "Martin King Jr.", "Martin King Sr.", "no-match"),
        ("person", "Martin King Jr.", "Martin King", "review"),
        ("person", "Hans Mueller", "Hans Müller", "match"),
        ("person", "诸葛亮", "葛亮", "no-match"),
        ("company", "Müller Bau GmbH", "Mueller Bau GmbH", "match"),
        ("company", "广东省广州市宏达贸易有限公司", "广州宏达贸易有限公司", "match"),
    ],
)
def test_pairs_that_a_hostile_reader_found(kind: str, left: str, right: str, decision: str) -> None:
    assert compare_values(kind, left, right).decision == decision
    assert compare_values(kind, right, left).decision == decision


@pytest.mark.parametrize(
    ("right", "wrong"), [("euc_jp", "latin-1"), ("cp932", "cp1252"), ("koi8-r", "cp1251"), ("gb18030", "cp949")]
)
def test_columns_in_other_code_pages_are_mended(right: str, wrong: str) -> None:
    texts = {
        "koi8-r": ["Москва", "Иван Петров", "улица Ленина", "Россия", "Казань", "Новосибирск"],
        "gb18030": ["王建国", "李小红", "广州天河体育东路", "上海明通贸易有限公司", "张伟", "杭州西湖"],
    }.get(right, ["東京都千代田区", "山田花子", "鈴木一郎", "大阪市北区梅田", "株式会社日立製作所", "トヨタ自動車"])
    read = [text.encode(right).decode(wrong, "replace") for text in texts]
    if wrong == "cp1252":  # which leaves five bytes open; systems read them as control characters
        read = ["".join(bytes([b]).decode(wrong, "ignore") or chr(b) for b in text.encode(right)) for text in texts]
    whole = [text for text, seen in zip(texts, read, strict=True) if "\ufffd" not in seen]
    mended = repair_column(pl.Series([seen for seen in read if "\ufffd" not in seen]))
    assert mended.values.to_list() == whole
    assert repair_column(pl.Series(texts)).values.to_list() == texts


def test_what_a_code_page_has_twice_is_not_guessed() -> None:
    raw = "中国工商银行".encode("gb18030").decode("cp932", "replace")
    texts = [
        "王建国",
        "李小红",
        "张小明",
        "刘志强",
        "陈建华",
        "杨丽",
        "赵敏",
        "黄勇",
        "周杰",
        "吴军",
        "徐静",
        "孙涛",
        "马超",
        "朱红",
        "胡斌",
        "郭伟",
        "何平",
        "高峰",
        "林海",
        "罗刚",
    ]
    read = [text.encode("gb18030").decode("cp932", "replace") for text in texts]
    repair = repair_column(pl.Series([*(seen for seen in read if "\ufffd" not in seen), raw]))
    assert (repair.pair, repair.values[-1]) == (("gb18030", "cp932"), raw)
