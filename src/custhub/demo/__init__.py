"""Demo systems with known truth: an ERP, old files, a web shop, a branch's sheet and a CRM, made from a seed."""

from custhub.demo.generate import generate
