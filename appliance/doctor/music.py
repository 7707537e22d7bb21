"""MPD, its songs for each mood, and something to hear them with."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from appliance.config import Config
from appliance.control import send
from appliance.doctor.check import Check, ill, well
from appliance.errors import MoodboxError, PlayerRefused
from appliance.machine.machine import outputs_again
from appliance.machine.mpd_config import ASOUND, choose, find_cards
from appliance.player import Source
from appliance.player.client import connect, disconnect, see_rights
from appliance.player.counting import count
from appliance.player.standstill import blame

CARDLESS = ("fifo", "httpd", "pipe", "pipewire", "pulse", "recorder", "shout", "snapcast", "jack")
"""Plugins of MPD that need no sound card of this machine."""
WATCHED_S = 2.0
"""Seconds for which a playing position is watched: cards take the sound in pieces of half a second."""


def checks(config: Config, asound: Path = ASOUND) -> list[Check]:
    mpd = config.mpd
    try:
        client = connect(mpd.address, mpd.port, mpd.secret)
    except MoodboxError as error:
        return [_card(config, [], asound), ill("MPD", str(error))]
    with closing(_Connection(client)):
        outputs = client.outputs()
        found = [_mpd(client, mpd.address)]
        moods = config.music.moods.items()
        sources: dict[str, Source] = {mood: Source(**source.model_dump()) for mood, source in moods}
        return [
            _card(config, outputs, asound),
            *found,
            _output(client, outputs),
            _songs(sources, client, config),
        ]


class _Connection:
    def __init__(self, client: Any) -> None:
        self._client = client

    def close(self) -> None:
        disconnect(self._client)


def _card(config: Config, outputs: Sequence[Mapping[str, str]], asound: Path) -> Check:
    name = "sound card"
    cards, wanted = find_cards(asound), config.mpd.output
    card = choose(cards, wanted)
    if card:
        return well(name, f"{card.name}, {'it plays' if _plays(asound / card.name) else 'silent now'}")
    if any(output["plugin"] in CARDLESS for output in _enabled(outputs)):
        return well(name, "none, but MPD plays elsewhere")
    if cards:
        names = ", ".join(one.name for one in cards)
        return ill(name, f"no card is named {wanted!r}; set mpd.output to auto, or to one of {names}")
    return ill(name, "there is none; plug it in, or enable its overlay in config.txt, then reboot")


def _plays(card: Path) -> bool:
    """Whether sound really goes to the card, by its driver's own word. card: its folder in /proc/asound."""
    return any("RUNNING" in _text(status) for status in card.glob("pcm*p/sub*/status"))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeError):  # unplugged while we look
        return ""


def _mpd(client: Any, address: str) -> Check:
    try:
        see_rights(client)
    except PlayerRefused as error:
        return ill("MPD", str(error))
    return well("MPD", f"protocol {client.mpd_version}, at {address}")


def _output(client: Any, outputs: Sequence[Mapping[str, str]]) -> Check:
    name = "MPD output"
    if _stands_still(client):
        return ill(name, blame(client))
    heard = [output["outputname"] for output in _enabled(outputs) if output["plugin"] != "null"]
    if heard:
        return well(name, ", ".join(heard))
    return ill(name, f"MPD plays into nothing; {outputs_again()}")


def _stands_still(client: Any) -> bool:
    """Whether MPD says that it plays and its position does not move; but a web radio may fill its buffer."""
    before = client.status()
    if before["state"] != "play" or "://" in client.currentsong().get("file", ""):
        return False
    end = time.monotonic() + WATCHED_S
    while time.monotonic() < end:
        time.sleep(0.1)
        status = client.status()
        if any(status.get(key) != before.get(key) for key in ("state", "songid", "elapsed")):
            return False
    return True


def _enabled(outputs: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [output for output in outputs if output.get("outputenabled") == "1"]


def _songs(sources: Mapping[str, Source], client: Any, config: Config) -> Check:
    name = "music"
    everything, by_mood = count(sources, client)
    if not everything:
        return ill(
            name,
            "MPD has no song; copy music into its folder, and update its library unless it does so by itself",
        )
    empty = [f"{mood} ({sources[mood]})" for mood, songs in by_mood.items() if not songs]
    if empty and not _is_filled(config):
        return ill(name, f"no song for {', '.join(empty)}; copy some there, or change music.moods")
    counts = ", ".join(f"{mood} {songs}" for mood, songs in by_mood.items())
    return well(name, f"{everything} songs: {counts}")


def _is_filled(config: Config) -> bool:
    """Whether the box that runs has songs for every mood: by their sound, where a folder has none."""
    with suppress(MoodboxError):
        return "music" not in send(Path(config.control.socket), {"command": "status"})["degraded"]
    return False
