"""Settings may name any path: what lies there and is not the box's is told, and stays as it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance import config as settings
from appliance.config import Config
from appliance.files.database import Database, DatabaseUnusable
from appliance.files.foreign import NO_FILE, NOT_OURS
from appliance.homeassistant.traces import Place, Traces, traces_file
from appliance.protocol.memory import Memory
from appliance.protocol.music_database import FORMS
from appliance.service.assembly import camera_choice, remember
from appliance.service.usable import not_ours, usable
from appliance.state import Keeper, load, rounds_file
from appliance.state.choice import choice_file

SOMEBODYS: dict[str, bytes] = {
    "passwd": b"root:x:0:0:root:/root:/bin/bash\n",
    "notes": "Milch, Brot, Käse\n".encode(),
    "json": b'{"somebody": "else"}',
    "json of nobody": b"{}",
    "picture": b"\x89PNG\r\n\x1a\n" + os.urandom(2000),
    "far too large": b"a line of a log\n" * (1 << 20),
    "one letter": b"x",
}


def settings_with(**state: str) -> Config:
    return settings.check({"state": state}, "test")


def write_all(path: Path) -> str | None:
    """Read and write what the box keeps there, and end. Returns what it says is wrong."""
    config = settings_with(file=str(path))
    memory, trouble = remember(config)
    choice, keeper = camera_choice(config, memory), Keeper(path)
    assert choice
    choice.start()
    keeper.keep(Memory(volume=30, played={"sad": ("a.flac",)}), 0.0)
    choice.keep(False)
    keeper.close()
    choice.close()
    assert not memory.camera_on
    return "; ".join(filter(None, (trouble, keeper.failure)))


@pytest.mark.parametrize("whose", SOMEBODYS)
def test_a_state_file_that_names_somebodys_file_leaves_it_as_it_is(tmp_path: Path, whose: str) -> None:
    """/etc/passwd was moved out of the way, by a box that ran as root."""
    path = tmp_path / "theirs"
    path.write_bytes(SOMEBODYS[whose])
    before = path.stat().st_ino
    told = write_all(path)
    assert (path.read_bytes(), path.stat().st_ino) == (SOMEBODYS[whose], before)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["theirs"]
    assert f"{path}: {NOT_OURS}" in str(told)
    assert not_ours(settings_with(file=str(path), music=""))[0].startswith(f"state.file: {path}: ")


@pytest.mark.parametrize("beside", [rounds_file, choice_file, traces_file])
def test_nor_is_anything_beside_it_that_has_a_name_of_ours(
    tmp_path: Path, beside: Callable[[Path], Path]
) -> None:
    path = tmp_path / "diary"
    beside(path).write_text("Today it rained.\n" * 50)
    write_all(path)
    Traces(traces_file(path)).add(Place("t", "moodbox", "homeassistant"))
    assert beside(path).read_text() == "Today it rained.\n" * 50


def test_the_cameras_switch_is_kept_also_where_something_else_took_the_states_place(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_all_of_ours(path)
    path.unlink()
    path.mkdir()
    told = write_all(path)
    assert choice_file(path).read_bytes().startswith(b"off ")
    assert f"{path}: {NO_FILE}" in str(told)


def write_all_of_ours(path: Path) -> None:
    choice = camera_choice(settings_with(file=str(path)), Memory())
    keeper = Keeper(path)
    assert choice
    choice.start()
    choice.keep(False)
    choice.close()
    keeper.keep(Memory(volume=30, camera_on=False), 0.0)
    keeper.close()


def test_a_pipe_in_the_states_place_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "something else than a file" in str(load(tmp_path / "pipe")[1])
    assert (tmp_path / "pipe").is_fifo()


def test_what_is_put_there_while_the_box_runs_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keeper = Keeper(path)
    keeper.keep(Memory(volume=30), 0.0)
    assert keeper.flush()
    path.write_text("my notes")
    keeper.keep(Memory(volume=40), 60.0)
    keeper.close()
    assert path.read_text() == "my notes"
    assert NOT_OURS in str(keeper.failure)


def foreign_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE recipe (name TEXT); PRAGMA user_version = 1;")
    connection.close()


@pytest.mark.parametrize("whose", [*SOMEBODYS, "another program's database"])
def test_a_music_database_that_is_somebodys_file_stays_as_it_is(tmp_path: Path, whose: str) -> None:
    path = tmp_path / "theirs.db"
    if whose in SOMEBODYS:
        path.write_bytes(SOMEBODYS[whose])
    else:
        foreign_database(path)
    was = path.read_bytes()
    for _ in range(2):
        with pytest.raises(DatabaseUnusable, match="that is not Moodbox's"):
            Database(path, FORMS)
    assert path.read_bytes() == was
    assert [*tmp_path.iterdir()] == [path]
    assert not_ours(settings_with(file="", music=str(path))) == (f"state.music: {path}: {NOT_OURS}",)


def test_a_database_whose_writer_was_killed_before_its_first_table_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    assert path.stat().st_size
    with Database(path, FORMS) as database:
        assert not database.was_damaged


@pytest.mark.parametrize("name", ["password", "tokens.json", "sessions.json", "devices.json"])
def test_a_page_does_not_move_into_a_folder_where_it_would_write_over_somebodys_file(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("hunter2\n")
    config, problems = usable(settings.check({"page": {"folder": str(tmp_path)}}, "test"))
    assert problems[0].startswith(f"page.folder: {tmp_path / name} is not Moodbox's")
    assert config.page.folder != str(tmp_path)
