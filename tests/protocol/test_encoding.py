"""Commands in, snapshots out, as JSON."""

from __future__ import annotations

import contextlib
import json
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import CommandRejected
from appliance.protocol.commands import (
    ChooseMood,
    Command,
    SetAlarm,
    SetVolume,
    Skip,
    Sleep,
    StepVolume,
    SwitchCamera,
)
from appliance.protocol.encoding import describe, parse
from appliance.protocol.looks import Box, Mood
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import Playing, Snapshot

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ({"command": "skip"}, Skip(source="page")),
        ({"command": "volume", "percent": 0}, SetVolume(0, source="page")),
        ({"command": "volume", "percent": 55.5}, SetVolume(56, source="page")),
        ({"command": "volume", "percent": 100.4}, SetVolume(100, source="page")),
        ({"command": "volume", "percent": -0.4}, SetVolume(0, source="page")),
        ({"command": "volume", "percent": 54.5}, SetVolume(55, source="page")),
        ({"command": "volume-step", "by": -2.5}, StepVolume(-3, source="page")),
        ({"command": "volume-step", "by": -5}, StepVolume(-5, source="page")),
        ({"command": "mood", "mood": "sad"}, ChooseMood("sad", source="page")),
        ({"command": "camera", "on": False}, SwitchCamera(False, source="page")),
        ({"command": "sleep", "minutes": 0.5}, Sleep(30.0, source="page")),
        ({"command": "alarm", "at": "07:05"}, SetAlarm(time(7, 5), source="page")),
        ({"command": "alarm", "at": None}, SetAlarm(None, source="page")),
    ],
)
def test_commands_are_read(message: dict[str, Any], command: Command) -> None:
    assert parse(message, "page") == command


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (["skip"], "expected a JSON object"),
        ({"command": 3}, "expected a JSON object"),
        ({"command": "dance"}, "no such command: 'dance'; known are play, "),
        ({"command": "skip", "times": 2}, "skip does not take 'times'"),
        ({"command": "volume"}, "a number from 0 to 100"),
        ({"command": "volume", "percent": True}, "a number from 0 to 100"),
        ({"command": "volume", "percent": 101}, "a number from 0 to 100"),
        ({"command": "mood", "mood": "hapy"}, "did you mean 'happy'"),
        ({"command": "mood", "mood": "unsure"}, "mood needs"),
        ({"command": "camera", "on": "no"}, "true or false"),
        ({"command": "sleep", "minutes": float("nan")}, "a number from 0 to 1440"),
        ({"command": "alarm", "at": "25:00"}, "a time of day"),
        ({"command": "volume-step", "by": 100.5}, "from -100 to 100"),
    ],
)
def test_nonsense_is_rejected_with_what_would_be_right(message: object, words: str) -> None:
    with pytest.raises(CommandRejected, match=words):
        parse(message, "page")


@given(
    st.dictionaries(st.sampled_from(["command", "percent", "mood", "on", "minutes", "by", "at"]), anything)
    | anything
)
def test_whatever_comes_it_is_a_command_or_rejected(message: object) -> None:
    with contextlib.suppress(CommandRejected):
        assert isinstance(parse(message, "fuzz"), Command)


def test_a_snapshot_becomes_plain_json_with_times_relative_to_now() -> None:
    snapshot = Snapshot(
        at=100.0,
        mood=Mood("happy", since=90.0, probabilities=(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)),
        faces=1,
        box=Box(1, 2, 3, 4),
        playing=Playing.MUSIC,
        song=Song("happy/a.flac", "A", "B", "C", 12.0),
        by_hand="happy",
        hand_until=160.4,
        degraded={"camera": "unplugged"},
    )
    said = json.loads(json.dumps(describe(snapshot, now=100.0)))
    assert said["mood_for_s"] == 10.0
    assert said["hand_for_s"] == 60
    assert said["probabilities"]["happy"] == 1.0
    assert said["song"]["title"] == "A"
    assert said["degraded"] == {"camera": "unplugged"}
