"""What the doctor says about one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    fix: str = ""
    """What is wrong and what to do, for people; empty when it is well."""
    found: str = ""
    """What there is, for people."""


def well(name: str, found: str) -> Check:
    return Check(name, True, found=found)


def ill(name: str, fix: str) -> Check:
    return Check(name, False, fix)
