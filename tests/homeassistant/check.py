"""A whole box (service, MPD, Mosquitto) beside a real Home Assistant: every entity there, its state right,
a service call changing the music. Run by run.sh; ends with one line that says so, or with what failed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import care
import frontend
import player
import secure
import yaml_entities
from asking_mpd import keep_playlist
from core import PACKAGE, Core, wait_for
from house import BASE, House

from appliance.protocol.emotions import EMOTIONS

CARD = PACKAGE.with_name("dashboard-card.yaml")
ITS_OWN = (
    *("MediaPlayerState.STANDBY", "No device components to cleanup"),
    *("has not been tested by Home Assistant", "the box has hung up", "could not authenticate"),
    "Connection reset by peer",
    "conflicting MQTT discovery message for entity time.",
    *("Integration notify is not supported", "Integration time is not supported"),
)
"""Complaints of Home Assistant about itself: its universal media player uses what is deprecated; and a
device topic that is emptied after a migration, as its documentation asks for, holds nothing any more. It
says so of every integration that is not its own, that a box is gone which we have stopped, and that it asks
its owner where a box shows another certificate, or lets it in no more. Where the
device's topic is emptied, it takes what is announced for itself, as a time is, for a part of that message;
nothing changes (2026.11, `_generate_device_config`). An older one says what it passes over."""


YOUNGER = {"time": (2026, 6), "notify": (2024, 5)}
"""Since when Home Assistant has these over MQTT; an older one passes them over."""


WITH_A_PICTURE = (2026, 11)
"""Since when the universal media player shows a picture that another entity has."""


def check(house: House, steps: Sequence[Callable[[House], str]]) -> Iterator[str]:
    """Everything that is promised of one core; a line for each thing seen to work."""
    for step in steps:
        yield step(house)


def every_entity(house: House) -> str:
    expected = _expected(house).values()
    wanted = {entity_id(component) for component in expected if component.get("en", True)}
    wait_for(lambda: wanted <= set(entities(house.core)), f"{len(wanted)} entities")
    wait_for(lambda: "unavailable" not in entities(house.core).values(), "every entity to be available")
    # Nothing has been said of these yet: nobody has chosen a playlist.
    quiet = "button.", "event.", "notify.", "update.", "sensor.moodbox_temperature", "select.moodbox_playlist"

    def unknown() -> set[str]:
        there = entities(house.core).items()
        return {e for e, state in there if state in ("unknown", "None") and not e.startswith(quiet)}

    wait_for(lambda: not unknown(), f"a state of {unknown()}")
    return f"{len(wanted)} entities, and {len(expected) - len(wanted)} more that are off until wanted"


def _expected(house: House) -> dict[str, dict[str, Any]]:
    """Unique id -> component, of those that this core knows."""
    every = house.expected().items()
    return {key: each for key, each in every if house.core.version >= YOUNGER.get(each["p"], (0, 0))}


def entity_id(component: dict[str, Any]) -> str:
    return f"{component['p']}.moodbox_{component['name'].lower().replace(' ', '_')}"


def states(house: House) -> str:
    wanted = {
        "sensor.moodbox_mood": "happy",
        "sensor.moodbox_emotion": "happy",
        "binary_sensor.moodbox_presence": "on",
        "sensor.moodbox_faces_in_view": "1",
        "sensor.moodbox_playback": "playing",
        "select.moodbox_mode": "automatic",
        "switch.moodbox_camera": "on",
        "number.moodbox_volume": "40",
    }
    wait_for(lambda: wanted.items() <= entities(house.core).items(), f"the states {wanted}")
    wait_for(lambda: house.core.state("sensor.moodbox_title").startswith("happy"), "the song's title")
    return "states: mood, emotion, presence, playback, song, mode, camera, volume"


def orders(house: House) -> str:
    core = house.core
    core.do("select.select_option", "select.moodbox_mode", option="sad")
    wait_for(lambda: house.heard().get("file", "").startswith("sad/"), "MPD to play sad music")
    wait_for(lambda: core.state("sensor.moodbox_title").startswith("sad"), "the new title")
    keep_playlist(house.mpd, "Dinner", "fear/1.flac")
    wait_for(lambda: "Dinner" in _options(core, "select.moodbox_playlist"), "a playlist that can be chosen")
    core.do("select.select_option", "select.moodbox_playlist", option="Dinner")
    wait_for(lambda: house.heard().get("file") == "fear/1.flac", "MPD to play the playlist")
    wait_for(lambda: core.state("select.moodbox_playlist") == "Dinner", "the playlist that is shown")
    core.do("number.set_value", "number.moodbox_volume", value=33)
    wait_for(lambda: house.heard()["volume"] == "33", "MPD's volume")
    core.do("button.press", "button.moodbox_pause")
    wait_for(lambda: house.heard()["state"] == "pause", "MPD to pause")
    core.do("button.press", "button.moodbox_play")
    wait_for(lambda: house.heard()["state"] == "play", "MPD to play")
    core.do("select.select_option", "select.moodbox_mode", option="automatic")
    wait_for(lambda: house.heard().get("file", "").startswith("happy/"), "MPD to follow the face again")
    core.do("number.set_value", "number.moodbox_sleep_timer", value=30)
    wait_for(lambda: core.state("number.moodbox_sleep_timer") == "30", "the sleep timer")
    core.do("switch.turn_off", "switch.moodbox_camera")
    wait_for(lambda: core.state("sensor.moodbox_emotion") in ("unknown", "None"), "no emotion without camera")
    core.do("switch.turn_on", "switch.moodbox_camera")
    wait_for(lambda: core.state("sensor.moodbox_emotion") == "happy", "the emotion back")
    return "service calls that changed the music in MPD: mode, playlist, volume, pause, play; sleep, camera"


def _options(core: Core, select: str) -> list[str]:
    options: list[str] = core.states()[select]["attributes"]["options"]
    return options


def presses(house: House) -> str:
    """There are no buttons here: their messages are sent as the box sends them."""
    core, listener = house.core, house.listener
    device = core.render("{{ device_id('sensor.moodbox_mood') }}")
    automation = {
        "alias": "Pressed",
        "max_exceeded": "silent",  # it is pressed again and again
        "trigger": [
            {
                "platform": "device",
                "domain": "mqtt",
                "device_id": device,
                "type": "button_short_press",
                "subtype": "pause",
            }
        ],
        "action": [{"service": "input_boolean.turn_on", "target": {"entity_id": "input_boolean.seen"}}],
    }
    core.ask("config/automation/config/pressed", automation)
    wait_for(lambda: core.state("automation.pressed") == "on", "an automation with a device trigger")

    def press() -> bool:
        # Again and again: Home Assistant subscribes to an automation's trigger when it finds the time.
        listener.say(f"{BASE}/event/button_pause", '{"event_type": "press"}')
        listener.say(f"{BASE}/trigger/button_pause", "press")
        return core.state("input_boolean.seen") == "on"

    wait_for(press, "the device trigger")
    wait_for(
        lambda: core.state("event.moodbox_pause_button") not in ("unknown", "None"), "the press as an event"
    )
    moods = [s for s in core.states().values() if s["entity_id"] == "event.moodbox_mood_changed"]
    assert moods[0]["attributes"]["event_type"] == "happy", moods
    return "a press as event and as device trigger; a change of mood as event"


def media_player(house: House) -> str:
    core = house.core
    wait_for(lambda: core.state("media_player.moodbox") == "playing", "the media player")
    attributes = core.states()["media_player.moodbox"]["attributes"]
    assert attributes["source"] == "automatic", attributes
    assert abs(attributes["volume_level"] - 0.33) < 0.005, attributes
    if core.version >= WITH_A_PICTURE:
        assert attributes["entity_picture"].startswith("/api/image_proxy/image.moodbox_cover"), attributes
    for service, wanted in (
        *(("media_pause", "pause"), ("media_play", "play"), ("media_play_pause", "pause")),
        *(("media_play_pause", "play"), ("turn_off", "stop"), ("turn_on", "play")),
        *(("toggle", "stop"), ("toggle", "play")),
    ):
        _press(house, service, wanted)
    core.do("media_player.volume_mute", "media_player.moodbox", is_volume_muted=True)
    wait_for(lambda: house.heard()["volume"] == "0", "mute by the media player")
    core.do("media_player.volume_mute", "media_player.moodbox", is_volume_muted=False)
    wait_for(lambda: house.heard()["volume"] == "33", "sound again by the media player")
    core.do("media_player.volume_set", "media_player.moodbox", volume_level=0.25)
    wait_for(lambda: house.heard()["volume"] == "25", "volume by the media player")
    core.do("media_player.select_source", "media_player.moodbox", source="fear")
    wait_for(lambda: house.heard().get("file", "").startswith("fear/"), "a mood by the media player")
    core.do("media_player.select_source", "media_player.moodbox", source="automatic")
    return (
        "the universal media player: state, cover, volume, source; play, pause, on, off, mute, volume, source"
    )


def _press(house: House, service: str, wanted: str) -> None:
    """Have the media player do something. wanted: what MPD does then."""
    player = "media_player.moodbox"
    house.core.do(f"media_player.{service}", player)
    wait_for(lambda: house.heard()["state"] == wanted, f"{wanted} by {service}")
    shown = {"pause": "paused", "play": "playing", "stop": "idle"}[wanted]
    wait_for(lambda: house.core.state(player) == shown, f"{shown} after {service}")


def light(house: House) -> str:
    core = house.core
    for automation in ("the_light_follows_the_mood", "pause_when_the_door_bell_rings", "good_night"):
        assert core.state(f"automation.moodbox_{automation}") == "on", automation
    house.listener.forget()
    core.do("switch.turn_off", "switch.moodbox_camera")
    wait_for(lambda: core.state("sensor.moodbox_mood") == "unsure", "no mood")
    core.do("switch.turn_on", "switch.moodbox_camera")
    house.listener.wait_text("lights/living/rgb", "255,196,64")
    return "automations: the light took the colour of the mood"


def door_bell(house: House) -> str:
    core = house.core
    wait_for(lambda: core.state("sensor.moodbox_playback") == "playing", "music")
    core.do("input_boolean.turn_on", "input_boolean.bell")
    wait_for(lambda: house.heard()["state"] == "pause", "a pause for the door bell")
    core.do("button.press", "button.moodbox_play")
    wait_for(lambda: house.heard()["state"] == "play", "play")
    wait_for(lambda: core.state("sensor.moodbox_playback") == "playing", "music again")
    core.do("automation.trigger", "automation.moodbox_good_night", skip_condition=False)
    wait_for(lambda: core.state("switch.moodbox_camera") == "off", "the camera off for the night")
    wait_for(lambda: house.heard()["volume"] == "20", "a softer volume for the night")
    core.do("switch.turn_on", "switch.moodbox_camera")
    return "automations: a pause for the door bell; good night"


def gone_and_back(house: House) -> str:
    """The box away and back, in the other form and in its own again; then Home Assistant itself."""
    core, expected = house.core, _expected(house)
    house.stop_box()
    wait_for(lambda: core.state("sensor.moodbox_mood") == "unavailable", "a box that is gone")
    own = house.settings["mqtt"]["discovery"]
    migrates = core.version >= (2024, 11)
    before = entities(core)
    for form in ("entity", "device") if migrates and own == "device" else (own,):
        house.start_box(form)
        wait_for(lambda: "unavailable" not in entities(core).values(), f"the box back in the {form} form")
        assert set(entities(core)) == set(before), set(before) ^ set(entities(core))
        house.stop_box()
    house.start_box(own)
    core.stop()
    with core.stored("core.entity_registry") as registry:
        ours = [entry for entry in registry["entities"] if entry["platform"] == "mqtt"]
        for entry in ours:
            entry["disabled_by"] = None  # as a person does who wants the rest, too
    registered = {entry["unique_id"] for entry in ours}
    assert registered - {"living_room"} == set(expected), registered ^ set(expected)
    with core.stored("onboarding") as onboarding:
        onboarding["done"] = ["user", "core_config", "analytics", "integration"]
    core.start()  # what the broker retains, and our answer to its birth, bring everything back
    wait_for(lambda: core.state("sensor.moodbox_mood") == "happy", "everything after a restart")
    wait_for(lambda: set(before) < set(entities(core)), "the same entities after a restart, and the others")
    words = "to the entity form and back, no entity lost or doubled; " if migrates else ""
    return f"a box that is gone is unavailable; {words}everything back after Home Assistant's own restart"


def the_rest(house: House) -> str:
    """What is off until wanted, and what this machine cannot measure."""
    core = house.core

    def percent() -> int:
        there = [core.state(f"sensor.moodbox_probability_{emotion}") for emotion in EMOTIONS]
        return sum(int(state) for state in there if state.isdigit())

    wait_for(lambda: 96 <= percent() <= 104, "seven probabilities, each rounded, that make a whole")
    wait_for(lambda: core.state("sensor.moodbox_refused_messages") == "0", "no message refused")
    house.listener.say(f"{BASE}/set/volume", "loud")
    wait_for(lambda: core.state("sensor.moodbox_refused_messages") == "1", "a message refused")
    house.listener.say(f"{BASE}/box", '{"temperature":48.2,"inference_ms":5.1,"version":"1","refused":1}')
    wait_for(lambda: core.state("sensor.moodbox_temperature") == "48.2", "a temperature")
    return "seven probabilities, refused messages, a temperature"


def card(house: House) -> str:
    used = yaml_entities.entities(CARD)
    assert used <= set(house.core.states()), used - set(house.core.states())
    shown = frontend.look(house.core, "moodbox-test")
    return f"dashboard card: its {len(used)} entities are there; in Chromium it shows {shown}"


STEPS = (every_entity, states, orders, presses, media_player, light, door_bell, gone_and_back, the_rest, card)


def entities(core: Core) -> dict[str, str]:
    """Those of the box, with their states."""
    states = core.states()
    ours = {entity: str(state["state"]) for entity, state in states.items() if "moodbox_" in entity}
    return {entity: state for entity, state in ours.items() if not entity.startswith("automation.")}


def complaints(core: Core) -> list[str]:
    """Warnings and errors of Home Assistant that are about us."""
    words = ("moodbox", "mqtt", "automation", "template", "universal", "lights/living")
    lines = [line for line in core.log.splitlines() if "WARNING" in line or "ERROR" in line]
    lines = [line for line in lines if not any(word in line for word in ITS_OWN)]
    return [line for line in lines if any(word in line.lower() for word in words)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=Path("/"), help="where hass's file system begins")
    parser.add_argument("--form", default="device")
    parser.add_argument("--player", action="store_true", help="our integration, in place of MQTT")
    parser.add_argument("hass", nargs="+", help="the command that starts Home Assistant")
    options = parser.parse_args()
    began = time.monotonic()
    with ExitStack() as running:
        house = House(running, options.hass, options.root, options.form)
        version = house.core.ask("config")["version"]
        try:
            for line in check(
                house, (*player.STEPS, *care.STEPS, *secure.STEPS) if options.player else STEPS
            ):
                print(f"ok: {line}", flush=True)
        except BaseException:
            print(house.core.log[-6000:], flush=True)
            raise
        found = complaints(house.core)
        print("\n".join(found) or "ok: Home Assistant's log has no word against us")
    passed = not found
    took_s = time.monotonic() - began
    what = "our integration" if options.player else f"MQTT, {options.form} form"
    print(f"Home Assistant {version}, {what}: {'passed' if passed else 'FAILED'} ({took_s:.0f} s)")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
