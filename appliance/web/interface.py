"""The interface of page and box: what the page may see and do. The service fills it in, tests another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from appliance.config import Config
from appliance.machine.upgrade import NOTHING, News
from appliance.protocol.commands import Command
from appliance.protocol.looks import Frame, Look
from appliance.protocol.messages import LibraryChanged, Song
from appliance.protocol.snapshot import Snapshot


class Check(Protocol):
    """One line of what `moodbox doctor` says, as `doctor.Check` has it."""

    @property
    def name(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def fix(self) -> str: ...
    @property
    def found(self) -> str: ...


class LibraryAccess(Protocol):
    """MPD's library, as `player.library.LibraryClient` has it; all may raise PlayerLost or PlayerRefused."""

    def queue(self) -> tuple[Song, ...]: ...
    def cover(self, uri: str) -> tuple[str, bytes] | None: ...
    def music_folder(self) -> Path: ...
    def plays(self, song: Path) -> bool: ...
    def update(self, folder: str) -> None: ...
    def counts(self) -> Mapping[str, int]: ...


class Coaching(Protocol):
    """The library coach, as `service.coaching.Coaching` has it; raises CoachUnable and PlayerLost."""

    def report(self) -> dict[str, object]: ...
    def points(self, folders: Sequence[str] | None) -> list[dict[str, object]]: ...
    def correct(self, uri: str, mood: str) -> None: ...
    def keepsake(self) -> bytes: ...
    def move(self, uri: str, valence: float, arousal: float) -> dict[str, object]: ...
    def scan(self) -> None: ...


class TasteDesk(Protocol):
    """The taste of each person, as `taste.Desk` has it; each call may raise TasteUnable."""

    def show(self) -> dict[str, Any]: ...
    def export(self) -> dict[str, Any]: ...
    def forget(self, person: str | None = None, uri: str | None = None) -> int: ...
    def keepsake(self) -> bytes: ...


@dataclass(frozen=True)
class Interface:
    """All that the page knows and may do."""

    config: Config
    ask: Callable[[Command], Future[Snapshot]]
    """Hands a command to the loop, as `Inbox.ask` does; the answer is the snapshot after it."""
    snapshot: Callable[[], Snapshot]
    """The box as it last was."""
    latest: Callable[[], tuple[Frame, Look] | None]
    """Gives the newest frame and what was seen in it, as `Vision.latest` does."""
    library: LibraryAccess
    coach: Coaching
    """Tells what is known of the songs by their sound."""
    taste: TasteDesk
    """Tells what is known of who likes what."""
    reload: Callable[[], None]
    """Takes the settings from the file anew: the box is away for a second or two, the music goes on."""
    about: Callable[[], Mapping[str, object]] = dict
    """Tells what machine this is: see /api/box in the OpenAPI document."""
    news: Callable[[], News] = lambda: NOTHING
    """Tells what is known of releases."""
    songs: Callable[[], LibraryChanged | None] = lambda: None
    """Gives the songs of each mood as they were read last; None before."""
    checks: Callable[[], Sequence[Check]] = tuple
    """Makes the checks of `moodbox doctor`. Takes seconds."""
    settings_file: Path | None = None
    """The owner's settings; None when there is no file to write them to."""
    problems: tuple[str, ...] = ()
    """What is wrong in the owner's settings; the box is in safe mode when anything is."""
    visited: Callable[[str], None] = lambda by: None
    """Takes that somebody came to the page (session, local), which confirms what was changed there."""
    unusable: Callable[[Config], Sequence[str]] = lambda config: ()
    """Says what in settings would end the box or its page."""
    try_broker: Callable[[Mapping[str, object]], str | None] = lambda form: None
    """Tries an MQTT broker as the form has it; says what is wrong, None when nothing is."""
    refused: Callable[[], int] = lambda: 0
    """Counts the orders over MQTT that were refused."""
    keepsakes: Mapping[str, Path] = field(default_factory=dict)
    """Other files that a backup may hold: name -> path. They tell about the listener."""
    put_back: Mapping[str, Path] = field(default_factory=dict)
    """Where such a file is left when a backup is restored; the box takes it in as it begins anew."""
    is_sound: Callable[[str, bytes], bool] = lambda name, content: True
    """Says whether the content of such a file can be read."""
