"""The panel of the box: fingers to commands, the box's state to light.

One thread of its own turns it. gpiozero's threads only say which contact moved and when; the service's thread
only leaves its newest `Snapshot`; the camera's thread switches the camera's own LED, and nobody else does.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from appliance.config import Config
from appliance.errors import CommandRejected, PanelLost
from appliance.panel import gpio, light
from appliance.panel.buttons import Button, Gesture, command_for, touch_for
from appliance.panel.light import Colour
from appliance.panel.wiring import Wiring
from appliance.protocol.commands import Command, StepVolume
from appliance.protocol.messages import PartChanged, Pressed
from appliance.protocol.snapshot import Snapshot

BACK_OFF_S = (1.0, 30.0)
"""Pins that cannot be had: the first wait, doubled each time, and the longest."""

log = logging.getLogger(__name__)


class Moved(NamedTuple):
    """Says which button's contact has opened or closed, and when, in monotonic seconds."""

    button: str
    is_pressed: bool
    at: float


class Panel:
    """Buttons and lights; what cannot be opened is tried again, and the rest works meanwhile."""

    def __init__(
        self,
        config: Config,
        put: Callable[[Command | PartChanged | Pressed], None],
        snapshot: Snapshot,
        open_factory: Callable[[], Any] = gpio.open_factory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """put: takes each command, and what is wrong; any thread. snapshot: the box as it begins."""
        self._config = config.buttons
        self._wired = config.buttons.wired
        self._put = put
        self._snapshot = snapshot
        self._clock = clock
        self._wiring = Wiring(config.buttons, config.light, self._feel, self._dial, open_factory)
        self._buttons: dict[str, Button] = {}
        self._problem: str | None = None
        self._retry_at: float | None = -math.inf
        self._wait_s = BACK_OFF_S[0]
        self._hurry = light.hurry(config.buttons.power_s - config.buttons.long_s)
        self._pattern, self._pattern_since = self._hurry, 0.0
        self._shown: Colour | None = None
        self._refused_at = -math.inf
        """When an order was last not taken."""
        self._news = threading.Condition()
        self._moved: deque[Moved] = deque()
        self._is_stirred = self._closing = False
        self._sensor_guard = threading.Lock()
        self._open_sensors = 0
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)

    def start(self) -> None:
        """Start the thread that opens the pins and turns the panel."""
        self._thread.start()

    def show(self, snapshot: Snapshot) -> None:
        """Let the light show the box's newest state."""
        with self._news:
            is_new = light.state(snapshot) is not light.state(self._snapshot)
            self._snapshot = snapshot
        if is_new:
            self._stir()

    def sensor(self, is_open: bool) -> None:
        """A camera device is about to be opened, or has been closed; called by the camera's own thread.

        Its LED is switched before this returns. A camera that hangs while it is closed keeps it lit.
        """
        with self._sensor_guard:
            self._open_sensors += 1 if is_open else -1
            try:
                self._wiring.lamp(self._open_sensors > 0)
            except Exception as error:  # the panel's thread will find out, and say so
                log.warning("The camera's LED failed: %s", error)

    def close(self) -> None:
        """End the thread, switch the lights off and give the pins back."""
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._wiring.close()

    def turn(self, now: float) -> float | None:
        """Do what is due by now. Returns when it next has something to do; None: when something happens."""
        try:
            return self._turn(now)
        except Exception as error:  # whatever the kernel does to the pins, the box goes on
            log.debug("The panel failed", exc_info=True)
            return self._fail(f"GPIO failed ({error}); it is tried again", now)

    def _turn(self, now: float) -> float | None:
        if self._retry_at is not None and now >= self._retry_at:
            self._open(now)
        with self._news:
            moved, self._moved = self._moved, deque()
            snapshot = self._snapshot
        for name, is_pressed, at in moved:
            if name in self._buttons:
                self._act(name, self._buttons[name].feel(is_pressed, at), at)
        # Read again at every turn: an edge that the kernel dropped must not power the box off.
        for name, button in self._buttons.items():
            self._act(name, button.feel(self._wiring.is_pressed(name), now), now)
        times = [self._shine(now, snapshot), self._retry_at, *(one.due() for one in self._buttons.values())]
        return min((at for at in times if at is not None and at < math.inf), default=None)

    # --- the thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            due = self.turn(self._clock())
            with self._news:
                patience_s = None if due is None else max(0.0, due - self._clock())
                self._news.wait_for(lambda: self._is_stirred or self._closing, patience_s)
                self._is_stirred = False

    def _stir(self, moved: Moved | None = None) -> None:
        with self._news:
            if moved:
                self._moved.append(moved)
            self._is_stirred = True
            self._news.notify()

    def _feel(self, name: str, is_pressed: bool) -> None:
        self._stir(Moved(name, is_pressed, self._clock()))

    def _dial(self, clicks: int) -> None:
        self._say(StepVolume(clicks * self._config.volume_step, source="button"))

    def _say(self, event: Command | PartChanged | Pressed) -> None:
        try:
            self._put(event)
        except CommandRejected as error:
            log.warning("%s", error)
            if isinstance(event, Command):
                self._refused_at = self._clock()
                self._stir()

    # --- pins --------------------------------------------------------------------------------------------

    def _open(self, now: float) -> None:
        """Open what is not open yet."""
        try:
            problems = self._wiring.open()
        except PanelLost as error:
            self._fail(str(error), now)
            return
        for name in set(self._wiring.buttons) - self._buttons.keys():
            times = self._config.debounce_s, self._config.long_s, self._config.power_s
            self._buttons[name] = Button(
                touch_for(self._wired[name].long, *times), self._wiring.is_pressed(name)
            )
        self._shown = None
        self._report("; ".join(problems) or None, now)

    def _fail(self, reason: str, now: float) -> float | None:
        self._buttons = {}
        self._wiring.close()
        self._report(reason, now)
        return self._retry_at

    def _report(self, problem: str | None, now: float) -> None:
        """Say what is wrong, or that it is not any more: once, not at every new try."""
        if problem != self._problem:
            self._problem = problem
            self._say(PartChanged("buttons", problem))
        self._retry_at = now + self._wait_s if problem else None
        self._wait_s = min(2 * self._wait_s, BACK_OFF_S[1]) if problem else BACK_OFF_S[0]

    # --- fingers and lights ------------------------------------------------------------------------------

    def _act(self, name: str, gestures: list[Gesture], at: float) -> None:
        for gesture in gestures:
            button, is_long = self._wired[name], gesture is not Gesture.SHORT
            if gesture is not Gesture.AGAIN:
                self._say(Pressed(name, is_long, at))
            function = button.long if is_long else button.short
            command = command_for(function, self._config.volume_step)
            if command:
                self._say(command)

    def _shine(self, now: float, snapshot: Snapshot) -> float:
        """Show the box's state, or how long power has been held. Returns when that next changes."""
        hurry_at = self._hurry_at()
        is_hurrying = 0 <= now - hurry_at < self._config.power_s - self._config.long_s
        wanted, since = light.pattern(snapshot), now
        if now - self._refused_at < light.REFUSAL_S:
            wanted, since = light.refusal(wanted), self._refused_at
        if is_hurrying:
            wanted, since = self._hurry, hurry_at
        if wanted is not self._pattern:
            self._pattern, self._pattern_since = wanted, since
        colour, stays_s = self._pattern.at(now - self._pattern_since)
        if colour != self._shown:
            self._wiring.light(colour)
            self._shown = colour
        return now + stays_s if now >= hurry_at else min(now + stays_s, hurry_at)

    def _hurry_at(self) -> float:
        """When the light begins to warn of the power button that is held."""
        powers = (button for name, button in self._buttons.items() if self._wired[name].long == "power_off")
        since = (button.held_since for button in powers)
        return min((at + self._config.long_s for at in since if at is not None), default=math.inf)
