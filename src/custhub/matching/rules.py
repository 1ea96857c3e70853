"""Matching rules as data: the section `match:` of mappings/golden.customer.yml, and what `dedupe` works out by itself."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from custhub.declaration import Spec


class FieldKind(StrEnum):
    """What a comparison compares; each kind has its own ladder of levels."""

    PERSON = "person"  # full names; compared as given and family name
    GIVEN = "given"
    FAMILY = "family"
    COMPANY = "company"
    TEXT = "text"
    DATE = "date"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    POSTCODE = "postcode"
    PLACE = "place"
    IDENTIFIER = "identifier"
    CATEGORY = "category"
    VARIANT = "variant"  # the size or colour that tells two goods apart that have all else in common
    NUMBER = "number"
    SOURCE = "source"  # where the record is from: what is learned is how often two of one source are one customer


class FieldRule(Spec):
    """One comparison: its kind and the columns it reads (joined by a space; a date's parts as year, month, day)."""

    name: str = Field(pattern=r"^[^\s.]+$", description="names the comparison in pairs and explanations")
    kind: FieldKind
    columns: list[str] = Field(min_length=1)
    aliases: list[str] = Field(default_factory=list, description="columns with further names of the same customer")
    region: str | None = Field(default=None, description="country of values that do not say it, e.g. CN")


class BlockingKey(Spec):
    """Records that agree on all of `parts` (field or field.atom, see the blocking report) are compared."""

    parts: list[str] = Field(min_length=1)


class NeverRule(Spec):
    """Two records that both have a value in `field` and do not agree on it are never the same customer."""

    field: str


class MatchRules(Spec):
    """How records of the same customer are found."""

    id_column: str | None = None
    source_column: str | None = None
    fields: list[FieldRule] = Field(min_length=1)
    keys: list[BlockingKey] = Field(default_factory=list, description="none: the engine proposes them")
    never: list[NeverRule] = Field(default_factory=list)
    corroborate: list[str] = Field(
        default=[],
        description="fields of which one must agree before two records are merged: names alone go to a person",
    )
    single_sources: list[str] = Field(default_factory=list, description="sources that hold each customer at most once")
    merge_probability: float = Field(default=0.5, ge=0.5, lt=1, description="of joining two clusters")
    review_probability: float = Field(default=0.2, gt=0, lt=1, description="pairs from here on go to a person")
    max_cluster: int | None = Field(default=None, ge=2)
    max_block: int = Field(default=60, ge=2, description="larger blocks are split by a second key")

    @model_validator(mode="after")
    def _names_are_known(self) -> MatchRules:
        names = [field.name for field in self.fields]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two fields have the name {', '.join(twice)}")
        for name in self.corroborate:
            if name not in names:
                raise ValueError(f"corroborate: there is no field {name}")
        for rule in self.never:
            if rule.field not in names:
                raise ValueError(f"never: there is no field {rule.field}")
        for key in self.keys:
            for part in key.parts:
                if part.split(".")[0] not in names:
                    raise ValueError(f"keys: there is no field {part.split('.')[0]}")
        return self
