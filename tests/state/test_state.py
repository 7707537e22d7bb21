"""What survives a power cut."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import pytest
from processes import alone, started
from remembering import FULL, mounted
from waiting import until

from appliance.files.whole import HALF, sweep
from appliance.protocol.memory import Memory, OwnEntry, QueueMemory
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import Playing
from appliance.state import (
    CHOICE_S,
    COUNTDOWN_S,
    LARGEST,
    POSITION_S,
    CameraChoice,
    Keeper,
    load,
    put_back,
    recall,
    rounds_file,
    save,
)
from appliance.state.choice import choice_file
from appliance.state.disk import UNMOUNTED, Disk
from appliance.state.form import LASTING
from appliance.state.rounds import SPARE, Rounds

WRITER = """
import itertools, sys
from pathlib import Path
from appliance.protocol.memory import Memory, OwnEntry, QueueMemory
from appliance.protocol.messages import Song
from appliance.state import save
for number in itertools.count(int(sys.argv[2])):
    song = Song("x" * (number % 4000))
    save(Path(sys.argv[1]), Memory(asked_mood="sad", song=song, elapsed_s=float(number)))
    print(number, flush=True)
"""


def test_what_a_backup_brings_back_is_taken_in_once(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save(path, replace(FULL, alarm=None))
    save(put_back(path), FULL)
    assert load(path) == (FULL, None)  # of the same moment
    assert not put_back(path).exists()
    save(path, replace(FULL, alarm=None))
    assert load(path) == (replace(FULL, alarm=None), None)


def test_a_backup_brings_no_moment_back_that_is_over(tmp_path: Path) -> None:
    """MPD's queue went on, an alarm rang, it was turned down and paused: what is so now stays so."""
    path = tmp_path / "state.json"
    then = replace(FULL, volume=90, playing=Playing.MUSIC)
    assert then.sleep_s
    rang = datetime(2026, 11, 23, 7, 0)
    queue = QueueMemory(began=7.0, ours=(OwnEntry(9, "b", "sad"),))
    now = Memory(boot="this", queue=queue, rang=rang, volume=10, playing=Playing.PAUSED, quiet_s=60.0)
    lasting = {name: getattr(then, name) for name in LASTING}
    save(path, now)
    save(put_back(path), then)
    assert load(path) == (replace(now, **lasting), None)
    path.unlink()
    save(put_back(path), then)  # on another box, which has no moment yet
    assert load(path) == (replace(Memory(), **lasting), None)
    path.write_bytes(b'{"moodbox_state": 1, "mem')  # torn: nobody knows what is so now
    save(put_back(path), then)
    assert load(path) == (replace(Memory(), **lasting), None)


def test_a_backup_that_is_silent_of_the_camera_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save(path, Memory(boot="this"))
    put_back(path).write_bytes(b'{"moodbox_state": 1, "memory": {"volume": 40}}')
    assert recall(path).camera_on is None


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    save(tmp_path / "state.json", FULL)
    assert load(tmp_path / "state.json") == (FULL, None)


def test_what_has_its_default_is_not_written_but_the_camera_s_choice_is(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save(path, Memory(volume=40))
    assert json.loads(path.read_bytes()) == {"moodbox_state": 1, "memory": {"volume": 40, "camera_on": True}}
    assert recall(path) == (Memory(volume=40), None, True, True)
    song = Song("happy/Artist/Album/00 - Title.flac", "Title", "Artist", "Album", 180.0)
    save(path, Memory(asked_mood="happy", song=song, song_mood="happy", elapsed_s=33.3, boot="x" * 36))
    assert path.stat().st_size < 350, "704 bytes once, every five seconds of music"


def test_without_a_file_there_is_nothing_to_remember_and_nothing_wrong(tmp_path: Path) -> None:
    assert load(tmp_path / "state.json") == (None, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 500,
        b"\xff" * 500,
        b'{"moodbox_st',
        b'{"moodbox_state": 1, "memory": [1]}',
        b'{"moodbox_state": 1, "memory": ' + b"[" * 100_000,
        b'{"moodbox_state": 2, "memory": {}}',
    ],
    ids=range(7),
)
def test_a_damaged_file_is_set_aside_and_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    memory, trouble, camera_on, is_listener_known = recall(path)
    assert memory is None
    assert (camera_on, is_listener_known) == (None, False), "nobody's word, and a child may listen"
    assert trouble is not None
    assert "kept as state.json.broken" in trouble
    assert not path.exists()
    assert (tmp_path / "state.json.broken").read_bytes() == content


