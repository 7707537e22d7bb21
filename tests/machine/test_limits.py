"""Out of file handles, threads or memory: the page goes before the music, it is told, and comes back."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from beginning_anew import Anew, handles
from waiting import PATIENCE_S, until
from webbing import Client

from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected
from appliance.machine import limits

PAGE_STACKS = 40 * 8 << 20
"""Bytes of address space that the stacks of a page's threads want."""


@pytest.fixture
def box(tmp_path: Path, mpd_server: PrivateMpd) -> Anew:
    return Anew(tmp_path, mpd_server)


def serves(box: Anew) -> bool:
    with contextlib.suppress(OSError):
        return Client(box.port).get("/healthz").status == 200
    return False


def used(pid: int, what: int) -> int:
    """How much of what a limit is about the process has now."""
    if what == resource.RLIMIT_NOFILE:
        return handles(pid)
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


@contextlib.contextmanager
def at_most(pid: int, what: int, spare: int) -> Iterator[None]:
    """Let the process have hardly more than it has."""
    soft, hard = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (used(pid, what) + spare, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, what, (soft, hard))


@pytest.mark.parametrize(
    ("what", "spare", "short"),
    [(resource.RLIMIT_NOFILE, 1, "file handles"), (resource.RLIMIT_AS, 1 << 20, "memory")],
    ids=["handles", "memory"],
)
def test_when_the_machine_gives_no_more_the_page_goes_the_music_stays_and_all_comes_back(
    box: Anew, mpd_server: PrivateMpd, what: int, spare: int, short: str
) -> None:
    with box.running() as process, contextlib.closing(mpd_server.client()) as mpd:
        until(lambda: serves(box) and box.status().get("faces"), PATIENCE_S)
        with at_most(process.pid, what, spare):
            until(lambda: not serves(box), PATIENCE_S)
            told = until(lambda: box.status().get("degraded", {}).get("page"), PATIENCE_S)
            assert f"out of {short}" in told
            assert mpd.status()["state"] == "play"
            song = mpd.currentsong()["id"]
            mpd.seekcur(float(mpd.currentsong()["duration"]) - 1)
            until(lambda: mpd.currentsong().get("id", song) != song, PATIENCE_S)
        until(lambda: serves(box), PATIENCE_S)
        until(lambda: box.status().get("degraded") == {}, PATIENCE_S)
        assert process.poll() is None
    assert "Traceback" not in box.said


def test_a_box_that_never_has_room_for_its_page_plays_and_ends_when_it_is_told(
    box: Anew, mpd_server: PrivateMpd
) -> None:
    """The threads that a page did get stayed after each try, until there was none for anything else."""
    with box.running() as process, contextlib.closing(mpd_server.client()) as mpd:
        until(lambda: serves(box) and box.status().get("faces"), PATIENCE_S)
        room = used(process.pid, resource.RLIMIT_AS) - PAGE_STACKS // 2
        least = (room, resource.RLIM_INFINITY)  # less than this life uses, which could not even answer then
        box.begin_anew(lambda: resource.prlimit(process.pid, resource.RLIMIT_AS, least))
        assert "room" in until(lambda: box.status().get("degraded", {}).get("page"), PATIENCE_S)
        until(lambda: box.status().get("faces"), PATIENCE_S)
        assert mpd.status()["state"] == "play"
        assert len(os.listdir(f"/proc/{process.pid}/task")) < 20
    assert process.returncode == 0
    assert "Traceback" not in box.said


def test_a_box_with_few_handles_outlives_all_who_hold_its_page_and_its_socket_open(box: Anew) -> None:
    """With 64 handles, a hundred idle connections to the page left none for the music."""
    with box.running() as process:
        until(lambda: serves(box) and box.status().get("faces"), PATIENCE_S)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (64, 64))
        box.begin_anew()
        until(lambda: serves(box) and box.status().get("faces"), PATIENCE_S)
        with contextlib.ExitStack() as held:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    held.enter_context(socket.create_connection(("127.0.0.1", box.port), timeout=1))
            assert box.do("volume", percent=30)["degraded"] == {}
            said = ""
            while not said:
                link = held.enter_context(socket.socket(socket.AF_UNIX))
                link.connect(str(box.folder / "control"))  # and say nothing
                try:
                    box.do("status")
                except CommandRejected as error:
                    said = str(error)
            assert said == "the service is busy: it is out of file handles; try again in a moment"
        until(lambda: serves(box) and box.status().get("degraded") == {}, PATIENCE_S)
        assert process.poll() is None
    assert "Traceback" not in box.said


def test_what_an_error_tells_of() -> None:
    assert limits.named(OSError(errno.EMFILE, "")) == "file handles"
    assert limits.named(RuntimeError("can't start new thread")) == "threads"
    assert limits.named(MemoryError()) == "memory"
    assert limits.named(OSError(errno.ENOENT, "")) is None
    assert limits.named(RuntimeError("another")) is None


def test_here_and_now_nothing_is_short() -> None:
    before = len(os.listdir("/proc/self/fd"))
    assert limits.shortage() is None
    assert limits.shortage(handles=10**9) == "file handles"
    assert len(os.listdir("/proc/self/fd")) == before
