"""What survives a power cut."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import time as time_of_day
from pathlib import Path

import pytest

from appliance.messages import Memory, Playing, Song
from appliance.state import CHOICE_S, POSITION_S, Keeper, load, save

FULL = Memory(
    playing=Playing.PAUSED,
    asked_mood="sad",
    hand_mood="happy",
    hand_s=12.5,
    song=Song("sad/ä 'b'.flac", "Title", "Artist", "Album", 200.0),
    song_mood="sad",
    elapsed_s=33.3,
    volume=41,
    camera_on=False,
    sleep_s=600.0,
    alarm=time_of_day(7, 5),
    played={"sad": ("sad/a.flac", "sad/b.flac")},
)

WRITER = """
import itertools, sys
from pathlib import Path
from appliance.messages import Memory, Song
from appliance.state import save
for number in itertools.count(int(sys.argv[2])):
    song = Song("x" * (number % 4000))
    save(Path(sys.argv[1]), Memory(asked_mood="sad", song=song, elapsed_s=float(number)))
    print(number, flush=True)
"""


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    save(tmp_path / "state.json", FULL)
    assert load(tmp_path / "state.json") == (FULL, None)


def test_without_a_file_there_is_nothing_to_remember_and_nothing_wrong(tmp_path: Path) -> None:
    assert load(tmp_path / "state.json") == (None, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 500,
        b"{}",
        b'{"somebody": "else"}',
        b'{"moodbox_state": 1, "memory": {"volume": "loud"}}',
        b'{"moodbox_state": 1, "memory": {"asked_mood": "joyful"}}',
        b'{"moodbox_state": 1, "memory": {"elapsed_s": -1}}',
        b'{"moodbox_state": 1, "memory": {"elapsed_s": NaN}}',
        b'{"moodbox_state": 2, "memory": {}}',
    ],
)
def test_a_damaged_or_foreign_file_is_set_aside_and_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    memory, trouble = load(path)
    assert memory is None
    assert trouble is not None
    assert "kept as state.json.broken" in trouble
    assert not path.exists()
    assert (tmp_path / "state.json.broken").read_bytes() == content


def test_a_truncated_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save(path, FULL)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert load(path)[0] is None


def test_what_a_newer_version_added_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b'{"moodbox_state": 1, "memory": {"volume": 30, "colour": "blue"}, "more": 1}')
    assert load(path) == (Memory(volume=30), None)


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.mkdir()
    memory, trouble = load(path)
    assert memory is None
    assert trouble is not None
    assert path.is_dir()


@pytest.mark.slow
def test_killed_at_a_thousand_random_instants_the_file_is_always_whole(tmp_path: Path) -> None:
    path, chance, told = tmp_path / "state.json", random.Random(4), 0
    kills = 0
    while kills < 1000:
        # Many kills of one interpreter's start would test the interpreter: so fork a writer for each.
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            number = told
            while True:
                number += 1
                save(
                    path,
                    Memory(
                        asked_mood="sad", song=Song("x" * (number % 4000)), elapsed_s=float(number % 9**5)
                    ),
                )
                os.write(write, number.to_bytes(8, "big"))
        os.close(write)
        time.sleep(chance.random() * 0.004)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(read, "rb") as pipe:
            said = pipe.read()
        last = int.from_bytes(said[-8:], "big") if said else told
        memory, trouble = load(path)
        assert trouble is None
        if last:
            assert memory is not None
            assert memory.elapsed_s in (last % 9**5, (last + 1) % 9**5)
            told = int(memory.elapsed_s)
        kills += 1


def test_a_process_of_its_own_killed_while_it_writes_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path), "0"], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(50):
            writer.stdout.readline()
        writer.kill()
    memory, trouble = load(path)
    assert trouble is None
    assert memory is not None
    assert memory.elapsed_s >= 49


def wait_until_written(path: Path, memory: Memory) -> None:
    deadline = time.monotonic() + 10
    while load(path)[0] != memory and time.monotonic() < deadline:
        time.sleep(0.01)
    assert load(path)[0] == memory


def test_a_choice_is_written_soon_and_a_position_rarely(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keeper = Keeper(path)
    keeper.keep(Memory(volume=10), 0.0)
    wait_until_written(path, Memory(volume=10))
    keeper.keep(Memory(volume=20), 1.0)
    assert load(path)[0] == Memory(volume=10)
    keeper.keep(Memory(volume=20), 1.0 + CHOICE_S)
    wait_until_written(path, Memory(volume=20))
    inode = path.stat().st_ino
    keeper.keep(Memory(volume=20, elapsed_s=5.0), 1.0 + CHOICE_S + POSITION_S - 0.1)
    keeper.keep(Memory(volume=20, elapsed_s=9.0), 1.0 + CHOICE_S + POSITION_S)
    wait_until_written(path, Memory(volume=20, elapsed_s=9.0))
    assert path.stat().st_ino != inode
    keeper.close()


def test_closing_writes_what_was_not_written(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "state.json")
    keeper.keep(Memory(volume=10), 0.0)
    keeper.keep(Memory(volume=11), 0.1)
    keeper.close()
    assert load(tmp_path / "state.json")[0] == Memory(volume=11)


def test_a_folder_that_cannot_be_written_is_reported_and_heals(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    keeper = Keeper(folder / "state.json")
    keeper.keep(Memory(volume=10), 0.0)
    deadline = time.monotonic() + 10
    while keeper.failure is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "choices will not survive a power cut" in str(keeper.failure)
    folder.mkdir()
    keeper.keep(Memory(volume=10), POSITION_S)
    wait_until_written(folder / "state.json", Memory(volume=10))
    keeper.close()
    assert keeper.failure is None
