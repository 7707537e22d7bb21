"""The settings of everything that is wired to the Pi's header, and what already sits there.

Pins go by their GPIO number (BCM, as gpiozero and most drawings have it), not by their place on the header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from appliance.config.section import Section
from appliance.protocol.declared import COMMANDS, POLICIES
from appliance.protocol.emotions import EMOTIONS

NO_PIN = -1
LAST_GPIO = 27

Taker: TypeAlias = Literal["id-eeprom", "i2c", "uart", "spi", "sound-hat"]

TAKERS: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "id-eeprom": ("the ID EEPROM", (0, 1)),
    "i2c": ("I2C", (2, 3)),
    "uart": ("the UART", (14, 15)),
    "spi": ("SPI", (7, 8, 9, 10, 11)),
    "sound-hat": ("the sound HAT", (18, 19, 20, 21)),
}
"""What else may use pins of the header -> its name for people, and its pins."""

SHORT = (
    "nothing",
    *(each.key for each in COMMANDS.values() if each.button == "any"),
    "volume_up",
    "volume_down",
    *EMOTIONS,
    *POLICIES,
)
"""What a short press can do; an emotion chooses that mood, a policy holds from then on."""
LONG = (*SHORT, *(each.key for each in COMMANDS.values() if each.button == "long"))
WAS = {each.button_was: each.key for each in COMMANDS.values() if each.button_was}
"""What a function was called in older settings -> its name now."""


def _of_today(function: object) -> object:
    return WAS.get(function, function) if isinstance(function, str) else function


if TYPE_CHECKING:  # mypy takes no Literal that is made out of a table
    Short: TypeAlias = str
    Long: TypeAlias = str
else:
    Short = Annotated[Literal[SHORT], BeforeValidator(_of_today)]
    Long = Annotated[Literal[LONG], BeforeValidator(_of_today)]


class Gpio(Section):
    factory: Literal["auto", "lgpio", "none"]
    taken: list[Taker]


class Button(Section):
    pin: int = Field(ge=NO_PIN, le=LAST_GPIO)
    short: Short
    long: Long


class Dial(Section):
    """A rotary encoder; turning it changes the volume."""

    a: int = Field(ge=NO_PIN, le=LAST_GPIO)
    b: int = Field(ge=NO_PIN, le=LAST_GPIO)
    steps_per_click: Literal[1, 2, 4]

    @model_validator(mode="after")
    def _both(self) -> Dial:
        if (self.a == NO_PIN) is not (self.b == NO_PIN):
            raise ValueError(f"a rotary encoder has two pins: set both a and b, or both to {NO_PIN}")
        return self


class Buttons(Section):
    pull: Literal["up", "down", "none"]
    active: Literal["low", "high"]
    debounce_s: float = Field(ge=0.001, le=0.2)
    long_s: float = Field(ge=0.3, le=5)
    power_s: float = Field(ge=2, le=10)
    volume_step: int = Field(ge=1, le=25)
    pause: Button
    skip: Button
    previous: Button
    volume_up: Button
    volume_down: Button
    like: Button
    mood: Button
    camera: Button
    power: Button
    dial: Dial

    @property
    def wired(self) -> dict[str, Button]:
        """The buttons that there are, by name."""
        every = {name: value for name, value in self if isinstance(value, Button)}
        return {name: button for name, button in every.items() if button.pin != NO_PIN}

    @model_validator(mode="after")
    def _power_takes_longer(self) -> Buttons:
        if self.power_s <= self.long_s:
            raise ValueError("power_s must be longer than long_s")
        return self


class Light(Section):
    active: Literal["low", "high"]
    brightness: float = Field(ge=0.01, le=1)
    led: int = Field(ge=NO_PIN, le=LAST_GPIO)
    red: int = Field(ge=NO_PIN, le=LAST_GPIO)
    green: int = Field(ge=NO_PIN, le=LAST_GPIO)
    blue: int = Field(ge=NO_PIN, le=LAST_GPIO)
    camera: int = Field(ge=NO_PIN, le=LAST_GPIO)

    @property
    def rgb(self) -> tuple[int, int, int] | None:
        return None if self.red == NO_PIN else (self.red, self.green, self.blue)

    @model_validator(mode="after")
    def _whole_rgb(self) -> Light:
        if len({pin == NO_PIN for pin in (self.red, self.green, self.blue)}) > 1:
            raise ValueError(f"an RGB LED has three pins: set all of red, green and blue, or all to {NO_PIN}")
        return self


def with_pins(old: Mapping[str, Any], value: object) -> object:
    """Lets a button be given by its pin alone: `pause = 17`."""
    is_pin = isinstance(value, int) and not isinstance(value, bool)
    return {**old, "pin": value} if is_pin and "pin" in old else value


def clashes(settings: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[str]:
    """Pins that are used twice, or by something else: a line for each, beginning with the key's path.

    settings: the whole file's tables, not checked yet, so that these problems are told with all others.
    own: the tables that the owner wrote; of two keys with one pin, theirs is the one to be changed.
    """
    taken = _taken(_table(settings, "gpio").get("taken"))
    users: dict[int, str] = {}
    for path, pin in sorted(used(settings), key=lambda use: _is_written(own, use[0])):
        if pin in taken:
            yield f"{path}: GPIO {pin} is taken by {taken[pin]}; choose another pin"
        elif pin in users:
            yield f"{path}: GPIO {pin} is used by {users[pin]} already; choose another pin"
        users.setdefault(pin, path)


def _is_written(tables: object, path: str) -> bool:
    for part in path.split("."):
        if not isinstance(tables, dict) or part not in tables:
            return False
        tables = tables[part]
    return True


def _taken(takers: object) -> dict[int, str]:
    known = [TAKERS[taker] for taker in takers if taker in TAKERS] if isinstance(takers, list) else []
    return {pin: name for name, pins in known for pin in pins}


def used(settings: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Each pin that the settings name, with its key's path."""
    buttons, light = _table(settings, "buttons"), _table(settings, "light")
    found: list[tuple[str, object]] = [
        *(
            (f"buttons.{name}", value.get("pin"))
            for name, value in buttons.items()
            if isinstance(value, dict)
        ),
        *((f"buttons.dial.{name}", _table(buttons, "dial").get(name)) for name in ("a", "b")),
        *((f"light.{name}", light.get(name)) for name in ("led", "red", "green", "blue", "camera")),
    ]
    for path, pin in found:
        if isinstance(pin, int) and not isinstance(pin, bool) and pin != NO_PIN:
            yield path, pin


def _table(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = settings.get(name)
    return table if isinstance(table, dict) else {}
