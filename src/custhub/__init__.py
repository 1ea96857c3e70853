"""custhub: the open customer hub between ERP/legacy systems and CRM tools."""

import os

__version__ = "0.1.0"

# Polars' allocator keeps memory that it no longer needs until the machine runs short of it, and a run would show a sixth more than
# it uses. It reads this when Polars is imported; what the operator has set stays.
os.environ.setdefault("_RJEM_MALLOC_CONF", "muzzy_decay_ms:0")
