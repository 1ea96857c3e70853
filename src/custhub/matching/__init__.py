"""Finding the records of the same customer: block, compare, weigh, cluster, explain, evaluate."""

from custhub.matching.block import BlockingReport
from custhub.matching.constraints import Decided
from custhub.matching.engine import match
from custhub.matching.evaluate import Evaluation, evaluate
from custhub.matching.features import customer_features, hub_rules
from custhub.matching.infer import infer_rules
from custhub.matching.model import Model
from custhub.matching.outcome import MatchResult
from custhub.matching.rules import BlockingKey, FieldKind, FieldRule, MatchRules, NeverRule

__all__ = [
    "BlockingKey",
    "BlockingReport",
    "Decided",
    "Evaluation",
    "FieldKind",
    "FieldRule",
    "MatchResult",
    "MatchRules",
    "Model",
    "NeverRule",
    "customer_features",
    "evaluate",
    "hub_rules",
    "infer_rules",
    "match",
]
