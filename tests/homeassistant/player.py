"""Our integration in a real Home Assistant: found, paired, and every order heard in MPD."""

from __future__ import annotations

import contextlib
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asking_mpd import keep_playlist
from core import Core, wait_for
from house import PASSWORD, House
from webbing import Client

ANNOUNCE = Path(__file__).with_name("announce.py")
FLOW = "config/config_entries/flow"
PROGRESS = "config_entries/flow/progress"
HAPPY = "component.moodbox.entity.media_player.box.state_attributes.source.state.happy"


def owner(house: House) -> Client:
    """A browser that is logged in to the box's page."""
    anyones = ssl._create_unverified_context() if house.certificate else None
    browser = Client(house.page, tls=anyones)
    wait_for(lambda: _logs_in(browser), "the box's page")
    return browser


def _logs_in(browser: Client) -> bool:
    try:
        return browser.log_in(PASSWORD).status == 303
    except OSError:
        return False


@contextlib.contextmanager
def announced(house: House, name: str = "moodbox-7", address: str = "127.0.0.1") -> Iterator[None]:
    """The box announces itself by a host's name, from where Home Assistant lives."""
    core = house.core
    shutil.copy(ANNOUNCE, core.folder)
    python = str(Path(core.hass[-1]).with_name("python"))
    script = [*core.hass[:-1], python, f"{core.inside}/{ANNOUNCE.name}"]
    command = [*script, "--port", str(house.page), "--name", name, "--address", address]
    said = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert said.stdout
    try:
        assert said.stdout.readline() == "announced\n"
        yield
    finally:
        said.terminate()
        said.wait(20)


def found(house: House) -> str:
    core = house.core
    browser = owner(house)
    with announced(house):
        wait_for(lambda: _flows(core, "zeroconf"), "the box to be found")
        (flow,) = _flows(core, "zeroconf")
        assert flow["context"]["title_placeholders"] == {"name": "moodbox-7.local"}, flow
        _pair(core, flow["flow_id"], browser)
        wait_for(lambda: _entity(core), "the media player")
        wait_for(lambda: core.state(_entity(core)) == "playing", "music in the media player")
    assert browser.get("/api/tokens").json == {"tokens": ["Home Assistant"]}
    return "found by zeroconf, paired by the number said on the box's page; a token of its own"


def _flows(core: Core, source: str) -> list[dict[str, Any]]:
    ours = [each for each in core.say(PROGRESS) if each["handler"] == "moodbox"]
    return [each for each in ours if each["context"]["source"] == source]


def _pair(core: Core, flow: str, browser: Client) -> None:
    """Confirm a flow that has found the box, and say its number on the page."""
    step = core.ask(f"{FLOW}/{flow}", {})
    assert (step["type"], step["progress_action"]) == ("progress", "press"), step
    number = int(step["description_placeholders"]["presses"])
    assert browser.post("/api/pairing/answer", {"number": number}).status == 200
    wait_for(lambda: _is_over(core, flow), "the pairing to be over")


def _is_over(core: Core, flow: str) -> bool:
    if not any(each["flow_id"] == flow for each in core.say(PROGRESS)):
        return True
    return core.ask(f"{FLOW}/{flow}")["type"] in ("create_entry", "abort")


def _entity(core: Core, kind: str = "media_player.") -> str:
    entities = core.say("config/entity_registry/list")
    return next(
        (
            each["entity_id"]
            for each in entities
            if each["platform"] == "moodbox" and each["entity_id"].startswith(kind)
        ),
        "",
    )


def _shown(core: Core) -> dict[str, Any]:
    state = core.states()[_entity(core)]
    attributes: dict[str, Any] = state["attributes"]
    return attributes | {"state": state["state"]}


def shown(house: House) -> str:
    core = house.core
    wait_for(lambda: _shown(core).get("media_title", "").startswith("happy"), "the title")
    there, heard = _shown(core), house.heard()
    for name, tag in (("title", "title"), ("artist", "artist"), ("album_name", "album")):
        assert there[f"media_{name}"] == heard[tag], (there, heard)
    assert there["source"] == "automatic", there
    assert there["source_list"][0] == "automatic", there
    assert {"happy", "sad", "Anna"} < set(there["source_list"]), there
    assert abs(there["media_duration"] - float(heard["duration"])) < 1, (there, heard)
    assert abs(there["volume_level"] - int(heard["volume"]) / 100) < 0.005, (there, heard)
    kind, picture = core.fetch(there["entity_picture"])
    assert (kind, picture[:4]) == ("image/png", b"\x89PNG"), kind
    return "state, title, artist, album, cover, length, volume, sources"


