"""Errors that the converter tells people of."""

from __future__ import annotations


class BadInput(ValueError):
    """A file or an option that cannot be used; the text names the place and the remedy, in one line."""
