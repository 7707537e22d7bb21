"""What is known of a broker's terms on one connection, and what is told of them."""

from __future__ import annotations

from appliance.homeassistant.terms import UNRETAINED, Caution, Message, Terms, size, too_large

MOST_REFUSALS = 2
"""Told at once; the rest when these are mended."""


class Dealings:
    """Knows, before anything is sent, whether the broker takes it."""

    def __init__(self, protocol: str, caution: Caution) -> None:
        """caution: what was learnt on the connections before."""
        self._protocol, self._caution = protocol, caution
        self._terms = Terms()
        """As the broker says itself."""
        self._refusals: dict[str, str] = {}

    @property
    def terms(self) -> Terms:
        """What the broker takes, as far as it is known."""
        said, learnt = self._terms, self._caution.terms
        known = [each for each in (said.largest, learnt.largest) if each]
        return Terms(min(known, default=None), said.retains and learnt.retains, said.qos)

    @property
    def refused(self) -> str | None:
        """What the broker does not take, or does not let us read or write, for people."""
        return "; ".join(list(self._refusals.values())[:MOST_REFUSALS]) or None

    def refuse(self, kind: str, problem: str) -> None:
        """Have this told; the first of each kind."""
        self._refusals.setdefault(kind, problem)

    def forgive(self, kind: str = "") -> None:
        """Tell it no longer; without a kind: forget all, and try once more what was refused."""
        if kind:
            self._refusals.pop(kind, None)
            return
        self._refusals.clear()
        self._caution.forget()
        if not self.terms.retains:
            self.refuse("retain", UNRETAINED)

    def takes(self, message: Message) -> bool:
        """Whether the broker would; if not, that is told."""
        bytes_, largest = self._size(message), self.terms.largest
        problem = self._caution.objection(message)
        if largest and bytes_ > largest:
            problem = too_large(message, bytes_, self._terms.largest)
        if problem:
            self.refuse("size" if largest and bytes_ > largest else "hung up", problem)
        return problem is None

    def _size(self, message: Message) -> int:
        return size(message, self._protocol)
