"""The MPD that the demo and the tests bring along."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import started

from appliance.demo.private_mpd import PrivateMpd, has_card
from appliance.errors import PlayerLost


def test_it_plays_what_is_in_its_folder_and_leaves_nothing_running(
    tmp_path: Path, music_folder: Path
) -> None:
    with PrivateMpd(tmp_path / "mpd", music_folder) as server:
        pid = server.pid
        client = server.client()
        assert client.stats()["songs"] == "14"
        assert [output["plugin"] for output in client.outputs()] == ["null"]
        client.disconnect()
    assert not Path(f"/proc/{pid}").exists()


def test_odd_folders_are_quoted(tmp_path: Path, music_folder: Path) -> None:
    odd = tmp_path / 'it\'s "odd" \\ ünï'
    shutil.copytree(music_folder / "happy", odd / "music")
    with PrivateMpd(odd / "mpd", odd / "music") as server:
        client = server.client()
        assert client.stats()["songs"] == "2"
        client.disconnect()


def test_a_folder_too_deep_for_a_socket_gets_a_short_one_that_goes_away(
    tmp_path: Path, music_folder: Path
) -> None:
    deep = tmp_path / ("d" * 120) / "mpd"
    with PrivateMpd(deep, music_folder) as server:
        address = Path(server.address)
        assert address.exists()
        assert len(os.fsencode(address)) <= 107
    assert not address.parent.exists()


def test_a_line_break_in_a_folders_name_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(PlayerLost, match=r"line break.*rename"):
        PrivateMpd(tmp_path / "mpd", tmp_path / "two\nlines").start()


def test_without_mpd_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PlayerLost, match="apt install mpd"):
        PrivateMpd(tmp_path / "mpd", tmp_path).start()


def test_what_mpd_says_when_it_cannot_start_is_passed_on(tmp_path: Path) -> None:
    server = PrivateMpd(tmp_path / "mpd", tmp_path, settings='no_such_setting "1"')
    with pytest.raises(PlayerLost, match=r"no_such_setting.*mpd\.log"):
        server.start()


def test_it_comes_back_at_the_same_address(tmp_path: Path, music_folder: Path) -> None:
    with PrivateMpd(tmp_path / "mpd", music_folder) as server:
        address, pid = server.address, server.pid
        server.kill()
        server.start()
        assert (server.address, server.pid != pid) == (address, True)


def test_a_sound_server_that_does_not_work_leaves_the_music_going(
    tmp_path: Path, music_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    with PrivateMpd(tmp_path / "mpd", music_folder, sound=True) as server:
        client = server.client()
        assert [output["plugin"] for output in client.outputs()] == ["pulse", "null"]
        client.playid(client.addid("happy/0.flac"))
        deadline = time.monotonic() + 30.0
        while float(client.status().get("elapsed", 0.0)) <= 0.0:
            assert time.monotonic() < deadline, client.status()
            assert "error" not in client.status()
        assert client.status()["state"] == "play"
        client.disconnect()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from appliance.demo.private_mpd import PrivateMpd\n"
        "server = PrivateMpd(Path(sys.argv[1]), Path(sys.argv[1])); server.start()\n"
        "print(server.pid, flush=True); sys.stdin.read()"
    )
    with started(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        watch = os.pidfd_open(pid)
        parent.send_signal(signal.SIGKILL)
    ended, _, _ = select.select([watch], [], [], 15.0)
    os.close(watch)
    assert ended, "MPD is still running"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--- no soundcards ---\n", False),
        (" 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n", True),
        ("", False),
    ],
)
def test_a_sound_card_is_one_that_the_kernel_lists(tmp_path: Path, text: str, expected: bool) -> None:
    (tmp_path / "cards").write_text(text)
    assert has_card(tmp_path / "cards") is expected
    assert not has_card(tmp_path / "absent")
