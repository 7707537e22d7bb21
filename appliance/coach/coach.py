"""The library coach as people use it, by command line or page: a scan, a report, a correction."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.coach import words
from appliance.coach.keepsake import packed
from appliance.coach.placing import Correction, judged, moved_to, pinned
from appliance.coach.report import Report, report
from appliance.coach.scan import Scan, alone, ended_by, gently, is_running
from appliance.coach.shelf import Progress, Shelf
from appliance.config import Config
from appliance.errors import CoachUnable, CommandRejected, MoodboxError, PlayerLost
from appliance.machine import systemd
from appliance.protocol.emotions import AUTO, EMOTIONS
from appliance.protocol.messages import LibraryChanged, Placed

if TYPE_CHECKING:
    from appliance.player.library import LibraryClient


class Coach:
    """The coach of one box. Any thread may call; each method raises CoachUnable."""

    def __init__(self, config: Config, settings_file: Path | None = None) -> None:
        """settings_file: for the scan, which is a process of its own."""
        self._config, self._settings_file = config, settings_file
        self._scan: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End a scan that `start_scan` began here; the next one goes on."""
        if self._scan:
            self._scan.terminate()
            self._scan.wait()

    def scan(self, client: LibraryClient, told: Callable[[Progress], None], fast: bool) -> Progress:
        """Hear the library, in this process. told: hears how far it is. fast: give way to nobody.

        Raises PlayerLost and PlayerRefused, EarMissing, ModelError.
        """
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: its pools take memory for nothing
        path = self._path()
        with alone(path), Shelf(path) as shelf:
            if not fast:
                gently()
            try:
                from appliance.coach.listening import Listener

                with suppress(PlayerLost):  # it hangs up where stickers are too many for one answer
                    shelf.hear_stickers(words.said_by(client.stickers(*words.STICKERS)))
                return Scan(shelf, Listener(), client.music_folder(), told=told).run(client.names())
            except MoodboxError as error:
                ended_by(shelf, error)
                raise

    def start_scan(self) -> None:
        """Have the library heard by another process, and do not wait for it."""
        if is_running(self._path()):
            raise CoachUnable("a scan runs already")
        if systemd.scan_library():
            return
        if self._scan and self._scan.poll() is None:
            raise CoachUnable("a scan begins already")
        given = ["--config", str(self._settings_file)] if self._settings_file else []
        command = [sys.executable, "-m", "appliance", *given, "library", "scan", "--quiet"]
        self._scan = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def placed(self) -> Mapping[str, Placed]:
        """Where songs are placed now, by MPD's name."""
        with Shelf(self._path()) as shelf:
            found = judged(shelf.known(), shelf.corrections(), datetime.now().month)
        return {uri: verdict.placed for uri, verdict in found.items()}

    def report(self, library: LibraryChanged) -> Report:
        """Report how much music each mood has, and what is unsure. library: MPD's, with `placed`."""
        path = self._path()
        with Shelf(path) as shelf:
            return report(shelf, library, is_running(path), datetime.now().month)

    def correct(self, uri: str, mood: str, library: LibraryChanged) -> None:
        """Take a person's word for a song's mood; `AUTO` takes it back.

        Raises CommandRejected for what is no song, no mood, or has its mood from the owner's folders.
        """
        if mood not in (*EMOTIONS, AUTO):
            raise CommandRejected(f"{mood!r} is no mood; say {', '.join(EMOTIONS)}, or {AUTO}")
        self._keep(uri, None if mood == AUTO else pinned(mood), library)

    def move(
        self, uri: str, valence: float, arousal: float, library: LibraryChanged
    ) -> tuple[Correction, Correction | None]:
        """Take a person's word for a song's place on the map, -1 to 1; the mood is the nearest.

        Returns it, and what was said of the song before. Raises CommandRejected, as `correct` does.
        """
        said = moved_to(valence, arousal)
        return said, self._keep(uri, said, library)

    def keepsake(self) -> bytes:
        """All corrections, for a backup; empty where nobody has made one."""
        with Shelf(self._path()) as shelf:
            return packed(shelf) if shelf.corrections() else b""

    def _keep(self, uri: str, said: Correction | None, library: LibraryChanged) -> Correction | None:
        """Keep what is said of a song; None takes it back. Returns what was said before."""
        if not any(song.uri == uri for song in library.everything):
            raise CommandRejected(f"MPD has no song {uri!r}; name it as `moodbox library report` does")
        if said and (owner := _owners_word(uri, library)):
            raise CommandRejected(f"{uri!r} is {owner} by the setting music.moods.{owner}; move it instead")
        with Shelf(self._path()) as shelf:
            before = shelf.corrections().get(uri)
            shelf.correct(uri, said)
        return before

    def _path(self) -> Path:
        path = self._config.state.music_file()
        if not path:
            raise CoachUnable("the box learns nothing: name a file in state.music")
        return path


def _owners_word(uri: str, library: LibraryChanged) -> str | None:
    """The mood that the owner's folders, playlists and filters give a song, if any."""
    if uri in library.reasons:
        return None
    return next((mood for mood, songs in library.by_mood.items() if any(s.uri == uri for s in songs)), None)
