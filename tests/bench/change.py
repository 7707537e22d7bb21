"""From the frame that decides to MPD reporting the new song: reaction `instant`, transition `cut`.

A drawn listener changes face with every frame, and a real MPD plays the demo's tunes. The time begins when
the deciding frame was taken, so the shares of camera, networks and MPD are all in it.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import threading
from pathlib import Path
from statistics import median

import cv2

from appliance import config
from appliance.demo.face.drawing import portrait
from appliance.demo.material import material
from appliance.demo.private_mpd import PrivateMpd
from appliance.protocol.looks import Reading
from appliance.protocol.snapshot import Snapshot
from appliance.service.service import Service

TARGET_MS = 50.0
FACES = ("happy", "surprise", "neutral")
"""Those that every network so far has read without doubt."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--for", dest="seconds", type=float, default=60.0, help="seconds (default: 60)")
    parser.add_argument("--json", action="store_true", help="the figures as JSON, on the last line")
    options = parser.parse_args()
    times_ms = sorted(measure(options.seconds))
    if not times_ms:
        print("no song was changed", file=sys.stderr)
        return 1
    p95 = times_ms[math.ceil(0.95 * len(times_ms)) - 1]
    within = sum(time <= TARGET_MS for time in times_ms) / len(times_ms)
    print(f"{len(times_ms)} changes: median {median(times_ms):.1f} ms, 95 % within {p95:.1f} ms,", end=" ")
    print(f"{within:.0%} within {TARGET_MS:.0f} ms")
    if options.json:
        print(
            json.dumps(
                {"changes": len(times_ms), "median_ms": median(times_ms), "p95_ms": p95, "within": within}
            )
        )
    return 0


def measure(seconds: float) -> list[float]:
    """Run the service for so long. Returns milliseconds for each change of song that a face has made."""
    times_ms: list[float] = []
    playing: int | None = None

    def show(snapshot: Snapshot) -> None:
        nonlocal playing
        if snapshot.song_id != playing and isinstance(snapshot.decided_by, Reading):
            times_ms.append(1000 * (snapshot.at - snapshot.decided_by.taken_at))
        playing = snapshot.song_id

    with tempfile.TemporaryDirectory(prefix="moodbox-") as scratch:
        folder = Path(scratch)
        pictures = folder / "faces"
        pictures.mkdir()
        for number, face in enumerate(FACES):
            cv2.imwrite(str(pictures / f"{number}.png"), portrait(face))
        with PrivateMpd(folder / "mpd", material().music) as mpd:
            settings = {
                "camera": {"source": f"replay:{pictures}", "fps": 2},
                "mood": {"reaction": "instant"},
                "music": {"transition": "cut", "least_play_s": 0.0},
                "mpd": {"address": mpd.address},
                "control": {"socket": str(folder / "control")},
                "state": {"file": ""},
                "page": {"enabled": False},
            }
            service = Service(config.check(settings, "bench"), [show])
            timer = threading.Timer(seconds, service.stop)
            timer.start()
            service.run()
            timer.cancel()
    return times_ms


if __name__ == "__main__":
    sys.exit(main())
