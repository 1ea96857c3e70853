"""Expectations: declared per layer in `expectations/*.yml`, run by Great Expectations, told as verdicts per record."""

from custhub.quality.checking import CheckResult, Outcome, RuleOutcome, check
from custhub.quality.gx import loaded_beside, verify_suite
from custhub.quality.suite import Layer, Rule, Scope, Suite, json_schema, load_suite
