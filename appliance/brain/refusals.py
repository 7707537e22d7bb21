"""What could not be played lately, and for how long it is not offered."""

from __future__ import annotations

from collections.abc import Set

OWN_S, PASSING_S = (60.0, 86400.0), (10.0, 600.0)
"""For how long what failed is not offered, at first and at most; it doubles each time. A song that a decoder
refuses is hardly better tomorrow; a network, a share, or rights may be in a moment."""


class Refusals:
    """Keeps what could not be played lately from being offered: for a term that grows, never for ever."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._terms: dict[str, float] = {}

    def add(self, name: str, own: bool, now: float) -> None:
        """Note that this failed. own: by its own fault, as a decoder says. now: monotonic seconds."""
        first, longest = OWN_S if own else PASSING_S
        self._terms[name] = min(longest, 2 * self._terms.get(name, first / 2))
        self._until[name] = now + self._terms[name]

    def hold(self, name: str, now: float) -> bool:
        """Whether this is not to be offered now."""
        return self._until.get(name, now) > now

    def held(self, now: float) -> Set[str]:
        """All that is not to be offered now."""
        return {name for name, until in self._until.items() if until > now}

    def lift(self) -> None:
        """Give everything another chance now; what fails again waits for longer than before."""
        self._until.clear()

    def forget(self, name: str) -> None:
        """Forget that this ever failed: it was heard."""
        self._until.pop(name, None)
        self._terms.pop(name, None)