def steered(house: House) -> str:
    core, box = house.core, _entity(house.core)

    def do(service: str, **more: Any) -> None:
        core.do(f"media_player.{service}", box, **more)

    do("media_pause")
    wait_for(lambda: house.heard()["state"] == "pause" and core.state(box) == "paused", "a pause")
    do("media_play")
    wait_for(lambda: house.heard()["state"] == "play" and core.state(box) == "playing", "play")
    do("media_seek", seek_position=60)
    wait_for(lambda: float(house.heard()["elapsed"]) >= 59.5, "the place in the song")
    wait_for(lambda: _shown(core)["media_position"] >= 59, "the place that is shown")
    before = house.heard()["songid"]
    do("media_next_track")
    wait_for(lambda: house.heard()["songid"] != before, "another song")
    after = house.heard()["songid"]
    do("media_previous_track")
    wait_for(lambda: house.heard()["songid"] != after, "the song before")
    do("volume_set", volume_level=0.25)
    wait_for(lambda: house.heard()["volume"] == "25" and _shown(core)["volume_level"] == 0.25, "the volume")
    do("volume_up")
    wait_for(lambda: house.heard()["volume"] == "30", "more volume")
    do("volume_mute", is_volume_muted=True)
    wait_for(lambda: house.heard()["volume"] == "0" and _shown(core)["is_volume_muted"], "mute")
    do("volume_mute", is_volume_muted=False)
    wait_for(lambda: house.heard()["volume"] == "30" and not _shown(core)["is_volume_muted"], "sound again")
    do("turn_off")
    wait_for(lambda: house.heard()["state"] == "stop" and core.state(box) == "off", "off")
    do("turn_on")
    wait_for(lambda: house.heard()["state"] == "play" and core.state(box) == "playing", "on")
    do("media_stop")
    wait_for(lambda: house.heard()["state"] == "stop" and core.state(box) == "idle", "a stop")
    do("media_play")
    wait_for(lambda: house.heard()["state"] == "play" and core.state(box) == "playing", "play again")
    return "pause, play, seek, next, previous, volume, mute, off, on, stop: heard in MPD, and shown"


def sources(house: House) -> str:
    core, box = house.core, _entity(house.core)
    core.do("media_player.select_source", box, source="sad")
    wait_for(lambda: house.heard().get("file", "").startswith("sad/"), "sad music")
    wait_for(lambda: _shown(core)["source"] == "sad", "the mood that is shown")
    core.do("media_player.select_source", box, source="Anna")
    wait_for(lambda: _shown(core)["source"] == "Anna", "Anna")
    state = owner(house).get("/api/state").json
    assert (state["person"], state["by_hand"]) == ("Anna", None), state
    core.do("media_player.select_source", box, source="automatic")
    wait_for(lambda: _shown(core)["source"] == "automatic", "everybody again")
    wait_for(lambda: house.heard().get("file", "").startswith("happy/"), "the music of the face")
    return "sources: a mood, a person, automatic again"


def playlists(house: House) -> str:
    core, box, name = house.core, _entity(house.core), "Für <b>alle 👨\u200d👩\u200d👧"
    keep_playlist(house.mpd, name, "fear/1.flac", "fear/0.flac")
    wait_for(lambda: name in _shown(core)["source_list"], "the playlist among the sources")
    core.do("media_player.select_source", box, source=name)
    wait_for(lambda: house.heard().get("file") == "fear/1.flac", "its first song")
    wait_for(lambda: _shown(core)["source"] == name, "the playlist that is shown")
    core.do("media_player.select_source", box, source="automatic")
    wait_for(lambda: _shown(core)["source"] == "automatic", "automatic again")
    root = core.say("media_player/browse_media", entity_id=box)
    (lists,) = (each for each in root["children"] if each["title"] == "Playlists")
    (found,) = _browse(core, box, lists)["children"]
    core.do("media_player.play_media", box, **_media(found))
    wait_for(lambda: _shown(core)["source"] == name, "the playlist that was chosen in the browser")
    core.do("media_player.select_source", box, source="automatic")
    keep_playlist(house.mpd, name)
    wait_for(lambda: name not in _shown(core)["source_list"], "the list without it")
    return "playlists: as sources and in the browser, played in their order; the list follows MPD"


def library(house: House) -> str:
    core, box = house.core, _entity(house.core)
    root = core.say("media_player/browse_media", entity_id=box)
    titles = [each["title"] for each in root["children"]]
    assert titles[0] == "Angry", titles
    assert titles[-1] == "Folders", titles
    mood = next(each for each in root["children"] if each["media_content_id"] == "fear")
    inside = _browse(core, box, mood)
    assert [each["media_content_id"] for each in inside["children"]] == ["fear/0.flac", "fear/1.flac"], inside
    kind, _ = core.fetch(inside["children"][0]["thumbnail"])
    assert kind == "image/png", kind
    folders = _browse(core, box, root["children"][-1])
    assert "sad" in [each["title"] for each in folders["children"]], folders
    core.do("media_player.play_media", box, **_media(inside["children"][1]))
    wait_for(lambda: house.heard()["file"] == "fear/1.flac", "the song that was chosen")
    core.do("media_player.play_media", box, **_media(inside["children"][0]), enqueue="next")
    wait_for(lambda: owner(house).get("/api/state").json["up_next"], "the song that is to come next")
    core.do("media_player.play_media", box, **_media(mood))
    wait_for(lambda: _shown(core)["source"] == "fear", "the mood that was chosen in the browser")
    core.do("media_player.select_source", box, source="automatic")
    result = core.say("media_player/search_media", entity_id=box, search_query="sad 1")["result"]
    assert [each["media_content_id"] for each in result] == ["sad/1.flac"], result
    return "media browser: moods and folders with covers, a song played, one queued, a mood played; search"


