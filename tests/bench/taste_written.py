"""How many bytes the box writes in a day of music for what people like.

    .venv/bin/python tests/bench/taste_written.py

Sixteen hours of songs of three minutes go by on a clock of its own, one in ten is skipped; what /proc says of
our own writes is told. A file system writes whole blocks, and its journal on top of that.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from appliance.protocol.actions import NoteTaste
from appliance.protocol.messages import Song
from appliance.protocol.taste import EVERYBODY, Verdict
from appliance.taste import Store, Taste
from appliance.taste.store import LOOK_S

HOURS, SONG_S, SKIPPED_OF = 16, 180, 10


def written() -> int:
    """Bytes that this process has written so far."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("wchar")))


def a_day(path: Path) -> tuple[int, int]:
    """Bytes written in a day of music, and how many songs that were."""
    taste = Taste(lambda: 20_000)
    store = Store(path, taste, lambda part: None, lambda: 20_000)
    store.turn(0.0)
    before, songs = written(), HOURS * 3600 // SONG_S
    for number in range(songs):
        song = Song(
            f"happy/Some Artist/An Album/{number % 300} - A Title.flac", artist=f"Artist {number % 60}"
        )
        verdict = Verdict.SKIPPED if number % SKIPPED_OF == 0 else Verdict.HEARD
        taste.note(NoteTaste(verdict, song, "happy", EVERYBODY))
        for second in range(0, SONG_S, int(LOOK_S)):
            store.turn(float(number * SONG_S + second + 1))
    store.turn(float(songs * SONG_S + 1), is_last=True)
    cost = written() - before
    store.close()
    return cost, songs


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        cost, songs = a_day(Path(folder) / "music.db")
    print(f"{songs} songs in {HOURS} hours: {cost / 1e6:.1f} MB a day")
