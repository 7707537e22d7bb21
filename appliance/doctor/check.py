"""The result of one examination by the doctor: well, or ill with its fix."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that the doctor examined, and what it found or what to do."""

    name: str
    ok: bool
    fix: str = ""
    """What is wrong and what to do, for people; empty when it is well."""
    found: str = ""
    """What there is, for people."""


def well(name: str, found: str) -> Check:
    """The result of an examination that found nothing wrong."""
    return Check(name, True, found=found)


def ill(name: str, fix: str) -> Check:
    """The result of one that found a fault. fix: what is wrong and what to do, for people."""
    return Check(name, False, fix)
