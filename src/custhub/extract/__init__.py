"""Reads sources as their connectors declare them and lands the rows as they came, with cursors, keys and drift."""

from custhub.extract.extraction import extract
from custhub.extract.landing import Extraction
from custhub.extract.load import load_connector
from custhub.extract.secrets import environment_secrets
from custhub.extract.spec import Connector, ConnectorFile
