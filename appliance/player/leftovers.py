"""Clears up after a box that ended in the middle of an announcement: killed, or cut off with its power.

Its entry lies in MPD's queue, MPD's modes are those of an announcement, and the song waits. What was before
is noted before anything is changed, and kept with the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from appliance.player.modes import VALUES, set_mode
from appliance.protocol.memory import Interrupted


def note(client: Any, status: Mapping[str, str], by: str, modes: Iterable[str]) -> Interrupted:
    """Note what MPD does now. by: its name of what is to speak. modes: those that will be changed."""
    uri = client.currentsong().get("file", "") if "songid" in status else ""
    return Interrupted(
        by=by,
        behind=int(status["playlistlength"]),
        state=status["state"],
        id=int(status.get("songid", 0)),
        uri=uri,
        elapsed_s=float(status.get("elapsed", 0.0)),
        modes={mode: status.get(mode, "0") for mode in modes},
    )


def clear_up(client: Any, left: Interrupted) -> None:
    """Remove the announcement, and have MPD do again what it did before it. Raises what the client raises."""
    status = client.status()
    spoke = [id for id, place in _entries(client, left.by) if place >= left.behind][-1:]
    current = int(status.get("songid", 0))
    is_held = bool(current) and current == _found(client, left) and status["state"] == "pause"
    if current in spoke:
        client.stop()  # else MPD would go on with whatever it takes for the next
    for mode in left.modes.keys() & MODES:
        value = left.modes[mode]
        set_mode(client, mode, value if value in VALUES else "0")
    if current in spoke or is_held:
        _go_back(client, left)
    for entry in spoke:
        client.deleteid(entry)


def _go_back(client: Any, left: Interrupted) -> None:
    from mpd import CommandError

    song = _found(client, left)
    if song is None or left.state not in ("play", "pause"):
        client.stop()
        return
    try:
        client.seekid(song, f"{left.elapsed_s:.3f}")
    except CommandError:
        client.playid(song)  # a radio, in which there are no places
    client.pause(0 if left.state == "play" else 1)


def _found(client: Any, left: Interrupted) -> int | None:
    """The entry of the song that waits: an MPD that began anew has given it another id."""
    ids = [id for id, _ in _entries(client, left.uri)]
    return left.id if left.id in ids else next(iter(ids), None)


def _entries(client: Any, uri: str) -> list[tuple[int, int]]:
    """The entries of this name, each with its place, in the queue's order."""
    from mpd import CommandError

    with suppress(CommandError, ValueError):
        found = client.playlistfind("file", uri) if uri and "\n" not in uri else []
        return sorted(((int(each["id"]), int(each["pos"])) for each in found), key=lambda each: each[1])
    return []


MODES = {"repeat", "single", "consume"}
"""That an announcement changes."""
