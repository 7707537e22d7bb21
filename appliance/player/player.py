"""The player: what the brain wants done, done with MPD; what MPD does, told to the brain.

MPD's queue is kept
as [... history, current, next]: what we add goes right after the current song, and what others have put
there is let be.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from appliance.actions import (
    Action,
    ChangeVolume,
    LikeSong,
    LimitVolume,
    NextInQueue,
    PauseMusic,
    PreviousInQueue,
    QueueSong,
    ResumeMusic,
    StartSong,
    StopMusic,
)
from appliance.messages import LibraryChanged, PlayerEvent, PlayerGone, PlayState, Song
from appliance.player.changeover import Changeover
from appliance.player.client import TIMEOUT_S, disconnect
from appliance.player.fade import Volume
from appliance.player.link import Connected, Link, Lost, MpdLink, Report, Stirred
from appliance.player.observer import Observer, named_in
from appliance.player.queue import Queue
from appliance.player.songs import Source, song_from
from appliance.player.stops import SETTLING_S, Stops, has_ended

__all__ = ["Player", "Source"]

HEARTBEAT_S = 10.0
"""MPD closes a connection for commands that is silent for a minute; a look also finds out that it hangs."""

UPTIME_ERROR_S = 1.5
"""MPD tells its uptime in whole seconds; beyond this error it has been started anew."""
RETRY_S = 2.0
"""Between two tries to open the sound output."""

LIKED = "2"
"""The sticker `like` is 0 for hated, 1 for neutral and 2 for liked, as myMPD has it."""

log = logging.getLogger(__name__)


class Player:
    """MPD. All methods are for one thread and never raise for what MPD does."""

    def __init__(
        self,
        address: str,
        port: int,
        password: str | None,
        sources: Mapping[str, Source],
        fade_s: float,
        start_volume: int | None,
        max_volume: int,
        wake: Callable[[], None],
        link: Callable[..., Link] = MpdLink,
    ) -> None:
        """Begin connecting; `turn` tells when that has worked.

        address: path of a Unix socket, or a host name; port: only with a host name.
        sources: where each mood's music is.
        fade_s: seconds for a whole fade, down and up.
        start_volume: percent, set on the first connection; None leaves MPD's. max_volume: percent.
        wake: called from another thread whenever `turn` has something to do.
        """
        self._volume = Volume(start_volume, max_volume)
        self._queue = Queue()
        self._stops = Stops()
        self._changeover = Changeover(self._queue, self._volume, self._stops, fade_s)
        self._client: Any = None
        self._began: float | None = None
        """When MPD was started."""
        self._version = 0
        """Of its queue, as last seen; it only grows while MPD runs."""
        self._is_fresh = False
        self._look_at = 0.0
        self._retry_at = 0.0
        self._observer = Observer()
        self._gone: str | None = None
        """Why there is no MPD, as last told."""
        self._events: list[PlayerEvent] = []
        self._link = link(address, port, password, sources, wake)

    def turn(self, now: float) -> list[PlayerEvent]:
        """Turn the player's wheel: take new connections, steps of a fade and looks at MPD that are due.

        Returns what has changed.
        """
        for report in self._link.take():
            self._hear(report, now)
        due = self.due()
        if due is not None and now >= due:
            with self._keeping_connection():
                if self._changeover.due is not None:
                    self._changeover.step(self._client, now)  # first: it goes on where a song has ended
                if now >= self._look_at:
                    self._look(now)
        events, self._events = self._events, []
        return events

    def due(self) -> float | None:
        """When `turn` next has something to do (monotonic); None when only once it wakes us."""
        if self._client is None:
            return None
        step_at = self._changeover.due
        return self._look_at if step_at is None else min(step_at, self._look_at)

    def perform(self, action: Action, now: float) -> None:
        """Do what the brain wants; what came of it is in the events of the next `turn`."""
        if isinstance(action, ChangeVolume):
            self._volume.want(action.percent)  # also while MPD is away
        if isinstance(action, LimitVolume):
            self._volume.limit(action.percent)
        if self._client is None:
            return
        self._look_at = now
        with self._keeping_connection():
            self._do(action, now)

    def close(self) -> None:
        """Leave MPD as it is, at the volume that the listener set."""
        with self._keeping_connection():
            if self._client:
                self._changeover.end(self._client)
        disconnect(self._client)
        self._client = None
        self._link.close()

    def _do(self, action: Action, now: float) -> None:
        client = self._client
        match action:
            case StartSong():
                self._changeover.start(client, action, now)
            case QueueSong(pick):
                self._changeover.follow(client, pick)
            case PauseMusic():
                client.clearerror()  # what waits for a sound output waits no longer
                self._changeover.pause(client, action, now)
            case ResumeMusic():
                self._changeover.resume(client, action, now)
            case StopMusic():
                self._stops.expect()
                client.stop()
                self._changeover.end(client)
            case NextInQueue():
                client.next()
                self._changeover.end(client)
            case PreviousInQueue():
                client.previous()
                self._changeover.end(client)
            case ChangeVolume() | LimitVolume():
                self._changeover.mind_volume(client, client.status())
            case LikeSong(song):
                client.sticker_set("song", song.uri, "like", LIKED)

    def _hear(self, report: Report, now: float) -> None:
        match report:
            case Connected(client):
                self._meet(client, now)
            case Lost(reason):
                disconnect(self._client)
                self._lose(reason)
            case Stirred(subsystems):
                is_our_fade = self._changeover.due is not None and subsystems <= {"mixer"}
                self._look_at = self._look_at if is_our_fade else now
            case LibraryChanged():
                self._events.append(report)

    def _meet(self, client: Any, now: float) -> None:
        """Take over a new connection."""
        disconnect(self._client)
        self._changeover.forget()
        self._client = client
        with self._keeping_connection():
            began, version = now - int(client.stats()["uptime"]), int(client.status()["playlist"])
            self._volume.insist()  # an MPD that was restarted has forgotten it, and may be loud
            is_new = self._began is None or began - self._began > UPTIME_ERROR_S or version < self._version
            if is_new:
                self._began = began
                self._queue.adopt(client)
            self._is_fresh = True
            self._look_at = now

    def _lose(self, reason: str | None) -> None:
        self._client = None
        self._changeover.forget()
        if reason:
            self._tell_gone(reason)

    def _tell_gone(self, reason: str) -> None:
        if reason != self._gone:
            self._gone = reason
            self._events.append(PlayerGone(reason))

    @contextmanager
    def _keeping_connection(self) -> Iterator[None]:
        """Whatever MPD or the network does, at the end there is a connection that works, or none."""
        from mpd import CommandError, MPDError

        try:
            yield
        except CommandError as error:
            log.warning("MPD will not do this: %s", error)
        except (OSError, MPDError, ValueError, KeyError) as error:
            log.debug("MPD: connection ended: %r", error)
            self._link.drop(self._client)
            self._lose(_loss(error))

    def _look(self, now: float) -> None:
        """See what MPD does, and tell if that is new."""
        client = self._client
        self._look_at = now + HEARTBEAT_S
        status, tags = client.status(), client.currentsong()
        if tags.get("id") != status.get("songid"):
            self._look_at = now  # it changed in between
            return
        if not self._is_fresh and self._stops.is_unclear(status, now):
            self._look_at = now + SETTLING_S
            return
        if self._changeover.due is not None and has_ended(status):
            self._look_at = now  # since the last step: the next one goes on from there, and nobody ran out
            return
        self._version = int(status["playlist"])
        if self._changeover.due is None:
            self._changeover.mind_volume(client, status)
        song = song_from(tags) if tags else None
        if self._is_without_sound(status, song, now):
            return
        seen = self._observer.read(
            status,
            song,
            self._queue.pick_of(int(tags["id"]), song) if song else None,
            self._volume.intended if self._volume.is_there else None,
            self._failed(status, song),
            self._is_fresh,
            now,
        )
        if self._observer.is_news(seen, now):
            self._events.append(seen)
            if seen.pick and seen.state is PlayState.PLAY:
                self._queue.trim(client, int(status["song"]))
        self._is_fresh, self._gone = False, None

    def _failed(self, status: Mapping[str, str], song: Song | None) -> Song | None:
        """The song that MPD could not play since the last look, if any."""
        failed, self._queue.refused = self._queue.refused, None
        error = status.get("error")
        if not error:
            return failed
        self._client.clearerror()
        log.debug("MPD: %s", error)
        return failed or named_in(error, self._known(song))

    def _is_without_sound(self, status: Mapping[str, str], song: Song | None, now: float) -> bool:
        """Whether MPD holds the music because no output opens; then try again, and tell.

        A sound card may come long after MPD at boot (raspberrypi/linux #7344).
        """
        error = status.get("error")
        if not error or status["state"] != "pause" or named_in(error, self._known(song)):
            return False
        if now >= self._retry_at:
            self._retry_at = now + RETRY_S
            self._client.pause(0)
        self._look_at = self._retry_at
        self._is_fresh = True  # whoever was told that it is gone is told of its coming back
        self._tell_gone(f"MPD has no sound output ({error}); see `aplay -l` and audio_output in mpd.conf")
        return True

    def _known(self, song: Song | None) -> list[Song]:
        return [*self._queue.songs(), *([song] if song else [])]


def _loss(error: Exception) -> str | None:
    """Why MPD is gone; None when the connection merely ended, for it is renewed before anybody is told."""
    if isinstance(error, TimeoutError):
        return f"MPD does not answer within {TIMEOUT_S:g} s; try `systemctl restart mpd`"
    if isinstance(error, (ValueError, KeyError)):
        return f"MPD's answer makes no sense ({error!r}); is something else in its place?"
    return None
