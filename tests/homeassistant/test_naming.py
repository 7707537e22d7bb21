"""What the entities are called in the owner's language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance import config
from appliance.config.pins import Button
from appliance.homeassistant.access import box_of
from appliance.homeassistant.entities import Device, components, slug
from appliance.homeassistant.naming import WORDS, words

LANGUAGES = ("de", "es", "hi")
BOX = Device(
    "kitchen",
    "moodbox/kitchen",
    "Moodbox",
    "1.0",
    buttons=tuple(name for name, value in config.load().buttons if isinstance(value, Button)),
    may_power_off=True,
    has_covers=True,
)


def test_there_is_a_catalogue_for_each_language_of_the_setting() -> None:
    assert {file.stem for file in WORDS.glob("*.json")} == {*LANGUAGES}
    for language in ("en", *LANGUAGES):
        settings = config.check({"mqtt": {"language": language, "id": "kitchen"}}, "test").mqtt
        assert box_of(settings).language == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entity_has_a_name_of_its_own_in_each_language(language: str) -> None:
    english = {key: each["name"] for key, each in components(BOX).items() if "name" in each}
    assert set(words(language)) == set(english), "words/*.json have a name for each entity, and no other"
    names = list(words(language).values())
    assert all(name.strip() == name and name for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_topics_and_states_are_the_same_in_each_language(language: str) -> None:
    for key, english in components(BOX).items():
        translated = components(replace(BOX, language=language))[key]
        assert translated | {"name": english.get("name")} == english | {"name": english.get("name")}
        if "def_ent_id" in english:
            assert english["def_ent_id"].endswith(f"moodbox_{slug(english['name'])}")