WRONG = {
    "volume": ('"loud"', "true", "-5", "101", "1e300", "1" * 30, "1" * 5000, '"40"'),
    "asked_mood": ('"joyful"', "null", "7"),
    "hand_mood": ('"joyful"', "[]"),
    "elapsed_s": ("-1", "NaN", "Infinity", "1e9"),
    "quiet_s": ("1e300", "-Infinity"),
    "alarm": ('"07:00:00Z"', '"07:00:00+02:00"', "25200", '"24:00"', '"soon"'),
    "rang": ('"2026-11-28T07:00:00Z"', "1e10", '"2026-11-28T07:00:00+05:00"'),
    "song": (
        '{"uri": ""}',
        '{"uri": "a\\nkill"}',
        '{"uri": "\\ud800"}',
        '{"uri": "a", "duration_s": -5}',
        "[1]",
    ),
    "playing": ('"dance"',),
    "boot": ("[1]", '"\\udfff"'),
    "camera_on": ('"no"', "null", "0"),
    "mood_policies": (
        '{"Ann": {"joyful": "lift"}}',
        '{"Ann": {"": "lift"}}',
        '{"Ann": {"sad": "loud"}}',
        "[]",
    ),
    "coming": ('{"joyful": ["a"]}', '{"": ["a"]}', '{"sad": ["a\\nkill"]}', "[]"),
    "played": ('{"glad": ["x"]}', '{"happy": [1]}', '{"happy": "abc"}', '{"happy": ["\\ud800"]}'),
}


@pytest.mark.parametrize(("field", "said"), [(field, said) for field in WRONG for said in WRONG[field]])
def test_a_field_that_cannot_be_used_is_left_out_and_told_and_the_rest_is_kept(
    tmp_path: Path, field: str, said: str
) -> None:
    """An alarm with a time zone ended the loop at the next second; a volume in words cost the alarm."""
    path = tmp_path / "state.json"
    save(path, FULL)
    whole = json.loads(path.read_bytes())
    whole["memory"][field] = "HERE"
    path.write_text(json.dumps(whole).replace('"HERE"', said))
    was = path.read_bytes()
    memory, trouble = load(path)
    fresh = {field: False if field == "camera_on" else getattr(Memory(), field)}
    assert memory == Memory(**{**vars(FULL), **fresh})
    assert str(trouble).startswith(f"{path}: {field} could not be used")
    assert (tmp_path / "state.json.broken").read_bytes() == was


