"""The expected cost of a look on each Raspberry Pi, by counted arm64 instructions.

Counted by tests/bench/pi.sh under qemu-user; docs/pi.md shows the arithmetic. Nothing of it was measured on a
board: `moodbox bench` prints it beside what it measures there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """The cost of one piece of work, all in millions."""

    instructions: float
    loaded: float
    """Bytes that its instructions load, most of them from the first cache."""
    stored: float


Counts = Mapping[str, Work]
"""By the names that `bench` has for each kind of work."""

MACS: Mapping[str, float] = {
    "detector_ms": 30.8,
    "emotion_ms": 70.5,
    "first_ms": 101.3,
    "followed_ms": 101.3,
}
"""Millions of multiplications with an addition: float in the detector, int8 in the emotion network."""
PLAIN: Counts = {
    "detector_ms": Work(19.3, 87.7, 9.8),
    "emotion_ms": Work(19.3, 48.1, 0.8),
    "first_ms": Work(41.9, 142.1, 13.9),
    "followed_ms": Work(61.0, 229.9, 24.4),
}
"""With the kernels that LiteRT takes on a Cortex-A72, and on a Cortex-A53."""
DOT_PRODUCT: Counts = {
    "detector_ms": Work(19.3, 87.7, 9.8),
    "emotion_ms": Work(6.6, 24.3, 0.5),
    "first_ms": Work(29.2, 118.3, 13.6),
    "followed_ms": Work(48.4, 206.1, 24.1),
}
"""On a Cortex-A76, which multiplies and adds sixteen int8 by one instruction."""


@dataclass(frozen=True)
class Board:
    core: str
    ghz: float
    per_cycle: tuple[float, float]
    """Instructions a cycle: a careful guess, and a hopeful one."""
    is_dot_product: bool = False

    def expected_ms(self, name: str) -> tuple[float, float]:
        """Least and most milliseconds: instructions / (instructions a cycle * cycles a millisecond)."""
        millions = (DOT_PRODUCT if self.is_dot_product else PLAIN)[name].instructions
        most, least = (millions / (each * self.ghz) for each in self.per_cycle)
        return least, most


BOARDS: Mapping[str, Board] = {
    "Zero 2 W": Board("Cortex-A53", 1.0, (0.7, 1.0)),
    "3 B+": Board("Cortex-A53", 1.4, (0.7, 1.0)),
    "4": Board("Cortex-A72", 1.5, (1.2, 1.8)),
    "5": Board("Cortex-A76", 2.4, (1.8, 2.6), is_dot_product=True),
}


def table(named: Mapping[str, str], measured: Mapping[str, float] | None = None) -> list[str]:
    """The counts and what is expected of each board, in Markdown.

    named: what to call each kind of work. measured: milliseconds of each, to stand beside them.
    """
    here = ["here, ms"] if measured else []
    head = ["one thread", "MACs, M", "instructions, M (Pi 5)", "MB loaded, stored", *here]
    head += [f"Pi {name}, ms" for name in BOARDS]
    lines = [head, ["---"] * len(head)]
    for name, work in PLAIN.items():
        counted = f"{work.instructions:.1f} ({DOT_PRODUCT[name].instructions:.1f})"
        row = [named[name], f"{MACS[name]:.1f}", counted, f"{work.loaded:.0f}, {work.stored:.0f}"]
        row += [f"{measured[name]:.2f}"] if measured else []
        expected = [board.expected_ms(name) for board in BOARDS.values()]
        lines.append([*row, *(f"{least:.0f} to {most:.0f}" for least, most in expected)])
    return [f"| {' | '.join(cells)} |" for cells in lines]
