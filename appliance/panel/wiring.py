"""The parts soldered to the pins, as gpiozero's devices: buttons, a dial, an LED, the camera's own LED."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from appliance.config.pins import NO_PIN, Buttons, Light
from appliance.panel import gpio
from appliance.panel.dial import Dial
from appliance.panel.light import DARK, Colour

log = logging.getLogger(__name__)


class Wire(NamedTuple):
    """One device: its pins, and what makes it."""

    pins: tuple[int, ...]
    make: Callable[[], Any]


class Wiring:
    """The devices, each opened by itself: one pin that is busy does not cost the others.

    For one thread, but for `lamp`. All but `open` raise what gpiozero and lgpio raise when a pin is lost.
    """

    def __init__(
        self,
        buttons: Buttons,
        lights: Light,
        moved: Callable[[str, bool], None],
        dialled: Callable[[int], None],
        open_factory: Callable[[], Any] = gpio.open_factory,
    ) -> None:
        """moved: takes a button's name and whether its contact says pressed; dialled: +1 or -1 for a click.

        Both are called by gpiozero's threads.
        """
        self._config, self._lights = buttons, lights
        self._moved, self._dialled = moved, dialled
        self._open_factory = open_factory
        self._factory: Any = None
        self._devices: dict[str, Any] = {}
        self._wires = dict(self._wired())
        self._lamp_guard = threading.Lock()
        self._lamp_is_lit = False

    def open(self) -> list[str]:
        """Open what is not open yet. Returns what could not be, in words.

        Raises PanelLost when there is no way to the pins at all.
        """
        problems = []
        self._factory = self._factory or self._open_factory()
        for key, wire in self._wires.items():
            try:
                if key not in self._devices:
                    self._devices[key] = wire.make()
            except Exception as error:  # lgpio's own error is a bare Exception
                problems.append(gpio.explain(key, wire.pins, error))
        self.lamp(self._lamp_is_lit)
        return problems

    def close(self) -> None:
        """Close every device, lights dark, and the factory, so that the pins are free again."""
        with self._lamp_guard:
            devices, self._devices = self._devices, {}
        for part in (*devices.values(), self._factory):
            try:
                if part is not None:
                    part.close()
            except Exception:  # a pin that is lost cannot be given back
                log.debug("closing %r failed", part, exc_info=True)
        self._factory = None

    @property
    def buttons(self) -> list[str]:
        """The names of the buttons whose pins are open."""
        return [name for name in self._config.wired if f"buttons.{name}" in self._devices]

    def is_pressed(self, button: str) -> bool:
        """Whether the button's contact says pressed now, read from the pin."""
        return bool(self._devices[f"buttons.{button}"].value) is not self._is_inverted

    def light(self, colour: Colour) -> None:
        """Switch the light; an LED without colours is lit by any."""
        if "light.led" in self._devices:
            self._devices["light.led"].value = colour != DARK
        if "light.red" in self._devices:
            self._devices["light.red"].value = tuple(self._lights.brightness * part for part in colour)

    def lamp(self, is_lit: bool) -> None:
        """Switch the camera's own LED, before this returns; any thread may."""
        with self._lamp_guard:
            self._lamp_is_lit = is_lit
            if "light.camera" in self._devices:
                self._devices["light.camera"].value = is_lit

    def _wired(self) -> Iterator[tuple[str, Wire]]:
        """Everything on the panel, by its key in the settings."""
        buttons, lights = self._config, self._lights
        for name, button in buttons.wired.items():
            yield f"buttons.{name}", Wire((button.pin,), partial(self._make_button, name, button.pin))
        if buttons.dial.a != NO_PIN:
            yield "buttons.dial", Wire((buttons.dial.a, buttons.dial.b), self._make_dial)
        if lights.led != NO_PIN:
            yield "light.led", Wire((lights.led,), partial(self._make_led, lights.led))
        if lights.rgb:
            yield "light.red", Wire(lights.rgb, partial(self._make_rgb, *lights.rgb))
        if lights.camera != NO_PIN:
            yield "light.camera", Wire((lights.camera,), partial(self._make_led, lights.camera))

    @property
    def _is_inverted(self) -> bool:
        """Whether what gpiozero calls active is not pressed: to it, a pull says which level is active."""
        return (self._config.pull, self._config.active) in (("up", "high"), ("down", "low"))

    def _make_button(self, name: str, pin: int) -> Any:
        from gpiozero import DigitalInputDevice

        pull_up = {"up": True, "down": False, "none": None}[self._config.pull]
        active_state = self._config.active == "high" if pull_up is None else None
        device = DigitalInputDevice(
            pin, pull_up=pull_up, active_state=active_state, pin_factory=self._factory
        )
        device.when_activated = partial(self._moved, name, not self._is_inverted)
        device.when_deactivated = partial(self._moved, name, self._is_inverted)
        return device

    def _make_dial(self) -> Any:
        dial = self._config.dial
        return Dial((dial.a, dial.b), dial.steps_per_click, self._dialled, self._factory)

    def _make_led(self, pin: int) -> Any:
        from gpiozero import LED

        return LED(pin, active_high=self._lights.active == "high", pin_factory=self._factory)

    def _make_rgb(self, red: int, green: int, blue: int) -> Any:
        from gpiozero import RGBLED

        is_high = self._lights.active == "high"
        return RGBLED(red, green, blue, active_high=is_high, pin_factory=self._factory)
