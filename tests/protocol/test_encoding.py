"""Commands in, snapshots out, as JSON."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
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
from appliance.protocol.declared import COMMANDS
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.encoding import describe, parse
from appliance.protocol.looks import Box, Mood
from appliance.protocol.messages import Song
from appliance.protocol.policies import Path, Policy
from appliance.protocol.rest import Measuring, Unmeasured
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

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


def song(name: str) -> Song:
    return Song(f"{name}.flac", name.upper(), "Ann", "One", 12.0)


def facts(name: str) -> dict[str, str]:
    return {"uri": f"{name}.flac", "title": name.upper(), "artist": "Ann", "album": "One"}


def test_all_of_the_box_is_described_to_the_letter() -> None:
    snapshot = Snapshot(
        at=100.0,
        mood=Mood("sad", since=40.77, probabilities=(0.0, 0.0, 0.0, 0.25, 0.75, 0.0, 0.0)),
        faces=2,
        playing=Playing.PAUSED,
        song=song("a"),
        liked=True,
        up_next=(song("b"),),
        coming=(song("c"),),
        playlist="party",
        playlists=("party", "rest"),
        policy=Policy.LIFT,
        policy_by_hand=Policy.CALM,
        mood_policies={"sad": Policy.LIFT},
        path=Path(Policy.LIFT, "sad", ("sad", "sad", "happy"), played=2),
        person="Ann",
        persons=("everybody", "Ann"),
        rest_known=True,
        rest=Measuring("Ann", 0.33333, 19.96, "face"),
        rest_failed=Unmeasured.FEW,
        song_mood="sad",
        why="You look sad",
        elapsed_s=33.26,
        volume=40,
        by_hand="sad",
        hand_until=160.4,
        guest=True,
        guest_waits=True,
        modes=("random",),
        camera=CameraState.LOST,
        camera_kept=False,
        sleep_at=190.6,
        alarm=time(6, 5),
        alarm_time=time(7, 30),
        quiet=True,
        announcing=True,
        announcement_failed="no such host",
        degraded={"camera": "unplugged"},
    )
    assert json.loads(json.dumps(describe(snapshot, now=101.0))) == {
        "mood": "sad",
        "mood_for_s": 60.2,
        "probabilities": dict.fromkeys(EMOTIONS, 0.0) | {"happy": 0.25, "sad": 0.75},
        "faces": 2,
        "playing": "paused",
        "person": "Ann",
        "persons": ["everybody", "Ann"],
        "up_next": [facts("b")],
        "coming": [facts("c")],
        "playlist": "party",
        "playlists": ["party", "rest"],
        "rest": {"known": True, "measured": 0.333, "left_s": 20.0, "waits_for": "face", "failed": "few"},
        "policy": "lift",
        "policy_by_hand": "calm",
        "mood_policies": {"sad": "lift"},
        "path": {
            "mood": "sad",
            "policy": "lift",
            "stages": [{"mood": "sad", "songs": 2}, {"mood": "happy", "songs": 1}],
            "played": 2,
            "songs": 3,
            "words": "lift: sad (2 songs) → happy (1 song)",
        },
        "song": facts("a"),
        "liked": True,
        "song_mood": "sad",
        "why": "You look sad",
        "elapsed_s": 33.3,
        "duration_s": 12.0,
        "volume": 40,
        "by_hand": "sad",
        "hand_for_s": 59,
        "guest": True,
        "guest_waits": True,
        "modes": ["random"],
        "camera": "lost",
        "camera_kept": False,
        "alarm": "06:05",
        "alarm_time": "07:30",
        "muted": False,
        "quiet": True,
        "sleep_in_s": 90,
        "announcing": True,
        "announcement_failed": "no such host",
        "degraded": {"camera": "unplugged"},
    }


def test_what_there_is_none_of_is_null_and_what_is_over_has_no_time_left() -> None:
    bare = describe(Snapshot(at=100.0, mood=Mood("unsure", since=90.0)), now=100.0)
    nothing = {name for name, value in bare.items() if value is None}
    assert nothing == {
        *("playlist", "policy_by_hand", "path", "song", "liked", "song_mood", "why", "duration_s", "volume"),
        *("by_hand", "hand_for_s", "alarm", "sleep_in_s", "announcement_failed"),
    }
    assert bare["rest"] == {
        "known": False,
        "measured": None,
        "left_s": None,
        "waits_for": None,
        "failed": None,
    }
    assert (bare["muted"], bare["probabilities"]) == (False, {})
    over = Snapshot(at=100.0, mood=Mood("away", since=90.0), hand_until=99.0, sleep_at=99.0, volume=0)
    said = describe(replace(over, rest=Measuring("Ann", 0.0, 30.0)), now=100.0)
    assert (said["hand_for_s"], said["sleep_in_s"], said["muted"]) == (0, 0, True)
    assert said["rest"]["waits_for"] is None


def takes(message: dict[str, Any]) -> bool:
    try:
        parse(message, "page")
    except CommandRejected:
        return False
    return True


@pytest.mark.parametrize(
    ("command", "argument", "longest"),
    [("person", "person", 40), ("announce", "sound", 2000), ("playlist", "playlist", 255)],
)
def test_a_name_has_a_length_and_the_same_one_in_the_schema(
    command: str, argument: str, longest: int
) -> None:
    lengths = (0, 1, longest, longest + 1)
    assert [takes({"command": command, argument: "x" * length}) for length in lengths] == [
        False,
        True,
        True,
        False,
    ]
    declared = COMMANDS[command].argument
    assert declared
    assert declared.name == argument
    assert (declared.schema()["minLength"], declared.schema()["maxLength"]) == (1, longest)


@pytest.mark.parametrize("text", ["a.mp3", "none.mp3", "z.mp3", ""])
def test_a_list_of_songs_is_one_of_them_as_text_or_the_word_none(text: str) -> None:
    songs = COMMANDS["up-next"].argument
    assert songs
    assert (songs.from_text(text), songs.from_text("none")) == ([text], [])


@pytest.mark.parametrize(
    ("sound", "is_taken"),
    [
        ("http://house/bell.mp3", True),
        ("http://house:1/bell.mp3", True),
        ("https://house:65535/bell.mp3", True),
        ("http://house:0/bell.mp3", False),
        ("http://house:65536/bell.mp3", False),
        ("http:///bell.mp3", False),
        ("http://ann@house/bell.mp3", False),
    ],
)
def test_an_address_names_a_host_and_a_port_that_there_is(sound: str, is_taken: bool) -> None:
    assert takes({"command": "announce", "sound": sound}) is is_taken