def test_a_file_far_too_large_is_set_aside_unread(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "damaged" in str(load(path)[1])
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_damaged_file_on_a_card_that_became_read_only_is_not_said_to_be_kept(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"moodbox_state": 1, "half a fi')
    with mounted(tmp_path, "--bind", str(tmp_path)):
        subprocess.run(["mount", "-o", "remount,bind,ro", tmp_path], check=True)
        _, trouble = load(tmp_path / "state.json")
    assert str(trouble).endswith("cannot be set aside (Read-only file system)")


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


class Card:
    """A file system of its own, whose power can be cut: nothing reaches it that was not there already."""

    SHUTDOWN = 0x8004587D
    """EXT4_IOC_SHUTDOWN"""
    AT_ONCE = struct.pack("=I", 2)
    """EXT4_GOING_FLAGS_NOLOGFLUSH: not even the journal is written."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._image = folder / "card", folder / "image"
        self.folder.mkdir()
        with self._image.open("wb") as file:
            file.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", self._image], check=True)
        self.insert()

    def insert(self) -> None:
        # A copy: whoever has copied our mounts meanwhile, for a container, holds the file system of before,
        # and the kernel would give us that again, without power.
        before, self._image = self._image, self._image.with_name(self._image.name + "'")
        shutil.copyfile(before, self._image)
        before.unlink()
        # Without ext4's own guess at who renames a file and forgets to have it written first.
        subprocess.run(["mount", "-o", "loop,noauto_da_alloc", self._image, self.folder], check=True)

    def cut_power(self) -> None:
        root = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(root, self.SHUTDOWN, self.AT_ONCE)
        os.close(root)

    def remove(self) -> None:
        subprocess.run(["umount", self.folder], check=True)


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    try:
        made = Card(tmp_path)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system of our own: needs root, mkfs.ext4 and a loop device")
    yield made
    made.remove()


def test_what_was_saved_is_there_when_the_power_is_cut_at_once(card: Card) -> None:
    """SIGKILL alone cannot tell: what a killed process wrote, the kernel still has."""
    path = card.folder / "state.json"
    for number in range(5):
        memory = Memory(asked_mood="sad", song=Song("x" * (100 + 3000 * number)), elapsed_s=float(number))
        save(path, memory)
        card.cut_power()
        card.remove()
        card.insert()
        assert load(path) == (memory, None)


def test_a_card_is_inserted_again_whoever_has_copied_its_mount_meanwhile(card: Card) -> None:
    path = card.folder / "state.json"
    save(path, FULL)
    ours = Path("/proc/self/ns/mnt").readlink()
    with started(["unshare", "--mount", "--propagation", "private", "sleep", "infinity"]) as other:
        until(lambda: Path(f"/proc/{other.pid}/ns/mnt").readlink() != ours)
        card.cut_power()
        card.remove()
        card.insert()
        assert load(path) == (FULL, None)


def test_a_power_cut_while_it_is_saved_leaves_the_old_memory_or_the_new(card: Card) -> None:
    path, chance, last = card.folder / "state.json", random.Random(6), 0
    for _ in range(10):
        with started(
            [sys.executable, "-c", WRITER, str(path), str(last + 1)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.02 * chance.random())  # at any instant
            card.cut_power()
            said = writer.stdout.read()
        told = int(said.split()[-1]) if said.split() else last + 1
        card.remove()
        card.insert()
        memory, trouble = load(path)
        assert trouble is None
        assert memory is not None
        assert memory.elapsed_s in (told, told + 1)
        last = int(memory.elapsed_s)


def save_for_ever(path: Path, number: int, said: int) -> None:
    while True:
        number += 1
        save(path, Memory(asked_mood="sad", song=Song("x" * (number % 4000)), elapsed_s=float(number % 9**5)))
        os.write(said, number.to_bytes(8, "big"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_a_thousand_random_instants_the_file_is_always_whole(tmp_path: Path) -> None:
    told, in_the_middle = alone(kill_a_thousand_times, tmp_path / "state.json")
    assert told > 100, "hardly any was saved"
    assert in_the_middle > 100, "hardly any was killed while it was saved"


def kill_a_thousand_times(path: Path) -> tuple[int, int]:
    """The last number that was saved, and how many were killed in the middle of it."""
    chance, told, in_the_middle = random.Random(4), 0, 0
    began = time.monotonic()
    for _ in range(20):
        save(path, Memory())
    at_most_s = 2 * (time.monotonic() - began) / 20
    for _ in range(1000):
        # Many kills of one interpreter's start would test the interpreter: so fork a writer for each.
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            save_for_ever(path, told, write)
        os.close(write)
        # Some time after its start, its first or its second save: a fork alone may take longer than both.
        said = b"".join(os.read(read, 8) for _ in range(chance.randrange(3)))
        time.sleep(chance.random() * at_most_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(read, "rb") as pipe:
            said += pipe.read()
        last = int.from_bytes(said[-8:], "big") if said else told
        in_the_middle += any(path.parent.glob(HALF))
        sweep(path.parent)
        memory, trouble = load(path)
        assert trouble is None
        assert memory is not None
        assert memory.elapsed_s in (last % 9**5, (last + 1) % 9**5)
        told = int(memory.elapsed_s)
    return told, in_the_middle


def test_a_process_of_its_own_killed_while_it_writes_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with started([sys.executable, "-c", WRITER, str(path), "0"], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(50):
            writer.stdout.readline()
        writer.kill()
    memory, trouble = load(path)
    assert trouble is None
    assert memory is not None
    assert memory.elapsed_s >= 49


def wait_until_written(path: Path, memory: Memory) -> None:
    until(lambda: load(path)[0] == memory)


def test_a_choice_is_written_soon_and_a_position_rarely(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keeper = Keeper(path)
    keeper.keep(Memory(volume=10), 0.0)
    wait_until_written(path, Memory(volume=10))
    keeper.keep(Memory(volume=20), 1.0)
    assert load(path)[0] == Memory(volume=10)
    keeper.keep(Memory(volume=20), 1.0 + CHOICE_S)
    wait_until_written(path, Memory(volume=20))
    keeper.keep(Memory(volume=20, elapsed_s=9.9), 1.0 + CHOICE_S + POSITION_S - 0.1)
    assert load(path)[0] == Memory(volume=20)
    keeper.keep(Memory(volume=20, elapsed_s=11.0), 1.0 + CHOICE_S + POSITION_S)
    wait_until_written(path, Memory(volume=20, elapsed_s=11.0))
    keeper.close()


def test_what_runs_by_itself_is_no_choice() -> None:
    """Hours of a sleep timer, of a mood by hand and of quiet hours must not wear the card out."""
    keeper = Recorder()
    for second in range(60):
        gone = float(second)
        keeper.keep(
            replace(FULL, elapsed_s=gone, hand_s=99 - gone, sleep_s=99 - gone, quiet_s=99 - gone), gone
        )
    assert len(keeper.written) == 60 / POSITION_S


def test_choices_are_gathered_for_a_second_and_written_together() -> None:
    keeper, written = Recorder(), list[float]()
    for now, volume in ((0.25, 40), (5.0, 41), (5.4, 42), (5.9, 43), (6.3, 43), (6.6, 43)):
        before = len(keeper.written)
        keeper.keep(replace(FULL, volume=volume), now)
        written += [now] if len(keeper.written) > before else []
    assert written == [0.25, 6.3]
    assert keeper.written[-1].volume == 43


def test_a_box_that_is_paused_writes_nothing() -> None:
    """pimusicbox #373: cards wear out."""
    keeper = Recorder()
    for second in range(3600):
        keeper.keep(FULL, float(second))
    assert keeper.written == [FULL]


def test_a_countdown_alone_is_written_once_a_minute() -> None:
    """A paused box in eight hours of quiet wrote every five seconds, for what a power cut may well change."""
    keeper = Recorder()
    for second in range(3600):
        keeper.keep(replace(FULL, quiet_s=30_000.0 - second), float(second))
    assert len(keeper.written) == 3600 / COUNTDOWN_S


def written_by(keeper: Keeper, path: Path, memory: Memory, songs: int) -> int:
    """Bytes that `songs` more songs of three minutes cost."""
    played, wrote = memory.played["sad"], 0
    before = {each: each.stat() for each in path.parent.iterdir()}
    for second in range(180 * songs):
        uris = (*played, *(f"sad/new {number}.flac" for number in range(second // 180 + 1)))
        keeper.keep(replace(memory, played={"sad": uris}, elapsed_s=second % 180.0), float(second))
        keeper.flush()
        now = {each: each.stat() for each in path.parent.iterdir()}
        for each, stat in now.items():
            was = before.get(each)
            is_appended = was is not None and was.st_ino == stat.st_ino
            if was is None or stat.st_mtime_ns != was.st_mtime_ns:
                wrote += stat.st_size - (was.st_size if is_appended and was else 0)
        before = now
    return wrote


def test_what_is_written_does_not_grow_with_what_was_played(tmp_path: Path) -> None:
    """With 10,000 songs played, 12 GB a day: the whole past was written with every position."""
    cost = {}
    for count in (1, 10_000):
        path = tmp_path / str(count) / "state.json"
        path.parent.mkdir()
        memory = replace(FULL, played={"sad": tuple(f"sad/{number}.flac" for number in range(count))})
        save(path, memory)
        keeper = Keeper(path)
        keeper.keep(memory, -10.0)
        keeper.flush()
        cost[count] = written_by(keeper, path, memory, 2)
        keeper.close()
        kept = load(path)[0]
        assert kept is not None
        assert kept.played["sad"] == (*memory.played["sad"], "sad/new 0.flac", "sad/new 1.flac")
    assert cost[10_000] < 1.1 * cost[1]


def test_rounds_begin_anew_and_their_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    rounds = Rounds(tmp_path / "state.json")
    for number in range(3 * SPARE):
        rounds.keep({"sad": (f"sad/{number}.flac",), "happy": ("a", "b")})
    kept = {"sad": (f"sad/{3 * SPARE - 1}.flac",), "happy": ("a", "b")}
    assert Rounds(tmp_path / "state.json").played == kept
    assert len(rounds_file(tmp_path / "state.json").read_bytes().splitlines()) < 2 * SPARE


def test_a_line_that_a_power_cut_has_torn_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    Rounds(path).keep({"sad": ("a", "b", "c")})
    file = rounds_file(path)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        rounds = Rounds(path)
        assert rounds.played.get("sad", ()) == ("a", "b", "c")[: whole[: length + 1].count(b"\n")]
        rounds.keep({"sad": ("a", "b", "d")})
        assert Rounds(path).played == {"sad": ("a", "b", "d")}


def test_after_a_restart_a_song_more_is_a_line_more_and_a_file_with_a_torn_line_is_written_anew(
    tmp_path: Path,
) -> None:
    """Else each start would write the whole past, and a torn line would lie there for ever."""
    path = tmp_path / "state.json"
    Rounds(path).keep({"sad": ("a", "b")})
    file, before = rounds_file(path), rounds_file(path).stat().st_ino
    Rounds(path).keep({"sad": ("a", "b", "c")})
    assert file.stat().st_ino == before
    assert file.read_text() == '["sad", "a"]\n["sad", "b"]\n["sad", "c"]\n'
    for torn in ('["sad", "b"', '["sad", "b"]\n["joyful", "b"]'):
        file.write_text(f'["sad", "a"]\n{torn}\n["sad", "c"]\n')
        rounds = Rounds(path)
        rounds.keep({**rounds.played, "happy": ("d",)})
        assert torn not in file.read_text()


def test_what_was_played_outlives_the_state_and_a_backup_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keeper = Keeper(path)
    keeper.keep(FULL, 0.0)
    keeper.close()
    assert "played" not in json.loads(path.read_bytes())["memory"]
    assert load(path) == (FULL, None)
    path.write_bytes(b"")
    memory, _ = load(path)
    assert memory == Memory(played=FULL.played)
    save(put_back(path), replace(FULL, played={"sad": ("from a backup",)}))
    memory, _ = load(path)
    assert memory is not None
    assert memory.played == {"sad": ("from a backup",)}


def test_camera_off_is_written_at_once() -> None:
    """Frigate #2485: an off switch that a power cut in the next second undoes is none."""
    keeper = Recorder()
    keeper.keep(replace(FULL, camera_on=True), 0.0)
    keeper.keep(replace(FULL, camera_on=True, volume=3), 0.1)
    keeper.keep(replace(FULL, camera_on=False, volume=3), 0.2)
    assert keeper.written[-1] == replace(FULL, camera_on=False, volume=3)
    keeper.keep(replace(FULL, camera_on=True, volume=3), 0.3)
    assert keeper.written[-1] == replace(FULL, camera_on=True, volume=3)


class Recorder(Keeper):
    """Has no card and no thread: remembers what it would have written."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))
        self.close()
        self.written: list[Memory] = []

    def _hand_over(self, now: float) -> None:
        super()._hand_over(now)
        assert self._waiting is not None
        self.written.append(self._waiting)


def test_memory_that_is_short_for_once_ends_no_keeping(tmp_path: Path) -> None:
    class Short(dict[str, tuple[str, ...]]):
        def keys(self) -> NoReturn:
            raise MemoryError

    keeper = Keeper(tmp_path / "state.json")
    keeper.keep(Memory(volume=10, played=Short()), 0.0)
    assert keeper.flush()
    assert "MemoryError" in (keeper.failure or "")
    keeper.keep(Memory(volume=11), POSITION_S)
    keeper.close()
    assert load(tmp_path / "state.json")[0] == Memory(volume=11)


def test_a_look_at_the_disk_that_fails_ends_no_keeping_either(tmp_path: Path) -> None:
    class Short(Disk):
        def trouble(self) -> str | None:
            raise MemoryError

    class Careless(Keeper):
        def _look(self) -> None:
            self._disk = Short(choice_file(self._path))
            super()._look()

    keeper = Careless(tmp_path / "state.json")
    keeper.keep(Memory(volume=10), 0.0)
    assert keeper.flush()
    assert "MemoryError" in (keeper.failure or "")
    keeper.keep(Memory(volume=11), POSITION_S)
    keeper.close()
    assert load(tmp_path / "state.json")[0] == Memory(volume=11)


def test_a_card_that_hangs_holds_up_no_end(tmp_path: Path) -> None:
    """Python waits for every thread that is no daemon's, and the card may never answer."""
    keeper, choice = Keeper(tmp_path / "state.json"), CameraChoice(tmp_path / "state.json", None)
    assert keeper._thread.daemon
    assert choice._thread.daemon
    keeper.close()


def test_closing_writes_what_was_not_written(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "state.json")
    keeper.keep(Memory(volume=10), 0.0)
    keeper.keep(Memory(volume=11), 0.1)
    keeper.close()
    assert load(tmp_path / "state.json")[0] == Memory(volume=11)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("where", ["full", "read-only"])
def test_a_card_that_is_full_or_read_only_keeps_the_last_memory_and_it_heals(
    tmp_path: Path, where: str
) -> None:
    path, filler = tmp_path / "state.json", tmp_path / "filler"
    with mounted(tmp_path, "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        keeper = Keeper(path)
        keeper.keep(Memory(volume=10), 0.0)
        wait_until_written(path, Memory(volume=10))
        if where == "full":
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
        else:
            subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        keeper.keep(Memory(volume=11), 1.0)
        keeper.keep(Memory(volume=11), 1.0 + CHOICE_S)
        until(lambda: keeper.failure is not None)
        assert ("No space left" if where == "full" else "Read-only file system") in str(keeper.failure)
        assert load(path) == (Memory(volume=10), None)
        if where == "full":
            filler.unlink()
        else:
            subprocess.run(["mount", "-o", "remount,rw", tmp_path], check=True)
        keeper.keep(
            Memory(volume=11), 1.0 + CHOICE_S + POSITION_S
        )  # tried again, though nothing else has changed
        wait_until_written(path, Memory(volume=11))
        keeper.close()
        assert keeper.failure is None


def test_a_name_that_is_no_text_does_not_end_the_writing(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "state.json")
    keeper.keep(Memory(song=Song("\udcff.flac")), 0.0)
    until(lambda: keeper.failure is not None)
    keeper.keep(Memory(volume=10), 99.0)
    wait_until_written(tmp_path / "state.json", Memory(volume=10))
    keeper.close()


def test_a_folder_that_cannot_be_written_is_reported_and_heals(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    keeper = Keeper(folder / "state.json")
    keeper.keep(Memory(volume=10), 0.0)
    until(lambda: keeper.failure is not None)
    assert "choices will not survive a power cut" in str(keeper.failure)
    folder.mkdir()
    keeper.keep(Memory(volume=10), POSITION_S)
    wait_until_written(folder / "state.json", Memory(volume=10))
    keeper.close()
    assert keeper.failure is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("what", ["full", "read-only"])
def test_a_disk_that_takes_nothing_more_is_told_while_nothing_is_to_be_written(
    tmp_path: Path, what: str
) -> None:
    """It was told at the next write: never, on a box that is paused."""
    with mounted(tmp_path, "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        keeper = Keeper(tmp_path / "state.json")
        keeper.keep(FULL, 0.0)
        wait_until_written(tmp_path / "state.json", FULL)
        assert keeper.failure is None
        if what == "full":
            (tmp_path / "fill").write_bytes(b"\0" * 44 * 1024)
        else:
            subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        reason = {"full": "No space left on device", "read-only": "Read-only file system"}[what]
        until(lambda: reason in (keeper.failure or ""))
        keeper.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_disk_that_is_unmounted_is_told_and_nothing_goes_onto_the_one_beneath(tmp_path: Path) -> None:
    with mounted(tmp_path, "-t", "tmpfs", "tmpfs"):
        choice_file(tmp_path / "state.json").touch()
        keeper = Keeper(tmp_path / "state.json")
        keeper.keep(FULL, 0.0)
        wait_until_written(tmp_path / "state.json", FULL)
    until(lambda: UNMOUNTED in (keeper.failure or ""))
    keeper.keep(replace(FULL, camera_on=True), 1.0)  # which is written at once
    keeper.flush()
    keeper.close()
    assert not any(tmp_path.iterdir())
