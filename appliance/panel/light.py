"""The LED's rhythm and colour, by the box's state. No hardware, no thread, no clock.

One rule holds for every row: mostly lit means that the camera may look, mostly dark means that it is off.
Nothing else is mostly dark, so camera off cannot be mistaken, on an LED without colours either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from appliance.protocol.snapshot import CameraState, Playing, Snapshot

Colour: TypeAlias = tuple[float, float, float]
"""Red, green, blue; 0 to 1."""

ROUNDING_S = 1e-6
"""Seconds of a beat that rounding alone may leave over, and that are not shown."""

DARK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)
GREEN: Colour = (0.0, 1.0, 0.0)
BLUE: Colour = (0.0, 0.3, 1.0)
AMBER: Colour = (1.0, 0.45, 0.0)
RED: Colour = (1.0, 0.0, 0.0)


class Beat(NamedTuple):
    seconds: float
    colour: Colour


@dataclass(frozen=True)
class Pattern:
    """Beats that are shown again and again; a single endless one is a steady light."""

    beats: tuple[Beat, ...]

    def at(self, elapsed_s: float) -> tuple[Colour, float]:
        """The colour so long after the beginning, and for how many seconds it stays."""
        whole_s = sum(beat.seconds for beat in self.beats)
        into_s = elapsed_s if math.isinf(whole_s) else elapsed_s % whole_s
        for beat in self.beats:
            if into_s < beat.seconds - ROUNDING_S:
                return beat.colour, beat.seconds - into_s
            into_s -= beat.seconds
        return self.beats[0].colour, self.beats[0].seconds  # the very end is the beginning

    @property
    def lit_share(self) -> float:
        """The share of the time in which it is lit."""
        if any(math.isinf(beat.seconds) for beat in self.beats):
            return float(self.beats[-1].colour != DARK)
        lit_s = sum(beat.seconds for beat in self.beats if beat.colour != DARK)
        return lit_s / sum(beat.seconds for beat in self.beats)


class State(StrEnum):
    """The states that the LED can show. The first that holds is shown."""

    POWERING_OFF = "powering off"
    CAMERA_OFF_DEGRADED = "camera off, degraded"
    CAMERA_OFF = "camera off"
    DEGRADED = "degraded"
    STARTING = "starting"
    SEES_YOU = "sees you"
    PLAYING = "playing"
    READY = "ready"


HOLDS: Mapping[State, Callable[[Snapshot], bool]] = {
    State.POWERING_OFF: lambda box: box.powering_off,
    State.CAMERA_OFF_DEGRADED: lambda box: _is_closed(box) and bool(box.degraded),
    State.CAMERA_OFF: lambda box: _is_closed(box),
    State.DEGRADED: lambda box: bool(box.degraded),
    State.STARTING: lambda box: box.playing is Playing.MUSIC and box.song is None,
    State.SEES_YOU: lambda box: box.box is not None,
    State.PLAYING: lambda box: box.playing is Playing.MUSIC,
    State.READY: lambda box: True,
}


def _is_closed(box: Snapshot) -> bool:
    """Switched off is not enough: a device that hangs while it is closed may still look."""
    return box.camera is CameraState.OFF and not box.is_sensor_open


def _steady(colour: Colour) -> Pattern:
    return Pattern((Beat(math.inf, colour),))


def _rhythm(*beats: tuple[float, Colour]) -> Pattern:
    return Pattern(tuple(Beat(seconds, colour) for seconds, colour in beats))


PATTERNS: Mapping[State, Pattern] = {
    # even and very quick
    State.POWERING_OFF: _rhythm((0.06, DARK), (0.06, WHITE)),
    # dark; a double flash, and later a triple one
    State.CAMERA_OFF_DEGRADED: _rhythm(
        (0.1, RED), (0.2, DARK), (0.1, RED), (1.3, DARK),
        (0.1, AMBER), (0.2, DARK), (0.1, AMBER), (0.2, DARK), (0.1, AMBER), (1.3, DARK),
    ),
    # dark; a double flash
    State.CAMERA_OFF: _rhythm((0.1, RED), (0.2, DARK), (0.1, RED), (2.1, DARK)),
    # lit; it stutters
    State.DEGRADED: _rhythm(
        (1.2, AMBER), (0.15, DARK), (0.15, AMBER), (0.15, DARK), (0.15, AMBER), (0.15, DARK)
    ),
    # even and quick
    State.STARTING: _rhythm((0.3, WHITE), (0.3, DARK)),
    # lit; now and then it winks at you
    State.SEES_YOU: _rhythm((3.8, BLUE), (0.2, DARK)),
    # steadily lit
    State.PLAYING: _steady(GREEN),
    # slow
    State.READY: _rhythm((2.0, GREEN), (1.0, DARK)),
}  # fmt: skip


REFUSAL_S = 1.2
"""How long a refused order is shown."""
# By whether the light is mostly lit: a refusal keeps the one rule, too, and cannot hide a camera that is off.
_REFUSALS = {
    # lit; it shakes its head
    True: _rhythm(*((0.1, DARK), (0.3, RED)) * 3),
    # dark; a quick fourfold flash
    False: _rhythm(*((0.24, DARK), (0.06, RED)) * 4),
}


def refusal(shown: Pattern) -> Pattern:
    """The pattern that is shown for `REFUSAL_S` after a refused press. shown: what the light tells else."""
    return _REFUSALS[shown.lit_share > 0.5]


def state(snapshot: Snapshot) -> State:
    """The first `State` that holds for the box."""
    return next(state for state, holds in HOLDS.items() if holds(snapshot))


def pattern(snapshot: Snapshot) -> Pattern:
    """The rhythm and colours in which the light shows the box's state."""
    return PATTERNS[state(snapshot)]


def hurry(seconds: float) -> Pattern:
    """Flashes ever faster for so long, then as when powering off: a finger holds the power button."""
    beats: list[Beat] = []
    left_s, half_s = seconds, 0.25
    while left_s > 0.12:
        beats += [Beat(half_s, DARK), Beat(half_s, WHITE)]
        left_s -= 2 * half_s
        half_s = max(0.06, half_s * 0.7)
    return Pattern((*beats, *PATTERNS[State.POWERING_OFF].beats * 50))
