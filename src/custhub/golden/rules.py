"""The `survivorship:` section of mappings/golden.customer.yml: which value of a cluster becomes the golden one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from custhub.declaration import Spec
from custhub.golden.expression import read_expression
from custhub.model.customer import Customer, Name

NAME_PARTS = tuple(part for part in Name.model_fields if part != "aliases")
SINGLES = ("kind", "birth_date", "founded_on", "gender", "parent", "status")
LISTS = (
    "identifiers",
    "emails",
    "phones",
    "addresses",
    "languages",
    "websites",
    "relations",
    "consents",
    "organisation_views",
)
EXTRA = "extra."
"""A project's own attributes are named `extra.<key>` wherever an attribute is named."""


class Criterion(StrEnum):
    """One way to prefer a value over another; a field's list of them is tried in order until one value is left."""

    TRUST = "trust"
    MOST_RECENT = "most_recent"
    OLDEST = "oldest"
    MOST_FREQUENT = "most_frequent"
    CLOSEST = "closest"
    COMMON = "common"
    MOST_COMPLETE = "most_complete"
    LONGEST = "longest"
    EXPRESSION = "expression"
    SOURCE_ORDER = "source_order"


DEFAULT_ORDER = (
    Criterion.TRUST,
    Criterion.MOST_RECENT,
    Criterion.MOST_FREQUENT,
    Criterion.CLOSEST,
    Criterion.COMMON,
    Criterion.MOST_COMPLETE,
    Criterion.SOURCE_ORDER,
)


class Curve(StrEnum):
    """How trust falls from `trust` to `min` within `days`."""

    STRAIGHT = "straight"
    FAST_FIRST = "fast_first"
    SLOW_FIRST = "slow_first"


class Rule(StrEnum):
    """What a field may declare: a criterion that comes first, or `aggregate` (lists keep all distinct values)."""

    TRUST = "trust"
    MOST_RECENT = "most_recent"
    OLDEST = "oldest"
    MOST_FREQUENT = "most_frequent"
    MOST_COMPLETE = "most_complete"
    LONGEST = "longest"
    EXPRESSION = "expression"
    AGGREGATE = "aggregate"


class SourceTrust(Spec):
    """How far a source is trusted, 0 to 100; with `days` the trust of a value falls to `min` as it ages."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"min": ["days"], "days": ["min"]}})

    trust: int = Field(default=50, ge=0, le=100)
    min: int | None = Field(default=None, ge=0, le=100)
    days: int | None = Field(default=None, ge=1, le=36_500)
    curve: Curve = Curve.STRAIGHT
    may_clear: bool = False

    @model_validator(mode="after")
    def _decay_is_whole(self) -> SourceTrust:
        if (self.min is None) != (self.days is None):
            raise ValueError("trust that falls needs both `min` and `days`")
        if self.min is not None and self.min > self.trust:
            raise ValueError("`min` lies above `trust`")
        return self


class FieldRule(Spec):
    """The rule of one attribute. `sources` overrides the sources' trust by an order, the best first."""

    rule: Rule = Rule.TRUST
    sources: tuple[str, ...] = ()
    may_clear: tuple[str, ...] = ()
    group: bool = True
    keep: int | None = Field(default=None, ge=1)
    expression: str | None = Field(default=None, description="SQL that gives each candidate a score: the highest wins")

    @model_validator(mode="after")
    def _expression_is_sound(self) -> FieldRule:
        if (self.rule is Rule.EXPRESSION) != (self.expression is not None):
            raise ValueError("`rule: expression` and `expression:` go together")
        if self.expression is not None:
            read_expression(self.expression)
        return self


def _source_short_form(value: Any) -> Any:
    return {"trust": value} if isinstance(value, int) and not isinstance(value, bool) else value


def _field_short_form(value: Any) -> Any:
    if isinstance(value, dict) and "expression" in value:
        return {"rule": Rule.EXPRESSION, **value}
    return {"rule": value} if isinstance(value, str) else value


_Trust = Annotated[int, Field(ge=0, le=100)]
_Source = Annotated[SourceTrust, BeforeValidator(_source_short_form, json_schema_input_type=_Trust | SourceTrust)]
_Field = Annotated[FieldRule, BeforeValidator(_field_short_form, json_schema_input_type=Rule | FieldRule)]
_KNOWN = (*SINGLES, *LISTS, "name", *(f"name.{part}" for part in NAME_PARTS))
_NAMES: dict[str, Any] = {"propertyNames": {"anyOf": [{"enum": sorted(_KNOWN)}, {"pattern": r"^extra\..+"}]}}


class Survivorship(Spec):
    """Trust per source and rules per attribute; everything may be left out."""

    sources: dict[str, _Source] = Field(default={})
    default_trust: int = Field(default=50, ge=0, le=100)
    failed_check: int = Field(default=50, ge=0, le=100, description="percent of trust lost by a failed check")
    order: Annotated[tuple[Criterion, ...], Field(description="what decides after a field's own rule")] = DEFAULT_ORDER
    fields: dict[str, _Field] = Field(default={}, json_schema_extra=_NAMES)

    @model_validator(mode="after")
    def _fields_exist(self) -> Survivorship:
        for name, rule in self.fields.items():
            if name not in _KNOWN and not (name.startswith(EXTRA) and len(name) > len(EXTRA)):
                raise ValueError(
                    f"`fields.{name}` is no attribute that has a rule: {', '.join(sorted(_KNOWN))}, extra.*"
                )
            if rule.expression is not None and name in LISTS:
                raise ValueError(f"`fields.{name}` is a list: an expression chooses one value")
            if (rule.rule is Rule.AGGREGATE or rule.keep) and name not in LISTS:
                raise ValueError(f"`fields.{name}` is no list, so it can neither be aggregated nor kept to a number")
            if not rule.group and name != "name":
                raise ValueError(f"`fields.{name}`: only `name` can be taken apart with `group: false`")
        return self

    @property
    def decays(self) -> bool:
        """Whether golden values may change by time alone, so that a run on a later day has to look at all of them."""
        return any(source.days is not None for source in self.sources.values())

    @property
    def name_apart(self) -> bool:
        """Whether the parts of the name are chosen each for itself."""
        whole = self.fields.get("name")
        return (whole is not None and not whole.group) or any(field.startswith("name.") for field in self.fields)

    def field(self, attribute: str) -> FieldRule:
        """The rule that holds for an attribute: its own, else that of the name it is part of, else the default."""
        whole = attribute.partition(".")[0]
        return self.fields.get(attribute) or self.fields.get(whole if whole == "name" else attribute) or FieldRule()

    def criteria(self, attribute: str) -> tuple[Criterion, ...]:
        """All criteria for an attribute in the order in which they are tried; the last always decides."""
        rule = self.field(attribute).rule
        own = () if rule is Rule.AGGREGATE else (Criterion(rule.value),)
        return tuple(dict.fromkeys((*own, *self.order, Criterion.SOURCE_ORDER)))

    def may_clear(self, attribute: str) -> frozenset[str]:
        """Sources whose empty value counts as a value of this attribute."""
        everywhere = {name for name, source in self.sources.items() if source.may_clear}
        return frozenset(everywhere | set(self.field(attribute).may_clear))


_RULED = {*SINGLES, *LISTS, "name", "extra", "source_updated_at"}
assert set(Customer.model_fields) == _RULED, "an attribute of the canonical model has no place in survivorship"
