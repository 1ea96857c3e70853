"""custhub: the open customer hub between ERP/legacy systems and CRM tools."""

__version__ = "0.1.0"
