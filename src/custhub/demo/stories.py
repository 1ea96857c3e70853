"""A few hand-written customers that stand in every demo, for the README, the docs and the tests to point at."""

from __future__ import annotations

from typing import Any

import polars as pl

_HANXI = {
    "kind": "organisation", "country": "CN", "region": "上海市", "city": "上海市", "district": "静安区",
    "street": "南京西路", "house": "1266号", "unit": "38楼", "postcode": "200040", "id_type": "uscc",
    "id_value": "91310106MA80K66B5P", "email": "info@hanxi-consulting.cn", "created": "2012-05-14",
}  # fmt: skip
_HE = {"kind": "person", "country": "CN", "gender": "male", "owner": "wang.lei", "created": "2015-09-01"}
_ZENG = {
    "kind": "person", "country": "CN", "gender": "male", "born": "1979-08-16", "region": "浙江省", "city": "杭州市",
    "district": "西湖区", "street": "文昌路", "house": "88号", "unit": "6号楼1202室", "postcode": "310012",
}  # fmt: skip
_MUELLER = {
    "kind": "person", "country": "DE", "city": "Göttingen", "region": "NI", "street": "Goethestraße", "house": "12",
    "postcode": "37073", "family": "Müller", "created": "2018-02-03", "script": "latin",
}  # fmt: skip
_HARTLEY = {
    "kind": "person", "country": "US", "city": "Portland", "region": "OR", "street": "Maple Avenue", "house": "418",
    "postcode": "97205", "family": "Hartley", "given": "Robert", "gender": "male", "script": "latin",
}  # fmt: skip


def _customers() -> list[dict[str, Any]]:
    return [
        # One company in three systems, in three spellings.
        _HANXI | {"system": "erp", "key": "0000001001", "customer": "s001", "name": "汉溪管理咨询（上海）有限公司",
                  "phone": "021-62881234", "owner": "wang.lei", "changed": "2025-11-03T09:12:00", "script": "han"},
        _HANXI | {"system": "crm", "key": "0015g00000Hanx1AAB", "customer": "s001", "script": "latin",
                  "name": "Hanxi Consulting (Shanghai) Co., Ltd.", "phone": "+86 21 6288 1234", "owner": "a.berg",
                  "street": "Nanjing Road West", "house": "No. 1266", "unit": "", "district": "Jingan",
                  "city": "Shanghai", "region": "", "changed": "2026-01-20T14:30:00", "opt_out": "no"},
        _HANXI | {"system": "legacy", "key": "00001001", "customer": "s001", "name": "漢溪管理諮詢(上海)有限責任公司",
                  "phone": "62881234", "email": "", "owner": "li.na", "changed": "2019-06-30T10:00:00", "script": "han"},
        # Its branch in Beijing is tied to it, not the same.
        _HANXI | {"system": "erp", "key": "0000001002", "customer": "s003", "parent_key": "0000001001", "script": "han",
                  "name": "汉溪管理咨询（上海）有限公司北京分公司", "phone": "010-85201234", "region": "北京市", "city": "北京市",
                  "district": "朝阳区", "street": "建国路", "house": "93号", "unit": "12楼", "postcode": "100022",
                  "id_value": "91110105MA60KFWW3Q", "owner": "chen.yu", "changed": "2024-03-11T16:45:00"},
        # Its contact, with a western name in the CRM.
        _HE | {"system": "erp", "key": "0000001001", "host_key": "0000001001", "record_key": "0000001001#contact-0000010011",
               "part": 1, "customer": "s002", "name": "贺澄君", "family": "贺", "given": "澄君", "phone": "139-0123-4567",
               "email": "chengjun.he@hanxi-consulting.cn", "changed": "2025-11-03T09:12:00", "script": "han"},
        _HE | {"system": "crm", "key": "0035g00000HeCJ1AAB", "customer": "s002", "name": "HE, Chengjun (Mark)",
               "family": "HE", "given": "Chengjun (Mark)", "phone": "+86 13901234567", "script": "latin",
               "email": "chengjun.he@hanxi-consulting.cn", "changed": "2025-12-01T11:05:00", "opt_out": "yes"},
        # Two records of one man that nothing ties together until day 2.
        _ZENG | {"system": "crm", "key": "0035g00000Zeng1AAB", "customer": "s004", "name": "曾国锋", "family": "曾",
                 "given": "国锋", "phone": "13701987654", "email": "zenggf1979@163.com", "owner": "li.na",
                 "created": "2021-04-19", "changed": "2025-08-08T08:08:00", "opt_out": "no", "script": "han"},
        _ZENG | {"system": "erp", "key": "0000001003", "customer": "s004", "name": "Zeng G.F.", "family": "Zeng",
                 "given": "G.F.", "phone": "0574-87654321", "city": "宁波市", "district": "海曙区", "street": "中山路",
                 "house": "5号", "unit": "", "postcode": "315000", "born": "", "owner": "chen.yu", "script": "latin",
                 "created": "2014-10-10", "changed": "2020-01-15T10:20:00"},
        # A household: one address, one telephone, two people; one of them also in the CRM.
        _MUELLER | {"system": "shop", "key": "1001", "customer": "s005", "name": "Anna Müller", "given": "Anna",
                    "born": "1984-05-02", "phone": "0551 2345678", "email": "anna.mueller84@web.de", "gender": "female",
                    "changed": "2025-10-10T20:15:00"},
        _MUELLER | {"system": "shop", "key": "1002", "customer": "s006", "name": "Thomas Müller", "given": "Thomas",
                    "born": "1981-11-23", "phone": "0551 2345678", "email": "tm1981@gmx.de", "gender": "male",
                    "changed": "2025-07-01T18:30:00"},
        _MUELLER | {"system": "crm", "key": "0035g00000Muel1AAB", "customer": "s005", "name": "Mueller, Anna",
                    "family": "Mueller", "given": "Anna", "phone": "+49 551 2345678", "street": "Goethestr.",
                    "email": "Anna.Mueller84@web.de", "owner": "t.huber", "changed": "2025-12-24T12:00:00",
                    "opt_out": "no"},
        # Father and son of one name at one address.
        _HARTLEY | {"system": "shop", "key": "1003", "customer": "s007", "name": "Robert Hartley Sr.", "suffix": "Sr.",
                    "born": "1955-03-09", "phone": "(503) 223-4455", "created": "2016-06-06",
                    "changed": "2024-02-29T09:00:00", "email": "rhartley55@comcast.net"},
        _HARTLEY | {"system": "crm", "key": "0035g00000Hart1AAB", "customer": "s008", "name": "Robert Hartley Jr.",
                    "suffix": "Jr.", "born": "1984-07-21", "phone": "503-841-9920", "email": "bob.hartley@gmail.com",
                    "owner": "s.hartley", "created": "2020-08-08", "changed": "2025-03-03T15:00:00", "opt_out": "no"},
    ]  # fmt: skip


