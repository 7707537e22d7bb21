"""A voice for a real Home Assistant, as Piper or a cloud's would be: whatever it is to say is a tone."""

from __future__ import annotations

import json

from core import Core
from piping import write_sine

DOMAIN, ENTITY = "tone", "tts.tone"
LENGTH_S = 4.0
LEVEL_DB = -6.0
FILES = {
    "manifest.json": json.dumps(
        {
            "domain": DOMAIN,
            "name": "Tone",
            "version": "1",
            "config_flow": True,
            "codeowners": [],
            "documentation": "http://localhost",
            "iot_class": "local_push",
            "requirements": [],
            "dependencies": ["tts"],
        }
    ),
    "__init__.py": """\
async def async_setup_entry(hass, entry):
    await hass.config_entries.async_forward_entry_setups(entry, ["tts"])
    return True
""",
    "config_flow.py": f"""\
from homeassistant.config_entries import ConfigFlow

class Flow(ConfigFlow, domain="{DOMAIN}"):
    async def async_step_user(self, user_input=None):
        return self.async_create_entry(title="Tone", data={{}})
""",
    "tts.py": """\
from pathlib import Path

from homeassistant.components.tts import TextToSpeechEntity

async def async_setup_entry(hass, entry, add):
    add([Tone()])

class Tone(TextToSpeechEntity):
    _attr_name = "Tone"
    _attr_unique_id = "tone"
    _attr_supported_languages = ["en"]
    _attr_default_language = "en"

    def get_tts_audio(self, message, language, options):
        return "mp3", Path(__file__).with_name(f"{message}.mp3").read_bytes()
""",
}


def give_voice(core: Core, tones: dict[str, int]) -> None:
    """Lay it beside Home Assistant's other integrations, before that starts.

    tones: message -> Hz.
    """
    folder = core.folder / "custom_components" / DOMAIN
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for message, hertz in tones.items():
        # As most voices give it; Home Assistant needs ffmpeg for another format.
        write_sine(folder / f"{message}.mp3", hertz, LEVEL_DB, LENGTH_S)


def set_up_voice(core: Core) -> None:
    """Set it up, as a person does."""
    step = core.ask("config/config_entries/flow", {"handler": DOMAIN})
    assert step["type"] == "create_entry", step


def speak(core: Core, message: str, player: str) -> None:
    """Home Assistant's own action."""
    core.do("tts.speak", ENTITY, media_player_entity_id=player, message=message, cache=False)
