"""No core dump holds a frame, whoever started the box and whatever he allowed."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from processes import started
from running import settings_file
from waiting import until

from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd

LOOKS = """
import ctypes, sys
from appliance.camera import open_camera
before = ctypes.CDLL(None).prctl(3)
camera = open_camera(sys.argv[1])
camera.read(30.0)
print(before, ctypes.CDLL(None).prctl(3), flush=True)
camera.close()
ctypes.string_at(0)
"""


CORES_ALLOWED = ("sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', "sh")


def core_limit(pid: int) -> str:
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    return next(line.split()[4] for line in lines if line.startswith("Max core file size"))


@pytest.fixture
def may_dump() -> None:
    if not resource.getrlimit(resource.RLIMIT_CORE)[1]:
        pytest.skip("no core dumps here anyway")


def test_a_process_whose_camera_is_open_cannot_be_dumped_and_stays_so(tmp_path: Path) -> None:
    """Also not into a program such as systemd-coredump, which the limit does not bind."""
    picture = tmp_path / "face.png"
    cv2.imwrite(str(picture), portrait("happy"))
    command = [sys.executable, "-c", LOOKS, f"replay:{picture}"]
    looked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert looked.returncode == -signal.SIGSEGV  # with frames in freed memory
    assert looked.stdout.split() == ["1", "0"]


@pytest.mark.parametrize("what", ["run", "demo"])
def test_the_box_and_the_demo_forbid_core_dumps_at_their_start(
    tmp_path: Path, mpd_server: PrivateMpd, may_dump: None, what: str
) -> None:
    config = settings_file(tmp_path, mpd_server, f"replay:{tmp_path / 'nothing.png'}")
    command = [*CORES_ALLOWED, sys.executable, "-m", "appliance", "--config", str(config), what]
    with started(command, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: core_limit(process.pid) == "0")
        finally:
            process.terminate()
