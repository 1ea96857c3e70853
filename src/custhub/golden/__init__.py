"""Golden customers: ids over time, survivorship and provenance. Pure: frames in, frames out."""

from custhub.golden.choose import LETTERS
from custhub.golden.document import documents, golden_hashes, read_document, write_document
from custhub.golden.explain import Basis, Candidate, ValueStory, explain_values
from custhub.golden.frequencies import count_values
from custhub.golden.identity import Identity, assign_ids
from custhub.golden.limits import Budget, Limits
from custhub.golden.pins import get_value, in_force, set_value, value_hash
from custhub.golden.rules import Criterion, FieldRule, Rule, SourceTrust, Survivorship
from custhub.golden.survive import FREQUENCIES, decoded, survive
