"""Phones, e-mails, identifiers, dates and addresses."""

import pytest

from custhub.clean import clean_value


@pytest.mark.parametrize(
    ("raw", "display", "valid"),
    [
        ("手机:139 1234 5678", "+8613912345678", True),
        ("0755-86013388-8001", "+8675586013388;ext=8001", True),
        ("139****5678", "139****5678", None),
        ("+44 20 7946 0958", "+442079460958", True),
        ("1.39E+10", "1.39E+10", False),
    ],
)
def test_phone(raw: str, display: str, valid: bool | None) -> None:
    cleaned = clean_value("phone", raw)
    assert (cleaned.display, cleaned.valid) == (display, valid)


def test_phone_of_another_region() -> None:
    assert clean_value("phone", "(415) 555-2671", region="US").display == "+14155552671"
    assert clean_value("phone", "02 2345 6789", region="TW").display == "+886223456789"


@pytest.mark.parametrize(
    ("raw", "display", "key", "reason"),
    [
        ("J.Doe+x@GMAIL.com", "j.doe+x@gmail.com", "jdoe@gmail.com", "case_folded"),
        ("li@163.con", "li@163.con", "li@163.con", "typo_domain"),
        ("xiaoshou@abc.cn", "xiaoshou@abc.cn", "ROLE:xiaoshou@abc.cn", "role_account"),
        ("test@test.com", "test@test.com", None, "dummy"),
        ("not an address", "not an address", None, "not_an_address"),
    ],
)
def test_email(raw: str, display: str, key: str | None, reason: str) -> None:
    cleaned = clean_value("email", raw)
    assert (cleaned.display, cleaned.key) == (display, key)
    assert reason in cleaned.reasons


def test_email_suggests_but_never_changes() -> None:
    assert clean_value("email", "anna@hotmial.com").parts["suggestion"] == "anna@hotmail.com"


@pytest.mark.parametrize(
    ("raw", "kind", "valid", "reason"),
    [
        ("91310000631696382C", None, True, None),
        ("9131OOOO631696382C", "uscc", True, "letters_read_as_digits"),
        ("110101199003074000", "cn_id", False, "spreadsheet_damage"),
        ("4595257", "tw_ubn", True, "leading_zero_restored"),
        ("63169638-2", "uscc", False, "other_type"),
        ("5299000J2N45DDNE4Y29", "lei", False, "wrong_checksum"),
        ("620201195007268604", "cn_id", None, None),
    ],
)
def test_identifier(raw: str, kind: str | None, valid: bool | None, reason: str | None) -> None:
    cleaned = clean_value("identifier", raw, type=kind)
    assert valid is None or cleaned.valid is valid
    assert reason is None or reason in cleaned.reasons


def test_organisation_code_is_found_in_both_numbers() -> None:
    new, old = (clean_value("identifier", raw).parts["org_code"] for raw in ("91310000631696382C", "63169638-2"))
    assert new == old == "631696382"


@pytest.mark.parametrize(
    ("raw", "options", "display"),
    [
        ("1985.7.3", {}, "1985-07-03"),
        ("一九八五年十二月廿三日", {}, "1985-12-23"),
        ("03/04/1985", {}, None),
        ("03/04/1985", {"order": "dmy"}, "1985-04-03"),
        ("03/04/1985", {"region": "US"}, "1985-03-04"),
        ("25/12/85", {}, "1985-12-25"),
        ("昭和60年12月25日", {}, "1985-12-25"),
        ("2 Jan. 2024", {}, "2024-01-02"),
        ("2024-02-30", {}, None),
        ("202401", {}, "2024-01"),
        ("2024-01-02T03:04:05Z", {}, "2024-01-02"),
        ("9999-12-31", {}, None),
    ],
)
def test_date(raw: str, options: dict[str, str], display: str | None) -> None:
    assert clean_value("date", raw, **options).display == display


@pytest.mark.parametrize(
    ("raw", "province", "city", "county", "detail"),
    [
        ("广东深圳南山区科技园路9号", "广东省", "深圳市", "南山区", "科技园路9号"),
        ("南京东路300号", None, None, None, "南京东路300号"),
        ("吴江市盛泽镇", "江苏省", "苏州市", "吴江区", "盛泽镇"),
        ("市中区解放路1号", None, None, "市中区", "解放路1号"),
        ("高雄市三民區建工路415號", "台湾省", "高雄市", "三民区", "建工路415号"),
        ("12 Xizang Road, Huangpu District, Shanghai, China", "上海市", "上海市", "黄浦区", "12 Xizang Road"),
        ("10115 Berlin", None, None, None, "Berlin"),
    ],
)
def test_address_place(raw: str, province: str | None, city: str | None, county: str | None, detail: str) -> None:
    parts = clean_value("address", raw).parts
    assert tuple(parts[name] for name in ("province", "city", "county", "detail")) == (province, city, county, detail)


def test_western_address() -> None:
    parts = clean_value("address", "Hauptstr. 12a, 10115 Berlin, Germany").parts
    assert (parts["country"], parts["city"], parts["postcode"], parts["house_number"]) == (
        "DE",
        "Berlin",
        "10115",
        "12a",
    )


def test_number_with_a_mark_is_another_plot() -> None:
    assert clean_value("address", "长安街甲5号").key != clean_value("address", "长安街5号").key
    assert clean_value("address", "长安街三十五号2幢5F").key == clean_value("address", "長安街35號2棟5層").key
