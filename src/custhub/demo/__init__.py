"""Demo systems with known truth: an ERP, old files, a web shop, a branch's sheet and a CRM, made from a seed."""

from custhub.demo.generate import DemoReport, generate
from custhub.demo.mixed import mixed_set

__all__ = ["DemoReport", "generate", "mixed_set"]
