"""A service in a process of its own, under a systemd that only listens."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from own_settings import write_settings
from processes import started
from waiting import PATIENCE_S, until
from webbing import Client, free_port

from appliance.control import send
from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import MoodboxError


class Anew:
    """`moodbox run` in a process of its own, under a systemd that only listens."""

    def __init__(self, folder: Path, mpd: PrivateMpd) -> None:
        import cv2

        cv2.imwrite(str(folder / "happy.png"), portrait("happy"))
        self.folder, self.port = folder, free_port()
        camera = {"source": f"replay:{folder}/happy.png"}
        self.file = write_settings(folder, mpd.address, self.port, camera=camera, gpio={"factory": "none"})
        self.heard: list[str] = []
        self._systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._systemd.bind(str(folder / "notify"))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.heard.append(self._systemd.recv(200).decode())

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        told = {"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "15000000"}
        command = [sys.executable, "-m", "appliance", "--config", str(self.file), "run"]
        with started(command, env=os.environ | told, stderr=subprocess.PIPE, text=True) as process:
            try:
                until(lambda: self.starts() == 1, within_s=PATIENCE_S)
                yield process
            finally:
                process.terminate()
                self.said = process.communicate(timeout=PATIENCE_S)[1]
                self._systemd.close()

    def starts(self) -> int:
        return sum(message.startswith("READY=1") for message in self.heard)

    def begin_anew(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Wait for the next life; `meanwhile` is called once this one has been told to end."""
        before = self.starts()
        assert Client(self.port).post("/api/restart").status == 200
        meanwhile()
        until(lambda: self.starts() > before, within_s=PATIENCE_S)

    def do(self, command: str, **argument: Any) -> dict[str, Any]:
        return send(self.folder / "control", {"command": command} | argument)

    def status(self) -> dict[str, Any]:
        with contextlib.suppress(MoodboxError):
            return self.do("status")
        return {}


def handles(pid: int) -> int:
    """How many files the process has open."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        pytest.skip("only root may look into a process that cannot be dumped")


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024
