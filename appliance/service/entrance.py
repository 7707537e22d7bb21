"""The way in for what people and parts ask for, from any thread: refused where it would come to nothing, the
camera closed first, then left in the inbox for the loop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from appliance import __version__
from appliance.announcements import Announcements
from appliance.brain.settings import QuietEffect
from appliance.errors import CommandRejected
from appliance.machine import systemd, upgrade
from appliance.player import Player
from appliance.protocol.commands import (
    Announce,
    ChoosePerson,
    ChoosePolicy,
    Command,
    InstallUpdate,
    Like,
    MindRest,
    PlayPlaylist,
    PlaySong,
    SetComing,
    SetUpNext,
)
from appliance.protocol.messages import PartChanged, Pressed, SensorChanged
from appliance.protocol.rest import NOT_KEPT, RestStep
from appliance.protocol.snapshot import CameraState, Snapshot
from appliance.protocol.taste import is_allowed
from appliance.service.inbox import Inbox, answer
from appliance.service.optional import OptionalParts
from appliance.service.shutter import Shutter, at_once, is_off

ANSWER_S = 0.5
"""Who switches the camera off is answered after so many seconds, also while the loop waits for MPD: it is
off by then."""


class Entrance:
    """Takes commands and events in, from any thread. Raises CommandRejected, saying why."""

    def __init__(
        self,
        inbox: Inbox,
        shutter: Shutter,
        optional: OptionalParts,
        player: Player,
        announcements: Announcements,
        box: Callable[[], Snapshot],
        quiet_effect: QuietEffect,
        news: Callable[[], upgrade.News],
        keeps_faces: bool,
    ) -> None:
        """box: as it last was. quiet_effect: of the settings. news: what is known of releases.

        keeps_faces: whether a face at rest can be kept. The others are the service's own.
        """
        self.news, self._keeps_faces = news, keeps_faces
        self._inbox, self._shutter, self._optional = inbox, shutter, optional
        self._player, self._announcements = player, announcements
        self._box, self._quiet_effect = box, quiet_effect

    def put(self, event: Command | PartChanged | Pressed | SensorChanged) -> None:
        """Put an event into the inbox; camera off does not wait for the loop."""
        self._refuse(event)
        event = at_once(event, self._is_camera_off())
        with self._shutter.ahead_of(event):
            self._inbox.put(event)
        self._show_if_off(event)

    def ask(self, command: Command) -> Future[Snapshot]:
        """Put a command into the inbox and promise its answer.

        Camera off does not wait for the loop, and neither does who pressed it.
        """
        self._refuse(command)
        command = at_once(command, self._is_camera_off())
        with self._shutter.ahead_of(command):
            asked = self._inbox.ask(command)
        self._show_if_off(command)
        if is_off(command):
            late = threading.Timer(ANSWER_S, lambda: answer(asked, self._box()))
            late.daemon = True
            with suppress(RuntimeError):  # no thread to be had: the loop will answer
                late.start()
        return asked

    def _is_camera_off(self) -> bool:
        return self._box().camera is CameraState.OFF

    def _show_if_off(self, event: object) -> None:
        """Have page and MQTT say at once that the camera is off, as the light does."""
        if is_off(event) and self._shutter.is_closing:
            self._optional.show_ahead(self._box())

    def _refuse(self, command: object) -> None:
        """Refuse what would come to nothing, for whoever asks for it has to know."""
        box = self._box()
        if isinstance(command, Announce):
            self._refuse_announcement(box)
        if isinstance(command, InstallUpdate):
            upgrade.refuse(self.news(), __version__, systemd.runtime_folder() is not None)
        if isinstance(command, PlaySong | SetUpNext | SetComing):
            uris = {command.uri} if isinstance(command, PlaySong) else {*command.uris}
            self._refuse_songs(uris, box)
        if isinstance(command, PlayPlaylist) and command.name not in box.playlists:
            raise CommandRejected("no such playlist with songs that who listens may hear")
        if isinstance(command, Like) and box.song and box.liked is None:
            raise CommandRejected("MPD keeps no likes for this song: it is a radio, or not in the library")
        if isinstance(command, MindRest) and command.step is RestStep.MEASURE:
            self._refuse_measuring(box)
        named = command.person if isinstance(command, ChoosePerson | ChoosePolicy) else None
        if named is not None and named not in box.persons:
            known = ", ".join(box.persons)
            raise CommandRejected(f"nobody of that name; known are {known} (persons.who in the settings)")

    def _refuse_measuring(self, box: Snapshot) -> None:
        if not self._keeps_faces:
            raise CommandRejected(NOT_KEPT)
        if box.camera is not CameraState.ON:
            off = "the camera is off: switch it on, and begin again"
            raise CommandRejected(off if box.camera is CameraState.OFF else box.degraded.get("camera", off))
        if "taste" in box.degraded:
            raise CommandRejected(f"nothing can be kept of a face now: {box.degraded['taste']}")

    def _refuse_songs(self, uris: set[str], box: Snapshot) -> None:
        library = self._player.library
        if library is None:
            raise CommandRejected("the library has not been read yet; try again in a moment")
        if uris - {song.uri for song in library.everything if song.uri in uris}:
            raise CommandRejected("no such song in the library")
        if not all(is_allowed(uri, box.folders) for uri in uris):
            raise CommandRejected(
                f"{box.person} may not hear that: it lies in none of their folders (persons.who)"
            )

    def _refuse_announcement(self, box: Snapshot) -> None:
        if box.quiet and self._quiet_effect is QuietEffect.SILENCE:
            raise CommandRejected("these are quiet hours, in which the box is silent (quiet.effect)")
        if "player" in box.degraded:
            raise CommandRejected(f"nothing can be announced now: {box.degraded['player']}")
        if self._announcements.is_full:
            raise CommandRejected("so many announcements wait already; try again later")
