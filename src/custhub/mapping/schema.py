"""JSON Schemas of the mapping files, for editors that complete and check while one writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from custhub.mapping.spec import ENTRIES, CustomerSection, MappingSpec

_SHORTHAND = {
    "ValueSpec": "COLUMN, table.COLUMN or =constant",
    "FieldSpec": "COLUMN, table.COLUMN or =constant",
    "OptionSpec": "the option's value",
    "CleanSpec": "the cleaner's name",
    "OrderSpec": "COLUMN or COLUMN desc",
    **{model.__name__: "COLUMN, table.COLUMN or =constant" for model in ENTRIES.values()},
}
_ONE_OR_MANY = {
    CustomerSection.__name__: tuple(ENTRIES),
    "TableSpec": ("order_by",),
    "MappingSpec": ("contacts",),
}


def json_schema() -> dict[str, Any]:
    """The schema of `mappings/<source>.customer.yml`."""
    return of_model(MappingSpec, "A source's mapping to the canonical customer")


def of_model(model: type[BaseModel], title: str) -> dict[str, Any]:
    """A model's schema with the shorthands that its validators accept."""
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    for name, properties in _ONE_OR_MANY.items():
        owner = schema if name == model.__name__ else definitions.get(name, {})
        for key in properties:
            if key in owner.get("properties", {}):
                many = owner["properties"][key]
                owner["properties"][key] = {"anyOf": [many, many["items"]]}
    section = definitions.get(CustomerSection.__name__)
    if section is not None:
        section["patternProperties"] = {r"^extra\..+$": section.pop("additionalProperties")}
        section["additionalProperties"] = False
    for name, text in _SHORTHAND.items():
        if name in definitions:
            definitions[name] = {"anyOf": [{"type": "string", "description": text}, definitions[name]]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
