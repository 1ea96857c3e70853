"""Pushes to CRM targets. A target gets every change once, in the feed's order, from where it stopped last time."""

from custhub.publish.files import FileTarget, Published, write_changes
