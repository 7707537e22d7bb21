"""The commands `moodbox taste …`: look at what the box knows of who likes what, export it, forget it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from appliance.config import salvage
from appliance.machine.terminal import printable
from appliance.taste import Desk


def show(options: argparse.Namespace) -> int:
    said = _desk(options).show()
    if options.json:
        print(json.dumps(said))
        return 0
    for line in _lines(said) or ["nothing is known of anybody yet"]:
        print(printable(line))
    return 0


def export(options: argparse.Namespace) -> int:
    print(json.dumps(_desk(options).export(), ensure_ascii=False, indent=1))
    return 0


def forget(options: argparse.Namespace) -> int:
    names = {"song": "uri", "person": "person"}
    what = {names[options.what]: options.name} if options.what in names else {}
    print(f"{_desk(options).forget(**what)} events are forgotten")
    return 0


def _desk(options: argparse.Namespace) -> Desk:
    # With wrong settings, too, one may want to be forgotten.
    return Desk(salvage(options.config)[0].state.music_file())


def _lines(said: dict[str, Any]) -> list[str]:
    return [line for person, known in said["people"].items() for line in _of(person, known)]


def _of(person: str, known: dict[str, Any]) -> Iterator[str]:
    yield f"{person}: {known['events']} events"
    if "rest_day" in known:
        yield "  the face at rest is measured"
    for each in known["artists"]:
        when = f" when {each['mood']}" if each["mood"] else ""
        yield f"  finishes {each['artist']}{when}, {each['finished']} of {each['of']}"
    for song in known["songs"]:
        yield f"  {song['said']}: {song['uri']}"
