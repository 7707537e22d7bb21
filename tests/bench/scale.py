"""A hundred thousand songs: what a choice costs, and what a change of the library does.

.venv/bin/python -m tests.bench.scale [--songs 100000]      at the root; needs mpd

Times are of this process's own work (CPU), medians; the library is a database that MPD is given without
any files.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from appliance.brain.circumplex import CIRCUMPLEX
from appliance.brain.music import Chooser
from appliance.demo.private_mpd import PrivateMpd
from appliance.player.client import connect
from appliance.player.songs import Library, Source
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Song

ALBUM = 12
"""Songs of one."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=100_000)
    count = parser.parse_args().songs
    with tempfile.TemporaryDirectory() as folder, library(Path(folder), count) as client:
        reader = Library({"happy": Source(folder="/")})
        print(f"reading {count} songs whole: {cpu_ms(lambda: reader.read(client)):.0f} ms")
        print(f"reading them after a change: {cpu_ms(lambda: reader.read(client)):.0f} ms")
        songs = reader.read(client).everything
    choose(songs)


def choose(songs: tuple[Song, ...]) -> None:
    """Say what it costs to choose among them all, with none, half and nearly all of them played."""
    for share in (0.0, 0.5, 0.999):
        played = {"happy": [song.uri for song in songs[: int(share * len(songs))]]}
        chooser = Chooser(random.Random(1), played)
        stocked = LibraryChanged(dict.fromkeys(EMOTIONS, songs), songs)
        memory = peak_mb(partial(chooser.stock, stocked)) + peak_mb(partial(choice, chooser))
        costs = [cpu_ms(partial(choice, chooser)) for _ in range(101)]
        near = [cpu_ms(partial(choice, chooser, CIRCUMPLEX["sad"])) for _ in range(101)]
        print(
            f"choosing with {share:.1%} played: {statistics.median(costs):.2f} ms, near a place "
            f"{statistics.median(near):.2f} ms, at most {max(costs + near):.2f} ms; {memory:.1f} MB"
        )


def choice(chooser: Chooser, near: tuple[float, float] | None = None) -> None:
    """Choose a song, and note that it plays."""
    pick = chooser.pick("happy", "", near)
    assert pick
    chooser.note_played(pick)


def cpu_ms(done: Callable[[], Any]) -> float:
    """Milliseconds of work that it takes."""
    before = time.process_time()
    done()
    return 1e3 * (time.process_time() - before)


def peak_mb(done: Callable[[], Any]) -> float:
    """Megabytes that it needs for a moment."""
    tracemalloc.start()
    done()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


@contextmanager
def library(folder: Path, count: int) -> Iterator[Any]:
    """A real MPD that believes it has so many songs: its own database's head, and our songs below it."""
    (folder / "music").mkdir()
    with PrivateMpd(folder / "mpd", folder / "music") as server:
        server.update()
    (database,) = [path for path in (folder / "mpd").iterdir() if path.is_file() and is_packed(path)]
    head = gzip.decompress(database.read_bytes()).decode().partition("info_end\n")[0]
    text = "\n".join([f"{head}info_end", *songs_of(count), ""])
    database.write_bytes(gzip.compress(text.encode(), 1))
    server = PrivateMpd(folder / "mpd", folder / "music")
    server.start()  # without an update, which would look for the files
    try:
        yield connect(server.address, 0, None)
    finally:
        server.stop()


def is_packed(path: Path) -> bool:
    """Whether this file is one of gzip's."""
    return path.read_bytes()[:2] == b"\x1f\x8b"


def songs_of(count: int) -> Iterator[str]:
    """The lines of MPD's database about so many songs, an album a folder."""
    for album in range(count // ALBUM):
        yield from (f"directory: album {album:06d}", "mtime: 1600000000", f"begin: album {album:06d}")
        for track in range(ALBUM):
            yield f"song_begin: {track:02d} a song with a title of some length.flac"
            yield f"Time: 200\nArtist: artist {album % 5000}\nTitle: song {album} {track}"
            yield f"Album: album {album}\nmtime: 1600000000\nsong_end"
        yield f"end: album {album:06d}"


if __name__ == "__main__":
    main()
