"""JSON Schemas of the mapping files, for editors that complete and check while one writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from custhub.mapping.spec import MappingSpec


def json_schema() -> dict[str, Any]:
    """The schema of `mappings/<source>.customer.yml`."""
    return of_model(MappingSpec, "A source's mapping to the canonical customer")


def of_model(model: type[BaseModel], title: str) -> dict[str, Any]:
    """A model's schema, as the head of a file names it."""
    schema = model.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
