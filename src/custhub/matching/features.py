"""Canonical customers as flat columns, and the hub's default rules over them."""

from __future__ import annotations

import polars as pl

from custhub.clean import NO_NAMES, OwnNames, first_forms
from custhub.matching.arrays import HAN
from custhub.matching.rules import FieldKind, FieldRule, MatchRules, NeverRule
from custhub.matching.values import APART

_LEGAL = {"uscc": "uscc", "vat": "vat", "tw_ubn": "tw_ubn"}
"""Numbers of which an organisation has exactly one: two different ones are two customers. Feature -> identifier type."""


def customer_features(records: pl.DataFrame, own: OwnNames = NO_NAMES) -> pl.DataFrame:
    """One row per record with the columns that `hub_rules` reads; takes CUSTOMER's columns plus system and key. A name in
    a project's `own` tables is read as the first one of its line."""
    if own != NO_NAMES:
        records = records.with_columns(_first_forms(records, own))
    name, address = pl.col("name").struct, pl.col("addresses").list.get(0, null_on_oob=True).struct
    person = pl.col("kind") == "person"
    full = pl.coalesce(name.field("full"), name.field("native"))
    han = full.str.contains(r"\p{Han}")
    parts = records.select(
        "system",
        "key",
        "kind",
        given_name=pl.when(person).then(name.field("given")),
        family_name=pl.when(person).then(name.field("family")),
        person_name=pl.when(person).then(full),
        # A Chinese and a Latin name of one company cannot be compared: they contradict nothing.
        company_name=pl.when(~person & han).then(full),
        company_latin=pl.when(~person & ~han).then(full),
        other_names=name.field("aliases").list.join(" "),
        native_name=name.field("native"),
        birth_date=pl.coalesce("birth_date", "founded_on"),
        gender="gender",
        **{feature: _identifiers(of_type=kind) for feature, kind in _LEGAL.items()},
        identifiers=_identifiers(),
        emails=pl.col("emails").list.eval(pl.element().struct.field("value")).list.join("; "),
        phones=pl.col("phones").list.eval(pl.element().struct.field("value")).list.join("; "),
        street=_street(address),
        postcode=address.field("postal_code"),
        city=pl.coalesce(address.field("city"), address.field("district")),
        country=address.field("country"),
    )
    return parts


def _first_forms(records: pl.DataFrame, own: OwnNames) -> pl.Series:
    names, person = records["name"].struct.unnest(), records["kind"] == "person"
    firms = first_forms(names["full"].set(person, None), own.companies, companies=True)
    given = first_forms(names["given"], own.people, companies=False)
    return names.with_columns(given, pl.coalesce(firms, "full").alias("full")).to_struct("name")


def _identifiers(*, of_type: str | None = None) -> pl.Expr:
    """Identifiers as `type:value; ...`: those of one type, or all that have no feature of their own.

    One that its check digit calls wrong is no evidence: neither for (it may be cut off) nor against.
    """
    item = pl.element().struct
    kind = item.field("type").str.to_lowercase()
    typed = pl.concat_str([kind, item.field("value")], separator=":")
    wanted = kind == of_type if of_type else ~kind.is_in(list(_LEGAL.values()))
    sound = item.field("valid").fill_null(True)
    kept = pl.col("identifiers").list.eval(typed.filter(wanted & sound)).list.join("; ")
    return pl.when(kept != "").then(kept)


def _street(address: pl.Expr | object) -> pl.Expr:
    """The first address in one line; a Han one as APART, street first."""
    assert isinstance(address, pl.expr.struct.ExprStructNameSpace)
    street, number, unit = (address.field(name) for name in ("street", "house_number", "unit"))
    latin = pl.concat_str([number, street, unit], separator=" ", ignore_nulls=True)
    apart = pl.concat_str([street, number, unit], separator=APART, ignore_nulls=True)
    built = pl.when(street.is_not_null()).then(pl.when(street.str.contains(HAN)).then(apart).otherwise(latin))
    return pl.coalesce(built, address.field("lines").list.join(" "), address.field("raw"))


def hub_rules() -> MatchRules:
    """The rules of a hub that declares none: careful, because a wrong merge costs more than a missed one."""

    def field(name: str, kind: FieldKind, *columns: str, aliases: tuple[str, ...] = ()) -> FieldRule:
        return FieldRule(name=name, kind=kind, columns=list(columns) or [name], aliases=list(aliases))

    return MatchRules(
        id_column="key",
        source_column="system",
        fields=[
            field("kind", FieldKind.CATEGORY),
            field("given_name", FieldKind.GIVEN, aliases=("person_name", "other_names")),
            field("family_name", FieldKind.FAMILY),
            field("company_name", FieldKind.COMPANY),
            field("company_latin", FieldKind.COMPANY),
            field("birth_date", FieldKind.DATE),
            field("gender", FieldKind.CATEGORY),
            *(field(name, FieldKind.IDENTIFIER) for name in _LEGAL),
            field("identifiers", FieldKind.IDENTIFIER),
            field("emails", FieldKind.EMAIL),
            field("phones", FieldKind.PHONE),
            field("street", FieldKind.ADDRESS),
            field("postcode", FieldKind.POSTCODE),
            field("city", FieldKind.PLACE),
        ],
        never=[NeverRule(field=name) for name in ("kind", *_LEGAL)],
        corroborate=[*_LEGAL, "identifiers", "birth_date", "emails", "phones", "street", "postcode"],
        merge_probability=0.95,
        review_probability=0.75,
        max_cluster=10,
    )
