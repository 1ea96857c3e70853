"""Expectations: declared per layer in `expectations/*.yml`, run by Great Expectations, told as verdicts per record."""

from custhub.quality.checking import CheckResult, Outcome, RuleOutcome, check
from custhub.quality.gx import loaded_beside, verify_suite
from custhub.quality.schema import json_schema
from custhub.quality.scorecard import Scorecard, scorecard
from custhub.quality.suite import Layer, Rule, Scope, Severity, Suite, load_suite

__all__ = [
    "CheckResult",
    "Layer",
    "Outcome",
    "Rule",
    "RuleOutcome",
    "Scope",
    "Scorecard",
    "Severity",
    "Suite",
    "check",
    "json_schema",
    "load_suite",
    "loaded_beside",
    "scorecard",
    "verify_suite",
]
