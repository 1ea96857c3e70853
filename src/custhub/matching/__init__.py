"""Finding the records of the same customer: block, compare, weigh, cluster, explain, evaluate."""

from custhub.matching.block import BlockingReport
from custhub.matching.constraints import Decided
from custhub.matching.engine import match, weights_of
from custhub.matching.evaluate import Curve, Evaluation, Figures, Fit, by_threshold, curve_svg, evaluate, evaluate_pairs
from custhub.matching.explain import Explanation, explain_pair, explain_result, waterfall_svg
from custhub.matching.features import customer_features, hub_rules
from custhub.matching.index import IncrementalResult, MatchIndex, match_incremental, match_indexed, search
from custhub.matching.infer import infer_rules
from custhub.matching.keeping import keep_together
from custhub.matching.learn import Labels, Learned
from custhub.matching.model import Model
from custhub.matching.outcome import MatchResult
from custhub.matching.rules import BlockingKey, FieldKind, FieldRule, MatchRules, NeverRule
