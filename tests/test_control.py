"""The control socket, with real clients."""

from __future__ import annotations

import json
import os
import resource
import socket
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import time as time_of_day
from pathlib import Path

import pytest
from waiting import until

from appliance.__main__ import main
from appliance.control import LONGEST_ANSWER, LONGEST_LINE, AlreadyRunning, ControlServer, send
from appliance.errors import CommandRejected, ConfigError, NotRunning
from appliance.protocol.commands import Command, SetVolume
from appliance.protocol.looks import Mood
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

BEFORE = Snapshot(at=0.0, mood=Mood("neutral", 0.0))
AFTER = Snapshot(at=0.0, mood=Mood("neutral", 0.0), playing=Playing.MUSIC)


class Box:
    """Takes commands as the service does, and answers each with `AFTER`."""

    def __init__(self) -> None:
        self.taken: list[Command] = []

    def ask(self, command: Command) -> Future[Snapshot]:
        self.taken.append(command)
        answer: Future[Snapshot] = Future()
        answer.set_result(AFTER)
        return answer


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def path(tmp_path: Path, box: Box) -> Iterator[Path]:
    server = ControlServer(tmp_path / "control", box.ask, lambda: BEFORE)
    yield tmp_path / "control"
    server.close()


def raw(path: Path, request: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(path))
        link.sendall(request)
        answer: dict[str, object] = json.loads(link.makefile("rb").readline())
        return answer


def test_a_command_goes_in_and_the_snapshot_after_it_comes_out(path: Path, box: Box) -> None:
    assert send(path, {"command": "volume", "percent": 30})["playing"] == "music"
    assert box.taken == [SetVolume(30, source="control")]


def test_status_tells_people_what_is_set_and_what_is_wrong(
    tmp_path: Path, box: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    told = replace(
        AFTER,
        camera=CameraState.OFF,
        sleep_at=time.monotonic() + 600,
        alarm=time_of_day(7, 5),
        quiet=True,
        degraded={"mqtt": "no broker"},
    )
    server = ControlServer(tmp_path / "control", box.ask, lambda: told)
    try:
        assert main(["--socket", str(tmp_path / "control"), "status"]) == 0
    finally:
        server.close()
    assert capsys.readouterr().out.splitlines()[1:] == [
        "the camera is off",
        "quiet hours, sleeps in 10 min, alarm at 07:05",
        "mqtt degraded: no broker",
    ]


def test_status_changes_nothing(path: Path, box: Box) -> None:
    assert send(path, {"command": "status"})["playing"] == "stopped"
    assert box.taken == []


def test_what_makes_no_sense_is_answered_in_words(path: Path, box: Box) -> None:
    with pytest.raises(CommandRejected, match="did you mean 'happy'"):
        send(path, {"command": "mood", "mood": "hapy"})
    assert box.taken == []


@pytest.mark.parametrize(
    "request_line", [b"\n", b"\x00\xff\n", b"skip\n", b"[" * 4000 + b"\n", b"{" * (LONGEST_LINE + 9)]
)
def test_garbage_is_refused_and_the_next_client_is_served(path: Path, box: Box, request_line: bytes) -> None:
    assert raw(path, request_line)["ok"] is False
    assert send(path, {"command": "skip"})["playing"] == "music"


def test_a_client_that_says_nothing_holds_nobody_up(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(path))
        assert send(path, {"command": "skip"})["playing"] == "music"


def test_a_client_that_leaves_early_does_no_harm(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as hasty:
        hasty.connect(str(path))
        hasty.sendall(b'{"command": "skip"}\n')
    assert send(path, {"command": "status"})


def test_only_owner_and_group_may_use_the_socket(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_without_a_service_it_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match=r"start it with `deploy/try\.sh`"):
        send(tmp_path / "control", {"command": "status"})


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\n", b"[]\n", b"{}\n", b'{"ok": true}\n'])
def test_something_else_in_its_place_is_not_taken_for_the_service(tmp_path: Path, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "control"))
        other.listen()

        def reply() -> None:
            link, _ = other.accept()
            with link:
                link.recv(1000)
                link.sendall(answer)

        replying = threading.Thread(target=reply)
        replying.start()
        with pytest.raises(NotRunning, match="no service answers"):
            send(tmp_path / "control", {"command": "status"})
        replying.join()


def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path, box: Box) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "control"))
    left.close()
    server = ControlServer(tmp_path / "control", box.ask, lambda: BEFORE)
    assert send(tmp_path / "control", {"command": "status"})
    server.close()
    assert not (tmp_path / "control").exists()


