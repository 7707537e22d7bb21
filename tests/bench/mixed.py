"""A mixed library of 200 songs and a real MPD: heard while music plays, reported, corrected, and lived with.

.venv/bin/python tests/bench/mixed.py --data FOLDER [--folder KEPT] [--part day] [--nice 15]     at the root

Needs mpd and ffmpeg; FOLDER has emotify.csv and emotify/NNN.opus, of which the head was made. With a folder
that is kept, each part can be run by itself, and a scan that was broken off goes on.

The scan is a process of its own, as the box has it, and is killed so often, each time while it hears a song
(so that a busy machine makes it no easier). Meanwhile MPD plays into a FIFO whose reader takes the sound as a
card does: in real time, with half a second of buffer. Where less has come by then than a card would have
played, it counts an xrun. The songs are heard as half a minute, and lived with as long as songs are.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from day import LENGTH_S, Day, summary

from appliance import config as settings
from appliance.coach.coach import Coach
from appliance.coach.report import told
from appliance.demo.private_mpd import PrivateMpd
from appliance.player import Source
from appliance.player.library import LibraryClient
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.policies import Policy

RATE, FRAME = 44_100, 4
"""Frames a second, and bytes of each, of what MPD plays."""
BUFFER_S = 0.5
"""What a card holds, as MPD's ALSA output asks for by default."""
OUTPUTS = """\
audio_output {{
  type "fifo"
  name "card"
  path "{}"
  format "44100:16:2"
}}
"""
SORTED = ("happy", "sad", "neutral")
CLIP_S = 32
"""Of each song that is heard; below half a minute it is none."""
KILLED_WITHIN_S = 1.0
"""Of a song's hearing: in ffmpeg, in either ear, at the database."""
OWN = """\
version = 1
[mpd]
address = "{mpd}"
[state]
file = "{folder}/state.json"
music = "{folder}/music.db"
"""


class Card(threading.Thread):
    """Reads the FIFO as a sound card plays; counts how often it had nothing to play, and for how long."""

    def __init__(self, fifo: Path) -> None:
        super().__init__(daemon=True)
        self._file = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.xruns, self.silent_s, self.played_s = 0, 0.0, 0.0
        self._ended = threading.Event()

    def run(self) -> None:
        came, began, is_dry = 0, 0.0, False
        while not self._ended.wait(0.01):
            while piece := self._read():
                came += len(piece)
            now = time.monotonic()
            has_s = came / (RATE * FRAME)
            if not began:
                began = now - has_s + BUFFER_S if has_s >= BUFFER_S else 0.0
                continue
            self.played_s = now - began
            late_s = self.played_s - has_s
            if late_s > 0:  # it plays silence meanwhile, and goes on from there
                self.xruns += not is_dry
                self.silent_s += late_s
                began += late_s
            is_dry = late_s > 0

    def close(self) -> None:
        self._ended.set()
        self.join()
        os.close(self._file)

    def _read(self) -> bytes:
        try:
            return os.read(self._file, 1 << 16)
        except BlockingIOError:
            return b""


def library(folder: Path, data: Path, count: int) -> None:
    """Make songs to hear and, of the same names, songs to live with; beside them a file that is no song.

    Every tenth lies in a mood's folder, the others with their artist.
    """
    if (folder / "music" / "empty.mp3").exists():
        return
    chance = random.Random(7)
    with (data / "emotify.csv").open() as file:
        of = {row["track"]: row for row in csv.DictReader(file)}
    for number, clip in enumerate(sorted((data / "emotify").glob("*.opus"))[:count]):
        row = of[clip.stem.lstrip("0")]
        tags = f"title={row['genre']} {clip.stem}", f"artist={row['artist'][:6]}", f"genre={row['genre']}"
        place = SORTED[number // 10 % 3] if number % 10 == 0 else f"artists/{row['artist'][:6]}"
        for kind, length_s in (("music", CLIP_S), ("songs", chance.randint(*LENGTH_S))):
            song = folder / kind / place / clip.name
            song.parent.mkdir(parents=True, exist_ok=True)
            cut(clip, song, length_s, tags)
    (folder / "music" / "empty.mp3").touch()


def cut(clip: Path, song: Path, length_s: int, tags: Iterable[str]) -> None:
    """Copy a clip so often that it lasts so long."""
    said = [word for tag in tags for word in ("-metadata:s:a:0", tag)]
    command = ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", str(clip), "-t", str(length_s)]
    subprocess.run([*command, "-c", "copy", *said, str(song)], check=True, stdin=subprocess.DEVNULL)


@contextmanager
def started(server: PrivateMpd) -> Iterator[PrivateMpd]:
    """The server, once it has listed its songs, however long a busy machine takes for that."""
    server.start()
    try:
        client = server.client()
        client.update()
        while "updating_db" in client.status():
            time.sleep(0.1)
        client.disconnect()
        yield server
    finally:
        server.stop()


@contextmanager
def playing(server: PrivateMpd, fifo: Path) -> Iterator[Card]:
    """MPD plays the mood's folders round and round."""
    card = Card(fifo)
    client = server.client()
    for mood in SORTED:
        client.add(mood)
    client.repeat(1)
    card.start()
    client.play()
    try:
        yield card
    finally:
        client = server.client()  # MPD hangs up on one that is silent for a minute
        client.stop()
        client.clear()
        client.repeat(0)
        client.disconnect()
        card.close()


def scan(config: Path, kills: int, nice: int | None) -> str:
    """Scan to the end, killed so often before. Returns what that took, and what it lost."""
    command = [sys.executable, "-m", "appliance", "--config", str(config), "library", "scan"]
    if nice is not None:
        command = ["nice", "-n", str(nice), *command, "--fast"]
    chance, spent_s, peak, done, killed = random.Random(2), 0.0, 0, 0, 0
    for number in range(kills + 1):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout
        told = islice(child.stdout, None if number == kills else chance.randint(1, 4))
        for line in told:
            now = int(line.split()[0]) if line.strip() else done
            if now < done:
                sys.exit(f"after {killed} kills {now} songs are done, and {done} were")
            done = now
        if number < kills:
            time.sleep(chance.uniform(0, KILLED_WITHIN_S))
            # Looked at, not reaped: wait4 below tells what it used. One that has ended needs no kill.
            killed += os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
            os.kill(child.pid, signal.SIGKILL)
        _, ended, used = os.wait4(child.pid, 0)
        child.returncode = ended
        if ended not in (0, signal.SIGKILL):
            sys.exit(f"the scan failed: it ended with {os.waitstatus_to_exitcode(ended)}")
        spent_s += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss)
    return f"killed {killed} times; {spent_s:.0f} s of processor in all, peak {peak / 1024:.0f} MB"


