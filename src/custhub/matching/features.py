"""Canonical customers as flat columns, and the hub's default rules over them."""

from __future__ import annotations

import polars as pl

from custhub.matching.rules import FieldKind, FieldRule, MatchRules, NeverRule

_TAX = (
    "uscc",
    "vat",
    "tw_ubn",
    "ein",
    "lei",
    "duns",
    "cn_ric",
    "tax",
    "tax_id",
    "hk_br",
    "gst",
    "cif",
    "siren",
    "siret",
)


def customer_features(records: pl.DataFrame) -> pl.DataFrame:
    """One row per record with the columns that `hub_rules` reads; takes CUSTOMER's columns plus system and key."""
    name, address = pl.col("name").struct, pl.col("addresses").list.get(0, null_on_oob=True).struct
    person = pl.col("kind") == "person"
    full = pl.coalesce(name.field("full"), name.field("native"))
    parts = records.select(
        "system",
        "key",
        "kind",
        given_name=pl.when(person).then(name.field("given")),
        family_name=pl.when(person).then(name.field("family")),
        person_name=pl.when(person).then(full),
        company_name=pl.when(~person).then(full),
        other_names=name.field("aliases").list.join(" "),
        native_name=name.field("native"),
        birth_date=pl.coalesce("birth_date", "founded_on"),
        gender="gender",
        tax_numbers=_identifiers(tax=True),
        identifiers=_identifiers(tax=False),
        emails=pl.col("emails").list.eval(pl.element().struct.field("value")).list.join("; "),
        phones=pl.col("phones").list.eval(pl.element().struct.field("value")).list.join("; "),
        street=_street(address),
        postcode=address.field("postal_code"),
        city=pl.coalesce(address.field("city"), address.field("district")),
        country=address.field("country"),
    )
    return parts


def _identifiers(*, tax: bool) -> pl.Expr:
    """Identifiers as `type:value; ...`, either those that only one legal entity has or the others."""
    item = pl.element().struct
    typed = pl.concat_str([item.field("type").str.to_lowercase(), item.field("value")], separator=":")
    wanted = item.field("type").str.to_lowercase().is_in(_TAX)
    kept = pl.col("identifiers").list.eval(typed.filter(wanted if tax else ~wanted)).list.join("; ")
    return pl.when(kept != "").then(kept)


def _street(address: pl.Expr | object) -> pl.Expr:
    assert isinstance(address, pl.expr.struct.ExprStructNameSpace)
    parts = [address.field("house_number"), address.field("street"), address.field("unit")]
    built = pl.when(address.field("street").is_not_null()).then(pl.concat_str(parts, separator=" ", ignore_nulls=True))
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
            field("birth_date", FieldKind.DATE),
            field("gender", FieldKind.CATEGORY),
            field("tax_numbers", FieldKind.IDENTIFIER),
            field("identifiers", FieldKind.IDENTIFIER),
            field("emails", FieldKind.EMAIL),
            field("phones", FieldKind.PHONE),
            field("street", FieldKind.ADDRESS),
            field("postcode", FieldKind.POSTCODE),
            field("city", FieldKind.PLACE),
        ],
        never=[NeverRule(field="kind"), NeverRule(field="tax_numbers")],
        merge_probability=0.95,
        review_probability=0.75,
        max_cluster=10,
    )
