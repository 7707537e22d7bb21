"""Reads and writes the state's file: one small JSON object, whole at every instant, and mends a damaged one.

Whatever it holds, the box plays: what cannot be used is left out and told, the rest is kept.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_type_hints

from pydantic import TypeAdapter

from appliance.files.foreign import NOT_OURS, is_blank, trouble_with
from appliance.files.whole import read_plain, write_whole
from appliance.protocol.memory import Crossfade, GuestPlace, Interrupted, Memory, OwnEntry, QueueMemory
from appliance.protocol.messages import Song
from appliance.protocol.policies import Path as Way
from appliance.state.choice import choice_file, is_choice
from appliance.state.rounds import MODE, MOODS, is_name, is_rounds, rounds, rounds_file

LONGEST_S = 1e6
"""Seconds that no time in a memory reaches."""
LARGEST = 1 << 24
"""Bytes that no such file exceeds."""
MOST = 1 << 31
"""The greatest count that a memory may hold."""
LONGEST_NUMBER = 20
"""Digits that no number in it has: Python refuses to read very long ones."""
MARK = b'{"moodbox_state"'
"""Every file of ours begins with it."""
HEAD = 1024
"""Bytes by which a file is told from somebody else's."""
LASTING = (
    *("policy", "policies", "mood_policies", "alarm", "alarm_time", "played", "up_next", "coming"),
    *("camera_on", "person", "folders"),  # these protect: where nothing is known of now, they count, too
)
"""What a backup brings back of a memory. All else is of a moment that is over: what plays, and how loud."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class _File:
    """The file's form. Keys that a newer version has added are passed over: the way back loses no more."""

    moodbox_state: Literal[1]
    memory: Memory


FORM = TypeAdapter(_File)


class Recalled(NamedTuple):
    """The memory as the file had it, and the trouble there was."""

    memory: Memory | None
    """None where there is none, or nothing in it can be used."""
    trouble: str | None
    """What is wrong, and what became of it."""
    camera_on: bool | None
    """What a whole file says of the camera; None where it says nothing that can be relied on."""
    is_listener_known: bool
    """Whether it says who listens, or nobody can have said so yet, because the box is new."""


def load(path: Path) -> tuple[Memory | None, str | None]:
    """Read the file. Returns the memory, if there is one, and what is wrong, if anything."""
    return recall(path)[:2]


def recall(path: Path) -> Recalled:
    """Read the file, and what was played beside it.

    One that a backup has `put_back` takes the file's place first. A file of ours that is damaged is set aside
    under the name `PATH.broken`, and so is a copy of one of which something was left out. What is not ours
    stays as it is, see `foreign`.
    """
    strange = foreign(path)
    if strange:
        return Recalled(None, f"{strange}; nothing is remembered", None, False)
    try:
        _stay_in_the_present(path)
        for each in (path, rounds_file(path)):
            if put_back(each).exists():
                put_back(each).replace(each)
        if path.stat().st_size > LARGEST:
            raise ValueError("too large")
        text = path.read_bytes()
        memory, left_out = _understood(text)
    except FileNotFoundError:
        return Recalled(_fresh(path), None, None, not any(path.parent.glob(f"*{path.name}*")))
    except OSError as error:
        trouble = f"{path}: {error.strerror}; what the box remembers is not read"
        return Recalled(_fresh(path), trouble, None, False)
    except (ValueError, RecursionError):  # pydantic's errors are ValueErrors; they would tell what was played
        return Recalled(_fresh(path), _set_aside(path), None, False)
    # Older releases and backups have what was played in the state itself; else it lies beside it.
    memory = replace(memory, played=memory.played or rounds(path))
    # A file that does not speak of the camera has the field's default, "on", which is nobody's word.
    camera_on = memory.camera_on if b'"camera_on"' in text and "camera_on" not in left_out else None
    is_known = not {"person", "folders"} & {*left_out}
    return Recalled(memory, _told(path, left_out) if left_out else None, camera_on, is_known)


def foreign(path: Path) -> str | None:
    """Say where something lies that is not ours and that the box would write over, and what to do; else None.

    A file is ours if it is of our form, or was before it was damaged: it begins as ours do, or nothing stands
    in it.
    """
    forms = {path: _begins_as_ours, rounds_file(path): is_rounds, choice_file(path): is_choice}
    for each, is_form in forms.items():
        problem = trouble_with(each)
        with contextlib.suppress(OSError):
            is_ours = is_form(read_plain(each, HEAD)) or (
                each == path and is_sound(read_plain(path, LARGEST + 1))
            )
            problem = problem or (None if is_ours else NOT_OURS)
        if problem:
            return f"{each}: {problem}"
    return None


def _begins_as_ours(head: bytes) -> bool:
    return MARK.startswith(head[: len(MARK)]) or is_blank(head)


def put_back(path: Path) -> Path:
    """Where a backup's memory lies until the box begins anew: until then `path` itself is written to."""
    return path.with_name(path.name + ".put-back")


def _stay_in_the_present(path: Path) -> None:
    """Write into what a backup has put back what is so now, of all that does not last.

    With the queue of then the box would take its own songs for a guest's, an alarm would ring twice, and what
    was turned down or paused for the night would be loud again.
    """
    left = put_back(path)
    wrong = (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError)
    with contextlib.suppress(*wrong):
        said = json.loads(left.read_bytes())
        now: dict[str, Any] = {}
        with contextlib.suppress(*wrong):
            now = dict(json.loads(read_plain(path, LARGEST))["memory"])
        lasting = {name: value for name, value in said["memory"].items() if name in LASTING}
        said["memory"] = {name: value for name, value in now.items() if name not in LASTING} | lasting
        write_whole(left, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(), MODE)


