"""A pin used twice, or used by something else, is a mistake in the settings, told like all others."""

from __future__ import annotations

import tomllib

import pytest

from appliance import config
from appliance.errors import ConfigError


def problems(toml: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.check(tomllib.loads(toml), "moodbox.toml")
    return caught.value.problems


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("[buttons]\npause = 2", "buttons.pause: GPIO 2 is taken by I2C; choose another pin"),
        ("[buttons.pause]\npin = 3", "buttons.pause: GPIO 3 is taken by I2C; choose another pin"),
        ("[buttons]\nskip = 14", "buttons.skip: GPIO 14 is taken by the UART; choose another pin"),
        ("[light]\nled = 0", "light.led: GPIO 0 is taken by the ID EEPROM; choose another pin"),
        ("[light]\ncamera = 18", "light.camera: GPIO 18 is taken by the sound HAT; choose another pin"),
        (
            "[gpio]\ntaken = ['spi']\n[buttons]\nlike = 9",
            "buttons.like: GPIO 9 is taken by SPI; choose another pin",
        ),
        (
            "[buttons]\nskip = 17",
            "buttons.skip: GPIO 17 is used by buttons.pause already; choose another pin",
        ),
        ("[buttons]\nlike = 24", "buttons.like: GPIO 24 is used by light.led already; choose another pin"),
        ("[light]\nled = 17", "light.led: GPIO 17 is used by buttons.pause already; choose another pin"),
        (
            "[buttons]\ndial = { a = 5, b = 5 }",
            "buttons.dial.b: GPIO 5 is used by buttons.dial.a already; choose another pin",
        ),
        ("[buttons]\npause = 28", "buttons.pause.pin: must be less than or equal to 27"),
        (
            "[buttons.dial]\na = 5",
            "buttons.dial: a rotary encoder has two pins: set both a and b, or both to -1",
        ),
        (
            "[light]\nred = 5",
            "light: an RGB LED has three pins: set all of red, green and blue, or all to -1",
        ),
        ("[buttons]\npuase = 5", "buttons.puase: unknown key; did you mean 'pause'?"),
        ("[buttons]\nlong_s = 4.0", "buttons: power_s must be longer than long_s"),
    ],
)
def test_a_wiring_mistake_names_the_key_and_the_remedy(toml: str, line: str) -> None:
    assert problems(toml) == [f"moodbox.toml: {line}"]


def test_pins_are_checked_even_where_other_settings_are_wrong_too() -> None:
    wrong = "[buttons]\npause = 2\nskip = 15\n[camera]\nfps = 99\n[gpio]\ntaken = ['i2c', 'uart', 1]"
    assert problems(wrong) == [
        "moodbox.toml: buttons.pause: GPIO 2 is taken by I2C; choose another pin",
        "moodbox.toml: buttons.skip: GPIO 15 is taken by the UART; choose another pin",
        "moodbox.toml: camera.fps: must be less than or equal to 30",
        "moodbox.toml: gpio.taken.2: must be 'id-eeprom', 'i2c', 'uart', 'spi' or 'sound-hat'",
    ]


def test_without_a_sound_hat_its_pins_are_free() -> None:
    chosen = config.check(tomllib.loads("[gpio]\ntaken = ['i2c']\n[buttons]\npause = 18"), "moodbox.toml")
    assert chosen.buttons.pause.pin == 18


def test_a_button_may_be_given_by_its_pin_alone() -> None:
    chosen = config.check(tomllib.loads("[buttons]\npause = 5"), "moodbox.toml").buttons.pause
    assert (chosen.pin, chosen.short, chosen.long) == (5, "toggle", "power_off")


def test_pause_and_skip_are_wired_by_default_and_nothing_else() -> None:
    assert list(config.check({}, "defaults").buttons.wired) == ["pause", "skip"]


def test_a_short_press_never_powers_the_box_off() -> None:
    assert problems("[buttons.power]\nshort = 'power_off'")[0].startswith(
        "moodbox.toml: buttons.power.short: must be"
    )