def _broken_rows() -> list[dict[str, Any]]:
    """One row of each kind that breaks rules; the ERP's is mended on day 2."""
    return [
        _MUELLER | {"system": "shop", "key": "1004", "customer": "s009", "name": "Jörg Müller", "given": "Jörg",
                    "broken": "field count", "email": "joerg.mueller@web.de", "changed": "2025-04-04T10:00:00"},
        _MUELLER | {"system": "shop", "key": "1005", "customer": "s010", "name": "Uwe Müller", "given": "Uwe",
                    "broken": "bad birth date", "email": "uwe.mueller@gmx.de", "changed": "2025-05-05T10:00:00"},
        _ZENG | {"system": "legacy", "key": "00001002", "customer": "s011", "name": "鲁一凡", "phone": "13588112233",
                 "broken": "undecodable", "changed": "2012-02-02T10:00:00", "created": "2012-02-02"},
        _ZENG | {"system": "legacy", "key": "00001003", "customer": "s012", "name": "孟小书", "phone": "13588112244",
                 "broken": "cut short", "changed": "2012-02-03T10:00:00", "created": "2012-02-03"},
        _ZENG | {"system": "erp", "key": "0000001004", "customer": "s013", "name": "万思琪", "family": "万",
                 "given": "思琪", "phone": "13766554433", "broken": "bad birth date", "owner": "li.na",
                 "created": "2022-12-01", "changed": "2022-12-01T10:00:00"},
        {"system": "crm", "key": "0015g00000Nobo1AAB", "customer": "s014", "kind": "organisation", "country": "GB",
         "broken": "no name", "city": "Leeds", "created": "2023-03-03", "changed": "2023-03-03T10:00:00"},
        _HARTLEY | {"system": "crm", "key": "0035g00000Futu1AAB", "customer": "s015", "name": "Ronald Hartley",
                    "given": "Ronald", "broken": "born in the future", "created": "2024-04-04",
                    "changed": "2024-04-04T10:00:00"},
    ]  # fmt: skip


def _evidence() -> dict[str, Any]:
    """What the ERP learns of Zeng Guofeng on day 2."""
    return _ZENG | {
        "name": "曾国锋", "family": "曾", "given": "国锋", "phone": "137-0198-7654", "email": "zenggf1979@163.com",
        "script": "han", "address_changed": True, "phone_changed": True, "email_changed": True, "header_changed": True,
    }  # fmt: skip


MERGED_ON_DAY_2 = ("crm:0035g00000Zeng1AAB", "erp:0000001003")
"""Two records that are two golden customers on day 1 and one on day 2."""


def stories(schema: pl.Schema, day: int) -> pl.DataFrame:
    """The hand-written records as a frame of `schema`."""
    rows = [*_customers(), *_broken_rows()]
    if day == 2:
        news = {"0000001003": _evidence(), "0000001004": {"broken": "", "mended_changed": True}}
        rows = [row | news.get(row["key"], {}) for row in rows]
    for row in rows:
        row.setdefault("record_key", row["key"])
        row.setdefault("script", "latin")
    blank: dict[str, Any] = {
        name: "" if dtype == pl.String else False if dtype == pl.Boolean else -1 for name, dtype in schema.items()
    }
    unknown = {k for row in rows for k in row} - set(schema)
    assert not unknown, f"columns that records do not have: {sorted(unknown)}"
    return pl.DataFrame([blank | row for row in rows], schema=schema, orient="row")
