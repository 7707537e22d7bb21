"""How many bytes a day the box writes while it merely plays, by how much it has played before.

    .venv/bin/python tests/bench/state_written.py [SONGS …]

An hour of songs of three minutes goes by on a clock of its own; what /proc says of our own writes is
multiplied. A file system writes whole blocks, and its journal on top of that.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from appliance.protocol.memory import Memory
from appliance.protocol.messages import Song
from appliance.state import Keeper, save

HOUR_S, SONG_S, DAY_H = 3600, 180, 24


def written() -> int:
    """Bytes that this process has written so far."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("wchar")))


def an_hour(path: Path, played: tuple[str, ...]) -> int:
    """Bytes written in an hour of music, with so much played before."""
    memory = Memory(song=Song("happy/Artist/Album/00 - Title.flac", "Title", "Artist", "Album", 180.0))
    save(path, replace(memory, played={"happy": played}))
    keeper = Keeper(path)
    keeper.keep(replace(memory, played={"happy": played}), -10.0)
    keeper.flush()
    before = written()
    for second in range(HOUR_S):
        new = tuple(f"happy/Artist/Album/new {number}.flac" for number in range(second // SONG_S + 1))
        now = replace(memory, played={"happy": (*played, *new)}, elapsed_s=float(second % SONG_S))
        keeper.keep(now, float(second))
        keeper.flush()
    cost = written() - before
    keeper.close()
    return cost


if __name__ == "__main__":
    for count in map(int, sys.argv[1:] or ("0", "1000", "10000")):
        with tempfile.TemporaryDirectory() as folder:
            songs = tuple(f"happy/Some Artist/An Album/{number} - A Title.flac" for number in range(count))
            cost = an_hour(Path(folder) / "state.json", songs)
        print(f"{count:6} songs played before: {DAY_H * cost / 1e6:.1f} MB a day")
