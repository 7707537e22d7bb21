"""A rotary encoder: two contacts that open and close one after the other, and rest where it clicks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

CYCLE = ((False, False), (True, False), (True, True), (False, True))
"""Contacts a and b, closed or not, as they follow each other clockwise."""


class Turning:
    """Counts clicks. Bounce goes back and forth and counts as nothing; a missed step does no harm."""

    def __init__(self, steps_per_click: int) -> None:
        """steps_per_click: how often a contact changes from one click to the next: 4, 2 or 1."""
        self._per_click = steps_per_click
        self._at, self._since_rest = 0, 0

    def rest(self, a: bool, b: bool) -> None:
        """Begin here: a dial may rest anywhere, and no click was seen yet."""
        self._at = CYCLE.index((a, b))

    def feel(self, a: bool, b: bool) -> int:
        """The contacts are so now: 1 for a click clockwise, -1 for one the other way, 0 for none."""
        before, self._at = self._at, CYCLE.index((a, b))
        self._since_rest += (0, 1, 0, -1)[(self._at - before) % len(CYCLE)]
        if self._at % self._per_click:
            return 0
        moved, self._since_rest = self._since_rest, 0
        if 2 * abs(moved) < self._per_click:
            return 0
        return 1 if moved > 0 else -1


class Dial:
    """A rotary encoder on two pins, which its contacts close to ground."""

    def __init__(
        self, pins: tuple[int, int], steps_per_click: int, clicked: Callable[[int], None], factory: Any
    ) -> None:
        """clicked: takes 1 or -1; called by gpiozero's thread."""
        from gpiozero import DigitalInputDevice

        self._turning, self._clicked = Turning(steps_per_click), clicked
        self._closed = [False, False]
        self._contacts: list[Any] = []
        try:
            for which, pin in enumerate(pins):
                contact = DigitalInputDevice(pin, pull_up=True, pin_factory=factory)
                self._contacts.append(contact)
                self._closed[which] = bool(contact.value)
                contact.when_activated = partial(self._feel, which, True)
                contact.when_deactivated = partial(self._feel, which, False)
        except BaseException:
            self.close()
            raise
        self._turning.rest(*self._closed)

    def close(self) -> None:
        """Give the two pins back."""
        for contact in self._contacts:
            contact.close()

    def _feel(self, which: int, is_closed: bool) -> None:
        self._closed[which] = is_closed
        click = self._turning.feel(*self._closed)
        if click:
            self._clicked(click)
