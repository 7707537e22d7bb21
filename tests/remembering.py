"""A memory with everything in it, and disks to keep it on."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from datetime import datetime
from datetime import time as time_of_day
from pathlib import Path

from appliance.protocol.memory import Memory
from appliance.protocol.messages import Song
from appliance.protocol.policies import Policy
from appliance.protocol.snapshot import Playing
from appliance.state import (
    boot_id,
)

FULL = Memory(
    playing=Playing.PAUSED,
    asked_mood="sad",
    policies={"Ann": Policy.LIFT, "Bob": None},
    hand_mood="happy",
    hand_s=12.5,
    song=Song("sad/ä 'b'.flac", "Title", "Artist", "Album", 200.0),
    song_mood="sad",
    elapsed_s=33.3,
    volume=41,
    camera_on=False,
    sleep_s=600.0,
    alarm=time_of_day(7, 5),
    rang=datetime(2026, 11, 23, 7, 5),
    quiet_s=3600.0,
    is_absent=True,
    is_for_nobody=True,
    is_woken=True,
    silence=Playing.PAUSED,
    up_next=("sad/ä 'b'.flac", "happy/next.flac"),
    mood_policies={"Ann": {"sad": Policy.CALM}},
    coming={"happy": ("happy/b.flac", "happy/a.flac")},
    boot=boot_id(),
    played={"sad": ("sad/a.flac", "sad/b.flac")},
)


@contextlib.contextmanager
def mounted(folder: Path, *what: str) -> Iterator[None]:
    subprocess.run(["mount", *what, folder], check=True)
    try:
        yield
    finally:
        # At once, though somebody may still be syncing what he wrote there.
        subprocess.run(["umount", "--lazy", folder], check=True)
