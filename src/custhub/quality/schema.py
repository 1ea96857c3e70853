"""The JSON Schema of `expectations/*.yml`, so that editors complete names and options."""

from __future__ import annotations

from typing import Any

from custhub import declaration
from custhub.model.frames import CANONICAL
from custhub.quality import fields
from custhub.quality.catalogue import KINDS, Kind, Takes
from custhub.quality.suite import Layer, Severity, SuiteSpec


def json_schema() -> dict[str, Any]:
    """Schema of a suite: pydantic's, with what each expectation takes."""
    schema = declaration.json_schema(SuiteSpec, "Expectations of a layer")
    rule = schema["$defs"]["RuleSpec"]
    rule["properties"]["expectation"]["enum"] = sorted(KINDS)
    # Completions only: landed rules name the source's own columns, so any text is allowed.
    rule["properties"]["column"]["examples"] = fields.paths(CANONICAL)
    golden = {"properties": {"rules": {"items": {"properties": {"severity": {"const": Severity.WARN.value}}}}}}
    schema["if"], schema["then"] = {"properties": {"layer": {"const": Layer.GOLDEN.value}}}, golden
    rule["allOf"] = [_options_of(name, kind) for name, kind in sorted(KINDS.items())]
    return schema


def _options_of(name: str, kind: Kind) -> dict[str, Any]:
    options: dict[str, Any] = {
        "properties": {option: {} for option in kind.options},
        "additionalProperties": False,
        "required": list(kind.required),
    }
    needs = {Takes.COLUMN: ["column"], Takes.PAIR: ["columns"], Takes.COLUMNS: ["columns"], Takes.TABLE: []}[kind.takes]
    required = needs + (["with"] if kind.required else [])
    then: dict[str, Any] = {"properties": {"with": options}, "required": required}
    return {"if": {"properties": {"expectation": {"const": name}}, "required": ["expectation"]}, "then": then}
