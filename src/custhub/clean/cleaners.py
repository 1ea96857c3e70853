"""The cleaners by name, with their options and examples (`custhub cleaners` lists them)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CleanerInfo:
    """A cleaner as mappings name it: what it does, which options it heeds, examples (raw, display)."""

    kind: str
    description: str
    options: tuple[str, ...]
    examples: tuple[tuple[str, str | None], ...]


CLEANERS: dict[str, CleanerInfo] = {
    info.kind: info
    for info in (
        CleanerInfo(
            "text",
            "Free text: one width, no invisible characters, single spaces; placeholders become null",
            (),
            (("  漢普　管理 ", "漢普管理"), ("客戶關(guān)系", "客戶關系"), ("N/A", None)),
        ),
        CleanerInfo(
            "person",
            "A person's name: family and given name, title, nickname, Western name, in any order and script",
            ("region",),
            (("賀　澄君 先生", "賀澄君先生"), ("HE, Chengjun (Mark)", "HE, Chengjun (Mark)")),
        ),
        CleanerInfo(
            "company",
            "A company's name: core, place, trade, legal form, branch; status notes become flags",
            (),
            (("上海汉普贸易有限公司（已注销）", "上海汉普贸易有限公司"),),
        ),
        CleanerInfo(
            "phone",
            "One phone number as E.164 with extension; split fields with several numbers first",
            ("region", "city"),
            (("021-55558888轉801", "+862155558888;ext=801"), ("138 1234 5678", "+8613812345678")),
        ),
        CleanerInfo(
            "email",
            "One e-mail address in lower case; the key knows what providers ignore",
            (),
            (("Mark.He@Han.com ", "mark.he@han.com"), ("mark．he＠han.com", "mark.he@han.com")),
        ),
        CleanerInfo(
            "address",
            "A postal address in one line: divisions, street, number, unit, postcode",
            ("region",),
            (("浦东新区张江路123号", "浦东新区张江路123号"),),
        ),
        CleanerInfo(
            "identifier",
            "A company's, tax or personal number, checked: uscc, cn_id, tw_ubn, hkid, vat, lei, iban, duns or a module of python-stdnum",
            ("type", "region"),
            (("9131 0000 6316 9638 2c", "91310000631696382C"), ("A123456（3）", "A123456(3)")),
        ),
        CleanerInfo(
            "date",
            "A date of any calendar as ISO text; a month or year alone is kept as such",
            ("region", "order"),
            (("民國113年1月2日", "2024-01-02"), ("二〇二四年一月二日", "2024-01-02"), ("0000-00-00", None)),
        ),
    )
}