def test_a_second_box_does_not_take_the_socket_away(path: Path, box: Box) -> None:
    with pytest.raises(ConfigError, match="another Moodbox is running"):
        ControlServer(path, box.ask, lambda: BEFORE)
    assert send(path, {"command": "status"})


def test_a_bad_path_is_a_clear_error(tmp_path: Path, box: Box) -> None:
    for bad, words in [
        (tmp_path / "gone" / "control", "no folder"),
        (tmp_path / ("long" * 30), "choose a shorter path"),
    ]:
        with pytest.raises(ConfigError, match=words):
            ControlServer(bad, box.ask, lambda: BEFORE)


def test_closing_leaves_no_thread(tmp_path: Path, box: Box) -> None:
    before = set(threading.enumerate())
    server = ControlServer(tmp_path / "control", box.ask, lambda: BEFORE)
    send(tmp_path / "control", {"command": "status"})
    server.close()
    left = [thread for thread in set(threading.enumerate()) - before if thread.name == "control"]
    assert left == []


def test_a_busy_service_is_said_to_be_busy(tmp_path: Path) -> None:
    server = ControlServer(tmp_path / "control", lambda _: Future(), lambda: BEFORE, patience_s=0.05)
    with pytest.raises(CommandRejected, match="the service is busy"):
        send(tmp_path / "control", {"command": "skip"})
    server.close()


def test_an_answer_without_end_is_read_no_further_than_an_answer_goes(path: Path) -> None:
    """Root asks whoever listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path.with_name("endless")))
        listening.listen()
        sent: list[int] = []
        talker = threading.Thread(target=_talk_on, args=(listening, sent))
        talker.start()
        with pytest.raises(NotRunning, match="no service answers"):
            send(path.with_name("endless"), {"command": "status"})
        talker.join()
    assert sum(sent) < 2 * LONGEST_ANSWER


def _talk_on(listening: socket.socket, sent: list[int]) -> None:
    link, _ = listening.accept()
    with link, suppress(OSError):
        link.settimeout(10)
        for _ in range(64):
            link.sendall(b"[" * LONGEST_LINE * 64)
            sent.append(LONGEST_LINE * 64)


def null_handles() -> set[int]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}") == os.devnull:
                found.add(int(name))
    return found


def is_closed(handle: int) -> bool:
    try:
        os.fstat(handle)
    except OSError:
        return True
    return False


def test_a_box_that_ends_does_not_wait_for_file_handles(tmp_path: Path, box: Box) -> None:
    before = null_handles()
    server = ControlServer(tmp_path / "control", box.ask, lambda: BEFORE)
    (spare,) = null_handles() - before
    ending = threading.Thread(target=server.close, daemon=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket(socket.AF_UNIX) as link:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            link.connect(str(tmp_path / "control"))
            until(lambda: is_closed(spare))
            ending.start()
            ending.join(30)
            assert not ending.is_alive()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def greet(other: socket.socket) -> None:
    with other.accept()[0] as link:
        link.sendall(b"OK MPD 0.23.5\n")
        link.recv(LONGEST_LINE)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_the_socket_of_another_program_is_let_be_and_ends_nobody(
    tmp_path: Path, kind: socket.SocketKind
) -> None:
    """MPD's was taken for another Moodbox, which ended the box at every start; a log's was removed."""
    path = tmp_path / "theirs"
    with socket.socket(socket.AF_UNIX, kind) as other:
        other.bind(str(path))
        if kind is socket.SOCK_STREAM:
            other.listen()
            threading.Thread(target=greet, args=[other], daemon=True).start()
        with pytest.raises(ConfigError, match="another program's; choose another path") as told:
            ControlServer(path, ask=lambda command: Future(), snapshot=lambda: BEFORE)
    assert not isinstance(told.value, AlreadyRunning)
    assert path.is_socket()
