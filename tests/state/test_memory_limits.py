"""What a memory may hold, to the last number; and which files are ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.protocol.emotions import EMOTIONS
from appliance.state import LARGEST, is_sound, load
from appliance.state.choice import OFF, ON, is_choice
from appliance.state.rounds import Rounds, is_name, is_rounds, rounds_file

LONG = "x" * 65_535
"""With one character more the longest name."""
OURS = {"id": 2**31, "uri": "a", "mood": ""}
PLACE = {"id": 1, "uri": "a", "elapsed_s": 0.0}


def read(memory: dict[str, Any], path: Path) -> str | None:
    """What is told of a file that holds this."""
    path.write_text(json.dumps({"moodbox_state": 1, "memory": memory}))
    return load(path)[1]


@pytest.mark.parametrize(
    "memory",
    [
        {"volume": 0}, {"volume": 100}, {"volume": None}, {"muted": 100}, {"hand_s": 0.0},
        {"hand_s": 999_999.9}, {"quiet_s": 999_999.9}, {"asked_mood": ""}, {"asked_mood": "sad"},
        {"boot": ""}, {"boot": "a" + LONG}, {"up_next": ["a" + LONG]}, {"song": {"uri": "a"}},
        {"played": {mood: ["a"] for mood in ("", *EMOTIONS)}}, {"coming": {mood: ["a"] for mood in EMOTIONS}},
        {"mood_policies": {"Ann": {"sad": "lift"}}}, {"policies": {"Ann": None}},
        {"queue": {"version": 2**31, "passed": 0}}, {"queue": {"began": -5.5}}, {"queue": {"began": 1e12}},
        {"queue": {"ours": [OURS], "place": PLACE}}, {"queue": {"modes": {"single": "1"}}},
    ],
)  # fmt: skip
def test_what_is_at_its_limit_is_taken(memory: dict[str, Any], tmp_path: Path) -> None:
    assert read(memory, tmp_path / "state.json") is None


@pytest.mark.parametrize(
    "memory",
    [
        {"volume": -1}, {"volume": 101}, {"muted": 101}, {"hand_s": -0.1}, {"hand_s": 1e6},
        {"boot": "ab" + LONG}, {"boot": "a\0"}, {"up_next": ["a", "b\n"]},
        {"song": {"uri": ""}}, {"song": {"uri": "a", "duration_s": 1e6}}, {"coming": {"": ["a"]}},
        {"mood_policies": {"": {"sad": "lift"}}}, {"mood_policies": {"Ann": {"": "lift"}}},
        {"policies": {"": None}}, {"policies": {"a\n": None}},
        {"queue": {"version": 2**31 + 1}}, {"queue": {"version": -1}}, {"queue": {"passed": -1}},
        {"queue": {"ours": [OURS | {"id": -1}]}}, {"queue": {"ours": [OURS | {"mood": "joyful"}]}},
        {"queue": {"place": PLACE | {"elapsed_s": -1.0}}}, {"queue": {"place": PLACE | {"uri": "a\n"}}},
    ],
)  # fmt: skip
def test_what_is_beyond_it_is_left_out_and_told(memory: dict[str, Any], tmp_path: Path) -> None:
    assert f"{next(iter(memory))} could not be used" in (read(memory, tmp_path / "state.json") or "")


def test_numbers_of_twenty_digits_cost_their_field_alone(tmp_path: Path) -> None:
    """Python refuses to read the longest, and with them the whole file."""
    for digits in (19, 20, 5000):
        content = '{"moodbox_state": 1, "memory": {"volume": 40, "muted": ' + "1" * digits + "}}"
        (tmp_path / "state.json").write_text(content)
        memory, told = load(tmp_path / "state.json")
        assert memory is not None
        assert (memory.volume, memory.muted) == (40, None)
        assert "muted could not be used" in (told or "")


def test_a_state_of_sixteen_megabytes_is_sound_and_not_of_one_byte_more() -> None:
    assert LARGEST == 16 * 1024 * 1024
    small = b'{"moodbox_state": 1, "memory": {}}'
    assert is_sound(small.ljust(LARGEST))
    assert not is_sound(small.ljust(LARGEST + 1))


@pytest.mark.parametrize(
    "content", [ON, OFF, b"", b"o", b"off", OFF[:100], OFF + b"x", b"\0" * 600, b"\xff" * 3, b"?" * 512]
)
def test_a_switch_of_the_camera_is_known_however_damaged(content: bytes) -> None:
    assert is_choice(content)


@pytest.mark.parametrize("content", [b"no", b"offer", b"onward", b"?" * 511, b"?" * 513])
def test_what_never_was_a_switch_of_the_camera_is_somebody_elses(content: bytes) -> None:
    assert not is_choice(content)


def test_the_switch_takes_one_sector() -> None:
    """So a power cut cannot tear it, and a full disk takes it."""
    assert len(ON) == len(OFF) == 512


def test_what_was_played_is_known_by_how_it_begins() -> None:
    assert is_rounds(b'["sad"]\n')
    assert is_rounds(b"")
    assert is_rounds(b"\0" * 64 + b"?")
    assert not is_rounds(b"\0" * 63 + b"?")
    assert not is_rounds(b"dear diary")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a", True), ("", False), ("a" + LONG, True), ("ab" + LONG, False), ("a\nb", False), ("\ud800", False)],
)
def test_a_song_s_name_is_what_mpd_could_have_named_it(name: str, is_one: bool) -> None:
    assert is_name(name) is is_one


# --- what was played ---------------------------------------------------------------------------------------


def names(count: int, start: int = 0) -> tuple[str, ...]:
    return tuple(f"sad/{number}.flac" for number in range(start, start + count))


def test_the_file_of_what_was_played_is_written_anew_once_500_lines_in_it_count_no_more(
    tmp_path: Path,
) -> None:
    """And as many as count: a card is spared, and the file is read in a moment."""
    state = tmp_path / "state.json"
    rounds = Rounds(state)
    files = []
    for start in range(4):
        rounds.keep({"sad": names(400, start)})
        files.append(rounds_file(state).stat().st_ino)
        assert Rounds(state).played == {"sad": names(400, start)}
    # 400 lines, then a new round of as many and the line that begins it: 801, 1202, and 1603 were too many.
    assert files[0] == files[1] == files[2] != files[3]
    assert len(rounds_file(state).read_bytes().splitlines()) == 400


@pytest.mark.parametrize("before", ["a", "c"])
def test_a_new_round_forgets_the_one_before_and_a_song_more_is_a_line_more(
    tmp_path: Path, before: str
) -> None:
    state = tmp_path / "state.json"
    rounds = Rounds(state)
    rounds.keep({"sad": (before,)})
    rounds.keep({"sad": ("b",)})
    rounds.keep({"sad": ("b", "d")})
    assert rounds_file(state).read_text().splitlines() == [
        f'["sad", "{before}"]', '["sad"]', '["sad", "b"]', '["sad", "d"]'
    ]  # fmt: skip
    assert Rounds(state).played == {"sad": ("b", "d")}


def test_nobody_but_the_box_and_its_group_reads_what_was_played(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    Rounds(state).keep({"sad": ("a",)})
    assert not rounds_file(state).stat().st_mode & 0o027
