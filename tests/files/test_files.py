"""A power cut at any instant leaves whole files, and nothing else that stays."""

from __future__ import annotations

import io
import itertools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from processes import alone
from remembering import mounted
from writers import ONE_STATE, WRITERS, furnish

from appliance.files.together import Content, kept, replace_all, undo
from appliance.files.whole import HALF, half_written, read_plain, sweep, write_new, write_whole
from appliance.web.auth.rights import settle

ROOT = Path(__file__).resolve().parents[2]
STEPS = {"write", "fsync", "mkdir", "symlink", "link", "rename", "replace", "unlink"}
"""What changes a disk, by Python's names; before each lies what was opened, and is empty."""
CUT_OFF = -signal.SIGKILL
ENDED = 0


def cut(write: Callable[[Path], object], folder: Path, step: int) -> bool:
    """Let a process of its own write, and kill it before that step. Returns whether it came so far."""
    child = os.fork()
    if child == 0:
        left = step

        def count(frame: FrameType, event: str, called: object) -> None:
            nonlocal left
            if event == "c_call" and getattr(called, "__name__", "") in STEPS and not is_in_memory(called):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        write(folder)
        os._exit(ENDED)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (ENDED, CUT_OFF)
    return status == CUT_OFF


def is_in_memory(called: object) -> bool:
    """Text has a `replace`, too."""
    return isinstance(getattr(called, "__self__", None), str | bytes | io.BytesIO | io.StringIO)


def cuts(name: str, folder: Path) -> int:
    """Leave in folders 0, 1, ... what each of the cuts leaves, in the last what there is without one.

    Returns how many folders.
    """
    for step in itertools.count():
        furnish(folder / str(step))
        if not cut(WRITERS[name], folder / str(step), step):
            assert step > 1, "there was nothing to cut"
            return step + 1
    raise AssertionError("counts for ever")