PARTS = ("alone", "scan", "day")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--songs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--alone", type=float, default=60.0, help="seconds of music without a scan, before")
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--nice", type=int, help="of a scan at normal I/O; default: idle, as on a box")
    parser.add_argument("--part", choices=PARTS, action="append", help="default: all")
    parser.add_argument("--folder", type=Path, help="where all of it lies, and stays; default: a passing one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = options.folder or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        library(folder, options.data, options.songs)
        parts = options.part or PARTS
        if {"alone", "scan"} & {*parts}:
            hear(options, parts, folder)
        if "day" in parts:
            say_scan(folder / "music.db")
            with started(PrivateMpd(folder / "mpd-day", folder / "songs")) as server:
                live(server, settle(folder, server), options.hours)


def hear(options: argparse.Namespace, parts: Iterable[str], folder: Path) -> None:
    fifo = folder / "fifo"
    if not fifo.exists():
        os.mkfifo(fifo)
    with started(PrivateMpd(folder / "mpd", folder / "music", outputs=OUTPUTS.format(fifo))) as server:
        own = settle(folder, server)
        if "alone" in parts:
            with playing(server, fifo) as card:
                time.sleep(options.alone)
                say_xruns("without a scan", card)
        if "scan" in parts:
            with playing(server, fifo) as card:
                print(scan(own, options.kills, options.nice), flush=True)
                say_xruns("while it scans", card)


def settle(folder: Path, server: PrivateMpd) -> Path:
    """Write the settings of a box with this MPD."""
    own = folder / "moodbox.toml"
    own.write_text(OWN.format(mpd=server.address, folder=folder))
    return own


def say_xruns(when: str, card: Card) -> None:
    print(f"{when}: {card.xruns} xruns ({card.silent_s:.2f} s) in {card.played_s:.0f} s of music", flush=True)


def say_scan(database: Path) -> None:
    with sqlite3.connect(database) as known:
        (heard,) = known.execute("SELECT count(*) FROM heard WHERE reason IS NULL").fetchone()
        (others,) = known.execute("SELECT count(*) FROM heard WHERE reason IS NOT NULL").fetchone()
        (sound,) = known.execute("PRAGMA integrity_check").fetchone()
    print(f"{heard} songs are heard, {others} are none; the database is {sound}", flush=True)


def live(server: PrivateMpd, own: Path, hours: float) -> None:
    """Report, put ten songs right, and play a day under each policy."""
    logging.disable(logging.WARNING)  # that moods have no music of their own is in the report
    config = settings.load(own)
    coach = Coach(config)
    moods = {mood: Source(folder=mood) for mood in EMOTIONS}
    client = LibraryClient(server.address, 0, lambda: None, moods)
    found = coach.report(client.read(coach.placed))
    for one in found.questions[:10]:
        coach.correct(one.uri, one.likely[0], client.read(coach.placed))
    print(json.dumps({mood.mood: [mood.songs, round(mood.hours, 2)] for mood in found.moods}))
    found = coach.report(client.read(coach.placed))
    print("\n".join(line for line in told(found) if not line.startswith("  ?")), flush=True)
    for policy in Policy:
        played = Day(server, policy, coach.placed(), hours).run()
        print(f"\n## {policy}\n")
        print("\n".join(map(str, played)))
        print("\n" + summary(played), flush=True)


if __name__ == "__main__":
    main()
