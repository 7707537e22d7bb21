"""What the page may see and do of the box. The service fills this in; tests hand in another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from appliance.config import Config
from appliance.protocol.commands import Command
from appliance.protocol.messages import Frame, Look, Snapshot, Song


class Check(Protocol):
    """As `doctor.Check`."""

    @property
    def name(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def fix(self) -> str: ...
    @property
    def found(self) -> str: ...


class LibraryClient(Protocol):
    """As `player.library.LibraryClient`; every method may raise PlayerLost or PlayerRefused."""

    def queue(self) -> tuple[Song, ...]: ...
    def cover(self, uri: str) -> tuple[str, bytes] | None: ...
    def music_folder(self) -> Path: ...
    def plays(self, song: Path) -> bool: ...
    def update(self, folder: str) -> None: ...
    def counts(self) -> Mapping[str, int]: ...


@dataclass(frozen=True)
class Interface:
    config: Config
    ask: Callable[[Command], Future[Snapshot]]
    """As `Inbox.ask`."""
    snapshot: Callable[[], Snapshot]
    """The box as it last was."""
    latest: Callable[[], tuple[Frame, Look] | None]
    """As `Vision.latest`."""
    library: LibraryClient
    reload: Callable[[], None]
    """Take the settings from the file anew: the box is away for a second or two, the music goes on."""
    checks: Callable[[], Sequence[Check]] = tuple
    """What `moodbox doctor` says. Takes seconds."""
    settings_file: Path | None = None
    """The owner's settings; None when there is no file to write them to."""
    problems: tuple[str, ...] = ()
    """What is wrong in the owner's file: safe mode, when there is any."""
    visited: Callable[[str], None] = lambda by: None
    """The owner came to the page, as the guard says how: what was changed there is confirmed."""
    unusable: Callable[[Config], Sequence[str]] = lambda config: ()
    """What in settings would end the box or its page."""
    try_broker: Callable[[Mapping[str, object]], str | None] = lambda form: None
    """Connects to an MQTT broker as the form has it; answers what is wrong."""
    keepsakes: Mapping[str, Path] = field(default_factory=dict)
    """Other files that a backup may hold: name -> path. They tell about the listener."""
    put_back: Mapping[str, Path] = field(default_factory=dict)
    """Where such a file is left when a backup is restored; the box takes it in as it begins anew."""
