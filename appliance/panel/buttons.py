"""Turns contacts of a button into gestures, and gestures into commands. No hardware, no thread, no clock.

Debounced here, on time stamps, rather than by gpiozero: there a bounce time loses presses with some pin
factories and invents them with others (gpiozero #550, #1090).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from appliance.protocol.commands import ChooseMood, ChoosePolicy, Command, StepVolume
from appliance.protocol.declared import COMMANDS, POLICIES
from appliance.protocol.declaring import Declared
from appliance.protocol.emotions import EMOTIONS

REPEAT_S = 0.25
"""A function that goes on while its button is held is done again after so long."""
REPEATING = ("volume_up", "volume_down")


class Gesture(Enum):
    SHORT = auto()
    """Pressed and let go."""
    LONG = auto()
    """Held for long enough, and held still."""
    AGAIN = auto()
    """Held on."""


@dataclass(frozen=True)
class Touch:
    """When a button's gestures happen, in seconds; infinite for those that it does not have."""

    debounce_s: float
    short_until_s: float
    """A button let go before this was pressed shortly."""
    long_at_s: float = math.inf
    repeat_s: float = math.inf


class Button:
    """One button. Times are monotonic and never go back."""

    def __init__(self, touch: Touch, is_pressed: bool) -> None:
        """is_pressed: at the start. A button that is held then, or stuck, does nothing until it is let go."""
        self._touch = touch
        self._contact = is_pressed
        self._contact_since = -math.inf
        self._is_pressed = is_pressed
        self._down_at: float | None = None
        self._next_long_s = touch.long_at_s

    def feel(self, is_pressed: bool, at: float) -> list[Gesture]:
        """Take in that the contact is closed, or open, at this time. Returns the gestures that this settles.

        May be told the same again and again.
        """
        gestures = self.turn(at)
        if is_pressed != self._contact:
            self._contact, self._contact_since = is_pressed, at
        return gestures

    def turn(self, now: float) -> list[Gesture]:
        """The gestures that have become certain by `now`, without a new touch."""
        gestures = self._held(now)
        rested_at = self._contact_since + self._touch.debounce_s
        if self._contact is not self._is_pressed and now >= rested_at:
            gestures += self._settle()
            gestures += self._held(now)
        return gestures

    def due(self) -> float | None:
        """When `turn` has something to do without a touch."""
        if self._contact is not self._is_pressed:
            return self._contact_since + self._touch.debounce_s
        if self._down_at is None or math.isinf(self._next_long_s):
            return None
        return self._down_at + self._next_long_s

    @property
    def held_since(self) -> float | None:
        """When it was pressed, if it still is."""
        return self._down_at if self._contact else None

    def _held(self, now: float) -> list[Gesture]:
        if self._down_at is None:
            return []
        # A contact that has opened holds no longer, even before it has rested long enough to count as let go.
        until = now if self._contact else self._contact_since
        gestures = []
        while until >= self._down_at + self._next_long_s:
            gestures.append(Gesture.LONG if self._next_long_s == self._touch.long_at_s else Gesture.AGAIN)
            self._next_long_s += self._touch.repeat_s
        return gestures

    def _settle(self) -> list[Gesture]:
        down_at, self._down_at = self._down_at, None
        self._is_pressed = self._contact
        if self._is_pressed:
            self._down_at, self._next_long_s = self._contact_since, self._touch.long_at_s
            return []
        if down_at is None or self._contact_since - down_at >= self._touch.short_until_s:
            return []
        return [Gesture.SHORT]


def touch_for(long: str, debounce_s: float, long_s: float, power_s: float) -> Touch:
    """How a button with this long function is to be held."""
    if long == "nothing":
        return Touch(debounce_s, short_until_s=math.inf)
    if long == "power_off":  # between the two times, letting go cancels
        return Touch(debounce_s, short_until_s=long_s, long_at_s=power_s)
    repeat_s = REPEAT_S if long in REPEATING else math.inf
    return Touch(debounce_s, short_until_s=long_s, long_at_s=long_s, repeat_s=repeat_s)


def command_for(function: str, volume_step: int) -> Command | None:
    """The command that a button's function stands for; None for `nothing`.

    volume_step: percentage points for a press.
    """
    if function in EMOTIONS:
        return ChooseMood(function, source="button")
    if function in POLICIES:
        return ChoosePolicy(function, source="button")
    if function in REPEATING:
        return StepVolume(volume_step if function == "volume_up" else -volume_step, source="button")
    declared = FUNCTIONS.get(function)
    return declared.make(source="button") if declared else None


FUNCTIONS: Mapping[str, Declared] = {each.key: each for each in COMMANDS.values() if each.button}
"""What each word in the settings does, volume, moods and policies apart."""
