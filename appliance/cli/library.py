"""The commands `moodbox library …`: what the coach hears, tells, and is told."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from appliance import config as settings
from appliance.coach.coach import Coach
from appliance.coach.report import left_told, scan_told, told
from appliance.coach.shelf import Progress
from appliance.config import Config
from appliance.machine.terminal import printable

if TYPE_CHECKING:
    from appliance.player.library import LibraryClient


def scan(options: argparse.Namespace) -> int:
    config = settings.load(options.config)
    show = _nothing if options.quiet else _show
    ended = Coach(config).scan(_client(config), show, options.fast)
    if not options.quiet:
        print(f"\n{ended.done} of {ended.total} songs are done; `moodbox library report` says the rest")
    return 0


def report(options: argparse.Namespace) -> int:
    config = settings.load(options.config)
    coach = Coach(config)
    placed = coach.placed()
    found = coach.report(_client(config).read(lambda: placed))
    if options.json:
        print(json.dumps(found.as_json()))
    else:
        for line in (*told(found), *scan_told(found)):
            print(printable(line))
    return 0


def correct(options: argparse.Namespace) -> int:
    config = settings.load(options.config)
    coach = Coach(config)
    placed = coach.placed()
    coach.correct(options.song, options.mood, _client(config).read(lambda: placed))
    print(f"{printable(options.song)}: {options.mood}")
    return 0


def _client(config: Config) -> LibraryClient:
    from appliance.player import Source  # only now: no other command needs MPD's library
    from appliance.player.library import LibraryClient

    mpd, moods = config.mpd, config.music.moods.items()
    sources: dict[str, Source] = {mood: Source(**source.model_dump()) for mood, source in moods}
    return LibraryClient(mpd.address, mpd.port, mpd.secret, sources)


def _nothing(progress: Progress) -> None:
    pass


def _show(progress: Progress) -> None:
    end = "\r" if sys.stdout.isatty() else "\n"
    print(f"{progress.done} of {progress.total} songs{left_told(progress.left_s):20}", end=end, flush=True)