def is_sound(content: bytes) -> bool:
    """Return whether this is the content of such a file, or of one that is damaged only in part."""
    try:
        _understood(content)
    except (ValueError, RecursionError):
        return False
    return len(content) <= LARGEST


def boot_id() -> str:
    """Say which start of the kernel this is; empty where it does not say. Another one: the box was off."""
    with contextlib.suppress(OSError):
        return BOOT_ID.read_text(encoding="ascii").strip()
    return ""


def save(path: Path, memory: Memory) -> None:
    """Write the file so that a power cut at any instant leaves the old one or the new one, whole.

    Raises OSError, and ValueError for a name that is no text.
    """
    # What has its default is left out, being so when the file is read: of 700 bytes half, every few seconds.
    # So whoever changes a default of Memory changes what older files say, and must say it in `moodbox_state`.
    # The camera never: a file that is silent of it gives nobody's word.
    said = FORM.dump_python(_File(1, memory), mode="json", exclude_defaults=True)
    said["memory"]["camera_on"] = memory.camera_on
    write_whole(path, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(), MODE)


def _fresh(path: Path) -> Memory | None:
    """Recall what can be had without a usable file: the rounds, which have a file of their own."""
    played = rounds(path)
    return Memory(played=played) if played else None


def _understood(text: bytes) -> tuple[Memory, list[str]]:
    """The memory, and the names of what had to be left out. Raises ValueError when it is none of ours."""
    with contextlib.suppress(ValueError):
        memory = FORM.validate_json(text, strict=True).memory
        if all(_is_usable(field.name, getattr(memory, field.name)) for field in fields(memory)):
            return memory, []
    return _piece_by_piece(json.loads(text, parse_int=_whole_number))


def _piece_by_piece(said: Any) -> tuple[Memory, list[str]]:
    """As `_understood`, field by field: one wrong number must not cost the alarm and the camera's switch."""
    memory = said.get("memory") if isinstance(said, dict) and said.get("moodbox_state") == 1 else None
    if not isinstance(memory, dict):
        raise ValueError("none of ours")
    kept: dict[str, Any] = {}
    left_out = []
    for name in memory.keys() & _adapters().keys():
        try:
            kept[name] = _piece(name, memory[name])
        except (ValueError, RecursionError):
            left_out.append(name)
    if "camera_on" in left_out:
        kept["camera_on"] = False  # what it said may have been "off"
    return Memory(**kept), sorted(left_out)


def _piece(name: str, said: Any) -> Any:
    """One of the memory's fields. Raises ValueError when it cannot be used."""
    # Strict: 25200 is no time of day, though pydantic would make one of it.
    understood = _adapters()[name].validate_json(json.dumps(said), strict=True)
    if not _is_usable(name, understood):
        raise ValueError("out of range")
    return understood


@cache
def _adapters() -> Mapping[str, TypeAdapter[Any]]:
    """Only made for a file that is damaged in part."""
    return {name: TypeAdapter(kind) for name, kind in get_type_hints(Memory).items()}


def _is_usable(name: str, value: Any) -> bool:
    """Whether no number, time or name in it could mislead the brain."""
    match value:
        case bool() | Enum() | None:
            return True
        case int():
            return 0 <= value <= (100 if name in ("volume", "muted") else MOST)
        case float() if name == "began":
            return math.isfinite(value)  # on another machine, perhaps long before this one
        case float():
            return math.isfinite(value) and (not name.endswith("_s") or 0 <= value < LONGEST_S)
        case time() | datetime():
            return value.tzinfo is None  # as the clock on the wall has it
        case str():
            return value in MOODS if name.endswith("mood") else not value or is_name(value)
        case Song():
            return bool(value.uri) and all(_is_usable(f.name, getattr(value, f.name)) for f in fields(value))
        case QueueMemory() | Crossfade() | OwnEntry() | GuestPlace() | Interrupted() | Way():
            return all(_is_usable(*piece) for piece in vars(value).items())
        case Mapping() if name == "modes":
            return True  # the player keeps those that it knows
        case Mapping() if name == "mood_policies":
            return all(map(is_name, value)) and all(each.keys() <= MOODS - {""} for each in value.values())
        case Mapping() if name == "policies":
            return all(map(is_name, value))
        case Mapping():
            # The whole library, which has the name "", has played songs, but nobody wants it as a mood.
            moods = {"played": MOODS, "coming": MOODS - {""}}.get(name)
            return (moods is None or value.keys() <= moods) and all(
                _is_usable(name, each) for each in value.values()
            )
        case tuple():
            return all(_is_usable(name, each) for each in value)
    return True


def _whole_number(digits: str) -> float:
    """Python refuses to read very long ones, and with them the whole file."""
    return int(digits) if len(digits) < LONGEST_NUMBER else math.inf


def _set_aside(path: Path) -> str:
    """Move the file out of the way, never delete it. Returns what is to be told."""
    aside = _aside(path)
    try:
        path.replace(aside)
    except OSError as error:
        return f"{path} is damaged, and cannot be set aside ({error.strerror})"
    return f"{path} was damaged; it is kept as {aside.name}, and the box started fresh"


def _told(path: Path, left_out: list[str]) -> str:
    """Keep a copy of the file as it was. Returns what is to be told."""
    with contextlib.suppress(OSError):  # a copy less; that the disk is full will be told anyway
        write_whole(_aside(path), path.read_bytes(), MODE)
    return f"{path}: {', '.join(left_out)} could not be used and started fresh; the rest was kept"


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".broken")
