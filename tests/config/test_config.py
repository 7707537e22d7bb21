"""One TOML file; every mistake at once, each with its place and its remedy."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from appliance import config
from appliance.errors import ConfigError
from appliance.machine.mpd_config import read_password, read_settings
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import Transition

WRONG = """
versoin = 1
[camera]
fps = 100
source = "v4l2:x"
[music]
start = "joyful"
[music.moods]
happy = { folder = "a", filter = "b" }
glad = { folder = "x" }
sad = { foldr = "x" }
[mpd]
port = "6600"
"""


def problems(toml: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.check(tomllib.loads(toml), "box.toml")
    return caught.value.problems


def test_the_defaults_are_a_whole_configuration() -> None:
    assert config.check({}, "defaults").music.transition is Transition.FADE


def test_every_key_of_the_defaults_is_documented_on_its_line_or_above() -> None:
    for line in config.DEFAULTS.read_text().splitlines():
        if " = " in line and not line.startswith(("#", *EMOTIONS)):
            assert "  # " in line, line


def test_all_errors_are_reported_at_once_each_with_its_path() -> None:
    paths = [problem.split(": ")[1] for problem in problems(WRONG)]
    assert paths == [
        "camera.fps",
        "camera.source",
        "mpd.port",
        "music.moods.glad",
        "music.moods.happy",
        "music.moods.sad.foldr",
        "music.start",
        "versoin",
    ]


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("versoin = 1", "box.toml: versoin: unknown key; did you mean 'version'?"),
        ("[camera]\nhieght = 1", "box.toml: camera.hieght: unknown key; did you mean 'height'?"),
        ("[log]\nxyzzy = 1", "box.toml: log.xyzzy: unknown key; known are level"),
        ("[camera]\nfps = 100", "box.toml: camera.fps: must be less than or equal to 30"),
        ("camera = 3", "box.toml: camera: must be a table: [camera] on a line of its own, its keys below"),
        (
            "[music.moods]\nsad = { }",
            "box.toml: music.moods.sad: set exactly one of folder, playlist and filter",
        ),
        (
            "[camera]\nsource = 'usb'",
            "box.toml: camera.source: 'usb' is no camera; use auto, picamera2, v4l2:NUMBER or replay:PATH",
        ),
    ],
)
def test_a_problem_names_the_file_the_key_and_the_remedy(toml: str, line: str) -> None:
    assert problems(toml) == [line]


def test_a_mood_s_source_is_replaced_as_a_whole_and_the_others_stay() -> None:
    own = {"music": {"moods": {"happy": {"filter": '(genre == "Jazz")'}}}}
    moods = config.check(own, "x").music.moods
    assert moods["happy"] == config.MusicSource(filter='(genre == "Jazz")')
    assert moods["sad"] == config.MusicSource(folder="sad")


def test_a_whole_number_is_good_where_seconds_are_wanted_but_true_is_not() -> None:
    assert config.check({"mood": {"away_after_s": 30}}, "x").mood.away_after_s == 30.0
    assert problems("[mood]\naway_after_s = true")


def test_what_show_prints_is_the_same_configuration_again() -> None:
    own = {"camera": {"fps": 7}, "music": {"moods": {"fear": {"playlist": 'Dark "nights"'}}}}
    shown = config.show(config.check(own, "x"))
    again = config.check(tomllib.loads(shown), "x")
    assert again == config.check(own, "x")


def test_show_masks_the_secret() -> None:
    secrets = {"mpd": {"password": "open sesame"}, "mqtt": {"username": "me", "password": "open sesame"}}
    shown = config.show(config.check(secrets, "x"))
    assert "open sesame" not in shown
    assert shown.count('password = "**********"') == 2


def test_an_error_never_prints_the_secret() -> None:
    assert "sesame" not in str(problems('[mpd]\npassword = ["open sesame"]'))


def test_a_password_comes_from_the_first_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("open sesame\nsecond line\n")
    mpd = config.check({"mpd": {"password_file": str(tmp_path / "secret")}}, "x").mpd
    assert mpd.secret() == "open sesame"


def test_no_password_is_none_and_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    assert config.check({}, "x").mpd.secret() is None
    missing = config.check({"mpd": {"password_file": str(tmp_path / "gone")}}, "x").mpd
    with pytest.raises(ConfigError, match="make the file readable, or empty the key"):
        missing.secret()


def test_a_missing_file_a_folder_and_broken_toml_are_clear_errors(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[camera\n")
    for path, words in [
        (tmp_path / "gone.toml", "no such file; `moodbox config init"),
        (tmp_path, "cannot be read"),
        (tmp_path / "broken.toml", "not TOML: .*at line 1"),
    ]:
        with pytest.raises(ConfigError, match=words):
            config.load(path)


def test_files_saved_by_windows_editor_are_read(tmp_path: Path) -> None:
    mark, file, password = b"\xef\xbb\xbf", tmp_path / "box.toml", tmp_path / "password"
    password.write_bytes(mark + b"sesame\r\n")
    file.write_bytes(mark + f"[mpd]\r\nport = 6601\r\npassword_file = '{password}'\r\n".encode())
    assert config.salvage(file) == (config.load(file), ())
    assert config.load(file).mpd.secret() == "sesame"
    assert read_settings(file)["port"] == 6601
    assert read_password(password) == "sesame"


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[camera]\nfps = 3\n")
    monkeypatch.setenv("MOODBOX_CONFIG", str(own))
    assert config.load().camera.fps == 3


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from leaves(section, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(leaves(config.Config)), ids=".".join)
def test_a_wrong_value_of_any_setting_is_told_in_words(path: tuple[str, ...]) -> None:
    """None of a program's words: no pattern, no `String should`, no `Input should`."""
    wrongs: list[Any] = [
        "",
        "8 o'clock",
        "ä" * 500,
        -(10**9),
        10**9,
        1.5,
        math.nan,
        math.inf,
        True,
        [],
        {"x": 1},
    ]
    for wrong in wrongs:
        own: Any = wrong
        for part in reversed(path):
            own = {part: own}
        said = ""
        try:
            config.check(own, "box.toml")
        except ConfigError as error:
            said = str(error)
        assert not re.search(r"[Pp]attern|should|Input|Field required", said), said


@pytest.mark.parametrize(
    ("state", "music"),
    [
        ({"file": "/a/state.json"}, "/a/music.db"),
        ({"file": "/a/state.json", "music": "/b/music.db"}, "/b/music.db"),
        ({"file": "/a/state.json", "music": ""}, None),
        ({"file": ""}, None),
    ],
)
def test_what_is_learnt_is_kept_beside_the_state(state: dict[str, str], music: str | None) -> None:
    assert config.check({"state": state}, "test").state.music_file() == (Path(music) if music else None)