def sizes(folder: Path) -> dict[str, int | str]:
    """Of all in it that is no folder: how long it is, or where it leads."""
    found = [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    return {str(path.relative_to(folder)): _size(path) for path in found}


def _size(path: Path) -> int | str:
    if path.is_symlink():
        return os.readlink(path)
    size = path.stat().st_size
    return min(size, 1) if path.name in ("boot.json", "certificate.pem") else size  # not made alike twice


def begin_anew(folder: Path) -> None:
    """As the unit and the service do, and root before an update; the folder is each of the box's own."""
    unit = (ROOT / "systemd/moodbox.service").read_text(encoding="utf-8")
    found = re.search(r"^ExecStartPre=-(.*/etc/moodbox /var/lib/moodbox.*)$", unit, re.MULTILINE)
    assert found
    command = found[1].replace("/etc/moodbox /var/lib/moodbox", str(folder))
    subprocess.run(shlex.split(command), check=True, timeout=60)
    undo(kept(folder / "etc/moodbox.toml"))
    settle(folder / "lib/page")
    sweep(folder / "opt")


@pytest.fixture(name="memory")
def folder_in_memory() -> Iterator[Path]:
    """What is killed loses nothing anyway, and a card takes its time for each fsync."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", WRITERS)
def test_a_cut_at_any_step_leaves_whole_files_and_nothing_that_stays(name: str, memory: Path) -> None:
    furnish(memory / "before")
    before, is_half_written = sizes(memory / "before"), False
    for step in range(alone(cuts, name, memory)):
        place = memory / str(step)
        is_half_written |= any(place.rglob(HALF))
        begin_anew(place)
        after = sizes(place)
    for place in memory.iterdir():
        assert name not in ONE_STATE or sizes(place) in (before, after), place
        for file, size in sizes(place).items():
            assert size in (before.get(file), after.get(file)), f"{place}: {file}"
    assert is_half_written or name == "settings that stay"


def test_what_gets_a_name_is_on_the_disk_before_and_its_name_after(memory: Path) -> None:
    """A name that no fsync of its folder follows may be lost; one that no fsync precedes be empty."""
    asked = [*_asked(memory)]
    named = [(place, path) for place, (call, path) in enumerate(asked) if call in ("rename", "link", "mkdir")]
    assert len(named) > 20
    for place, path in named:
        assert ("fsync", str(Path(path).parent)) in asked[place:], path
    for place, (call, path) in enumerate(asked):
        if call == "from" and ".current." not in path:  # a link has no content
            assert ("fsync", path) in asked[:place], path


def _asked(folder: Path) -> Iterator[tuple[str, str]]:
    """What the kernel was asked by all writers: a call and its path, for a rename or a link also `from`."""
    if not shutil.which("strace"):
        pytest.skip("no strace here")
    for number in range(len(WRITERS)):
        furnish(folder / str(number))
    names = "trace=fsync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat"
    command = ["strace", "-f", "-y", "-qq", "-o", f"{folder}/calls", "-e", names, sys.executable]
    there = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = [*command, str(ROOT / "tests/writers.py"), str(folder)]
    subprocess.run(ran, check=True, timeout=100, cwd=ROOT, env=there, stdout=subprocess.DEVNULL)
    for line in (folder / "calls").read_text().splitlines():
        call = re.search(r"(fsync|rename|link|mkdir)(?:at2?)?\(.*= 0$", line)
        paths = [os.path.join(at, name) for at, name in re.findall(r'(?:<([^>]*)>, )?"([^"]*)"', line)]
        paths += re.findall(r"fsync\(\d+<([^>]*)>\)", line)
        if call and paths[-1].startswith(f"{folder}/"):
            if len(paths) > 1:
                yield "from", paths[0]
            yield call[1], paths[-1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("largest", [0, 4])
def test_on_a_disk_that_fills_up_all_of_one_state_is_replaced_or_none(tmp_path: Path, largest: int) -> None:
    """What was replaced already could not be put back: that takes room, too."""
    names = [tmp_path / name for name in ("moodbox.toml", "password", "tokens", "state", "taste")]
    told = []
    for free in range(0, 140 * 1024, 4096):
        with mounted(tmp_path, "-t", "tmpfs", "-o", "size=192k", "tmpfs"):
            for name in names[:3]:
                name.write_bytes(b"old" * 1000)
            room = os.statvfs(tmp_path)
            (tmp_path / "filler").write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - free)))
            before = {path: path.read_bytes() for path in tmp_path.iterdir()}
            new = {
                path: Content(b"new" * (16_000 if i == largest else 1000), 0o600)
                for i, path in enumerate(names)
            }
            try:
                replace_all(kept(names[0]), new)
                told.append(True)
                before |= {path: content for path, (content, _) in new.items()}
            except OSError:
                told.append(False)
            assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before, free
    assert set(told) == {True, False}


def test_what_is_no_plain_file_is_not_waited_for_and_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, reason in (("pipe", "not a plain file"), ("folder", "Is a directory")):
        with pytest.raises(OSError, match=rf"{reason}: '.*/{name}'"):
            read_plain(tmp_path / name)


def test_a_file_that_is_there_is_not_written_anew(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("before")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "there", b"after", 0o640)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "before"


def test_a_name_that_fills_its_file_system_still_has_room_to_be_half_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("ü" * 127), b"whole", 0o640)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]
    assert half_written("a.flac").endswith(".half.flac")  # MPD goes by it


def test_two_threads_of_roots_write_at_once(tmp_path: Path) -> None:
    """While one is whoever has the folder, the other neither fails nor writes as root."""
    if os.getuid() != 0:
        pytest.skip("needs root")
    os.chown(tmp_path, 1234, 1234)
    with ThreadPoolExecutor(8) as threads:
        [*threads.map(lambda number: write_whole(tmp_path / str(number % 20), b"x", 0o600), range(400))]
    assert {path.stat().st_uid for path in tmp_path.iterdir()} == {1234}
    assert os.geteuid() == 0