def _browse(core: Core, box: str, place: dict[str, Any]) -> Any:
    return core.say("media_player/browse_media", entity_id=box, **_media(place))


def _media(place: dict[str, Any]) -> dict[str, str]:
    return {name: place[name] for name in ("media_content_type", "media_content_id")}


def announces(house: House) -> str:
    core, box, page = house.core, _entity(house.core), owner(house)
    wait_for(lambda: core.state(box) == "playing", "music")
    sound = {"media_content_type": "music", "media_content_id": "surprise/0.flac"}
    core.do("media_player.play_media", box, announce=True, extra={"volume": 20}, **sound)
    wait_for(lambda: page.get("/api/state").json["announcing"], "an announcement")
    core.do("media_player.media_next_track", box)
    wait_for(lambda: not page.get("/api/state").json["announcing"], "its end")
    wait_for(lambda: house.heard()["state"] == "play", "music again")
    core.do("notify.send_message", _entity(core, "notify."), message="surprise/1.flac")
    wait_for(lambda: page.get("/api/state").json["announcing"], "an announcement by notify")
    core.do("media_player.media_next_track", box)
    wait_for(lambda: not page.get("/api/state").json["announcing"], "its end")
    own = f"http://127.0.0.1:{house.page}/bell.mp3"
    for message in (own, own):  # again, when it is known for the same reason
        said = core.refusal("notify.send_message", _entity(core, "notify."), message=message)
        assert "The announcement was not heard: that is an address of the box" in said, said
    said = core.refusal("notify.send_message", _entity(core, "notify."), message="../bell.mp3")
    assert "The box refuses: " in said, said
    sound["media_content_id"] = "sad/gone.flac"
    said = core.refusal("media_player.play_media", box, announce=True, **sound)
    assert "was not heard: " in said, said
    return "announcements, at a volume of their own and by notify, ended by the next song; why one is not"


def languages(house: House) -> str:
    told = {}
    for language in ("en", "de", "es", "hi"):
        wanted = {"language": language, "category": "entity", "integration": ["moodbox"]}
        told[language] = house.core.say("frontend/get_translations", **wanted)["resources"][HAPPY]
    assert len(set(told.values())) == 4, told
    return f"sources in four languages: {', '.join(told.values())}"


def away(house: House) -> str:
    core, box = house.core, _entity(house.core)
    house.stop_box()
    wait_for(lambda: core.state(box) == "unavailable", "a box that is gone")
    house.start_box("device")
    owner(house)
    moved(house)
    wait_for(lambda: core.state(box) == "playing", "the box at its new address")
    core.stop()
    core.start()
    wait_for(lambda: core.state(box) == "playing", "the box after a restart of Home Assistant")
    house.stop_box()
    wait_for(lambda: core.state(box) == "unavailable", "a box that is gone again")
    house.start_box("device")
    wait_for(lambda: core.state(box) == "playing", "the box back")
    return "gone it is unavailable, and back by itself, at another address, after Home Assistant's restart"


def moved(house: House) -> None:
    """Tell Home Assistant another address of the box, whose name is announced no more."""
    core = house.core
    (entry,) = (each for each in core.say("config_entries/get") if each["domain"] == "moodbox")
    begun = core.ask(FLOW, {"handler": "moodbox", "entry_id": entry["entry_id"]})
    assert begun["step_id"] == "reconfigure", begun
    step = core.ask(f"{FLOW}/{begun['flow_id']}", {"url": "127.0.0.1:1"})
    assert step["errors"] == {"base": "cannot_connect"}, step
    step = core.ask(f"{FLOW}/{begun['flow_id']}", {"url": f"127.0.0.1:{house.page}"})
    assert (step["type"], step["reason"]) == ("abort", "reconfigure_successful"), step


def taken_back(house: House) -> str:
    core, browser = house.core, owner(house)
    assert browser.ask("DELETE", "/api/tokens").status == 200
    wait_for(lambda: _flows(core, "reauth"), "Home Assistant to say that it is let in no more")
    (flow,) = _flows(core, "reauth")
    _pair(core, flow["flow_id"], browser)
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box back after another pairing")
    begun = core.ask(FLOW, {"handler": "moodbox"})
    step = core.ask(f"{FLOW}/{begun['flow_id']}", {"url": "127.0.0.1:1", "verify_ssl": True})
    assert step["errors"] == {"base": "cannot_connect"}, step
    token = browser.post("/api/tokens", {"name": "by hand"}).json["token"]
    by_hand = {"url": f"127.0.0.1:{house.page}", "verify_ssl": True, "token": token}
    step = core.ask(f"{FLOW}/{begun['flow_id']}", by_hand)
    assert (step["type"], step["reason"]) == ("abort", "already_configured"), step
    return "a token taken back: paired anew; a wrong address says so; no box is set up twice"


STEPS = (found, shown, steered, sources, playlists, library, announces, languages, away, taken_back)
