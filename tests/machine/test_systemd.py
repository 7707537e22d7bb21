"""The notify protocol, on a real socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from appliance.machine import systemd


@pytest.mark.parametrize("abstract", [False, True])
def test_messages_reach_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    address = f"@moodbox-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(5)
        listener.bind("\0" + address[1:] if abstract else address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        systemd.ready()
        systemd.watchdog()
        systemd.stopping()
        said = [listener.recv(99) for _ in range(3)]
    assert said == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.ready()


def test_a_systemd_that_is_gone_does_not_stop_the_music(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    systemd.watchdog()


def test_a_service_switches_off_by_leaving_a_file_for_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    systemd.power_off()
    assert [path.name for path in tmp_path.iterdir()] == ["power-off"]


def test_a_service_has_its_mpd_restarted_by_touching_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    systemd.restart_mpd()
    assert [path.name for path in tmp_path.iterdir()] == ["restart-mpd"]
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    systemd.restart_mpd()  # no service: MPD is none of ours
