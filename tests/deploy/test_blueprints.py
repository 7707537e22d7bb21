"""The blueprints for Home Assistant: each asks for what it needs, and for nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from appliance.homeassistant.entities import Device, components

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "homeassistant" / "blueprints"
BOX = Device("kitchen", "moodbox/kitchen", "Moodbox", "1.0")


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Knows `!input`, and remembers which inputs were used."""

    used: set[str]


def _input(loader: Any, node: Any) -> str:
    name = str(loader.construct_scalar(node))
    loader.used.add(name)
    return f"input {name}"


Loader.add_constructor("!input", _input)


def load(file: Path) -> tuple[dict[str, Any], set[str]]:
    loader = Loader(file.read_text(encoding="utf-8"))
    loader.used = set()
    return loader.get_single_data(), loader.used


every_blueprint = pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)


def test_there_are_blueprints_for_what_people_do_with_a_box() -> None:
    names = {file.stem for file in FOLDER.glob("*.yaml")}
    assert names == {"announce", "good_night", "light_follows_the_mood", "pause_for_the_door_bell"}


@every_blueprint
def test_every_input_is_declared_and_used(file: Path) -> None:
    document, used = load(file)
    assert document["blueprint"]["domain"] == "automation"
    assert set(document["blueprint"]["input"]) == used
    for asked in document["blueprint"]["input"].values():
        assert asked["name"]
        assert asked["selector"]
    assert set(document) >= {"trigger", "action"}


@every_blueprint
def test_no_entity_of_any_one_house_is_in_it(file: Path) -> None:
    document, _ = load(file)
    rest = yaml.safe_dump({key: value for key, value in document.items() if key != "blueprint"})
    assert "moodbox_" not in rest


@every_blueprint
def test_what_it_asks_of_the_box_is_an_entity_that_the_box_has(file: Path) -> None:
    document, _ = load(file)
    has = {(each["p"], each["name"]) for each in components(BOX).values() if "name" in each}
    for asked in document["blueprint"]["input"].values():
        for wanted in asked["selector"].get("entity", {}).get("filter", []):
            if wanted.get("integration") == "mqtt":
                name = asked["description"].removeprefix("Its entity ")
                assert (wanted["domain"], name) in has
