"""Keep to a broker's terms on one connection: what it takes of us, and what is told where it does not."""

from __future__ import annotations

from appliance.homeassistant.terms import UNRETAINED, Caution, Message, Terms, size, too_large

MOST_REFUSALS = 2
"""How many refusals are told at once; the rest follow when these are mended."""


class Dealings:
    """Knows, before anything is sent, whether the broker takes it."""

    def __init__(self, protocol: str, caution: Caution) -> None:
        """caution: what was learnt on the connections before."""
        self._protocol, self._caution = protocol, caution
        self._terms = Terms()
        """What the broker takes, as it says itself."""
        self._refusals: dict[str, str] = {}

    @property
    def terms(self) -> Terms:
        """Return what the broker takes: the narrower of what it says and what was learnt."""
        said, learnt = self._terms, self._caution.terms
        known = [each for each in (said.largest, learnt.largest) if each]
        return Terms(min(known, default=None), said.retains and learnt.retains, said.qos)

    @property
    def refused(self) -> str | None:
        """Say what the broker does not take, or let us read or write; None when there is nothing."""
        return "; ".join(list(self._refusals.values())[:MOST_REFUSALS]) or None

    def refuse(self, kind: str, problem: str) -> None:
        """Have a problem told; of each kind the first is kept."""
        self._refusals.setdefault(kind, problem)

    def forgive(self, kind: str = "") -> None:
        """Tell problems of this kind no longer; without a kind forget all, and try it once more."""
        if kind:
            self._refusals.pop(kind, None)
            return
        self._refusals.clear()
        self._caution.forget()
        if not self.terms.retains:
            self.refuse("retain", UNRETAINED)

    def takes(self, message: Message) -> bool:
        """Return whether the broker takes the message; if not, that is told."""
        bytes_, largest = self._size(message), self.terms.largest
        problem = self._caution.objection(message)
        if largest and bytes_ > largest:
            problem = too_large(message, bytes_, self._terms.largest)
        if problem:
            self.refuse("size" if largest and bytes_ > largest else "hung up", problem)
        return problem is None

    def _size(self, message: Message) -> int:
        return size(message, self._protocol)
