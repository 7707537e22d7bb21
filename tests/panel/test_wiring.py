"""The instructions on paper are those that the settings have."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from appliance import config

DOCS = Path(__file__).resolve().parents[2] / "docs"
HEADER = {17: 11, 27: 13, 24: 18}
"""GPIO number -> pin of the header, for those that are wired from the start."""


def wired() -> dict[str, int]:
    chosen = config.check({}, "defaults")
    return {name: button.pin for name, button in chosen.buttons.wired.items()} | {"light": chosen.light.led}


def test_the_table_has_every_part_that_is_wired_from_the_start() -> None:
    rows = re.findall(r"^\| (\w+) \| GPIO (\d+), pin (\d+) ", (DOCS / "wiring.md").read_text(), re.MULTILINE)
    assert {name: int(gpio) for name, gpio, _ in rows} == wired()
    assert {int(gpio): int(pin) for _, gpio, pin in rows} == HEADER


def test_the_drawing_shows_the_same_pins() -> None:
    words = " ".join(ElementTree.parse(DOCS / "wiring.svg").getroot().itertext())
    pairs = re.findall(r"GPIO (\d+), pin (\d+)", words)
    assert {int(gpio): int(pin) for gpio, pin in pairs} == HEADER


def test_the_settings_on_the_page_are_valid_together() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (DOCS / "wiring.md").read_text(), re.DOTALL)
    chosen = config.check(tomllib.loads(example), "wiring.md")
    assert len(chosen.buttons.wired) == 9


@pytest.mark.parametrize("word", ["title", "desc"])
def test_the_drawing_says_itself_in_words(word: str) -> None:
    assert ElementTree.parse(DOCS / "wiring.svg").find(f"{{http://www.w3.org/2000/svg}}{word}") is not None
