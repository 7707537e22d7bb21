"""Does memory grow with what happens again and again? One fault at a time, a hundred times, to one real box.

    .venv/bin/python tests/bench/flat.py [--times 100] [settings page camera broker mpd uploads viewers]

Prints the resident megabytes after each fifth of them. The first fifths may rise, as threads and caches fill;
what still rises by a megabyte a fifth at the end is a leak.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the box's unit

from beginning_anew import Anew, resident_mb
from conftest import write_tone
from mosquitto import Mosquitto
from waiting import until
from webbing import Client

from appliance.demo.private_mpd import PrivateMpd
from appliance.homeassistant.link import STEADY_S
from appliance.protocol.emotions import EMOTIONS

FIFTHS = 5
GONE_S = 0.5
"""A broker or an MPD that was killed is away for so long."""


class Faults:
    """Each method is one fault, and ends when the box is well again."""

    def __init__(self, box: Anew, mpd: PrivateMpd, broker: Mosquitto, pid: int) -> None:
        self._box, self._mpd, self._broker, self._pid = box, mpd, broker, pid
        self._song = (mpd_music(box.folder) / "happy" / "happy.flac").read_bytes()

    def settings(self) -> None:
        self._box.begin_anew()
        self._well(lambda now: now["faces"] == 1)

    def page(self) -> None:
        """Connections that say nothing, half a request, or leave in the middle of an answer."""
        for said in (b"", b"GET / HT", b"GET /static/page.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self._box.port)) as link:
                link.sendall(said)

    def camera(self) -> None:
        self._box.do("camera", on=False)
        self._well(lambda now: now["camera"] == "off" and now["faces"] == 0)
        self._box.do("camera", on=True)
        self._well(lambda now: now["faces"] == 1)

    def broker(self) -> None:
        self._broker.stop(signal.SIGKILL)
        time.sleep(GONE_S)
        self._broker.start()
        self._well(lambda now: "mqtt" not in now["degraded"])
        time.sleep(1 + STEADY_S)  # or it would wait ever longer before it tries again

    def mpd(self) -> None:
        self._mpd.kill()
        time.sleep(GONE_S)
        self._mpd.start()
        self._well(lambda now: "player" not in now["degraded"])

    def uploads(self) -> None:
        Client(self._box.port).ask(
            "PUT", "/api/music/happy/again.flac", self._song, Content_Type="audio/flac"
        )
        (mpd_music(self._box.folder) / "happy" / "again.flac").unlink(missing_ok=True)

    def viewers(self) -> None:
        for path in ("/api/live", "/api/events"):
            with Client(self._box.port).stream(path) as link:
                link.recv(4096)

    def _well(self, is_well: Callable[[dict], bool]) -> None:
        until(lambda: (now := self._box.status()) and is_well(now), within_s=60)


def mpd_music(folder: Path) -> Path:
    return folder / "music"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument(
        "faults", nargs="*", default=["settings", "page", "camera", "broker", "mpd", "uploads", "viewers"]
    )
    options = parser.parse_args()
    with contextlib.ExitStack() as rooms:
        folder = Path(rooms.enter_context(tempfile.TemporaryDirectory()))
        for mood in EMOTIONS:
            write_tone(mpd_music(folder) / mood / f"{mood}.flac")
        mpd = rooms.enter_context(PrivateMpd(folder / "mpd", mpd_music(folder)))
        broker = rooms.enter_context(Mosquitto(folder / "broker"))
        box = Anew(folder, mpd)
        with box.file.open("a") as file:
            file.write(f'[mqtt]\nbroker = "127.0.0.1"\nport = {broker.port}\nid = "flat"\n')
        with box.running() as process:
            until(lambda: box.status().get("faces") == 1, within_s=60)
            for name in options.faults:
                fault = getattr(Faults(box, mpd, broker, process.pid), name)
                stood = [resident_mb(process.pid)]
                for _ in range(FIFTHS):
                    for _ in range(options.times // FIFTHS):
                        fault()
                    stood.append(resident_mb(process.pid))
                print(f"{name:9}", "  ".join(f"{each:.1f}" for each in stood), "MB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
