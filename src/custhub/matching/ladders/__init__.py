"""Ladders: how two values of a kind are compared, as levels that a person understands."""
