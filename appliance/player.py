"""The player: what the brain wants done, done with MPD; what MPD does, told to the brain.

This room and the two beneath it (`mpd_link`, `songs`) are the only ones that speak MPD. MPD's queue is kept
as [... history, current, next]: what we add goes right after the current song, and what others have put
there is let be.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from appliance.changeover import Changeover
from appliance.fade import Volume
from appliance.messages import (
    Action,
    ChangeVolume,
    LibraryChanged,
    NextInQueue,
    PauseMusic,
    PlayerChanged,
    PlayerEvent,
    PlayerGone,
    PlayState,
    PreviousInQueue,
    QueueSong,
    ResumeMusic,
    Song,
    StartSong,
    StopMusic,
)
from appliance.mpd_link import TIMEOUT_S, Connected, Lost, MpdLink, Report, Stirred, disconnect
from appliance.mpd_queue import Queue, has_ended, has_next
from appliance.songs import Source, Tags, song_from

__all__ = ["Player", "Source"]

HEARTBEAT_S = 10.0
"""MPD closes a connection for commands that is silent for a minute; a look also finds out that it hangs."""

UPTIME_ERROR_S = 1.5
"""MPD tells its uptime in whole seconds; beyond this error it has been started anew."""
SEEK_S = 1.0
"""The song's position is told when it is this far from where it should be."""
SILENT = f"MPD does not answer within {TIMEOUT_S:g} s; try `systemctl restart mpd`"

log = logging.getLogger(__name__)


class Link(Protocol):
    """What the player needs of `MpdLink`."""

    def take(self) -> list[Report]: ...
    def drop(self, client: Any) -> None: ...
    def close(self) -> None: ...


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
        self._changeover = Changeover(self._queue, self._volume, fade_s)
        self._client: Any = None
        self._began: float | None = None
        """When MPD was started."""
        self._is_fresh = False
        self._look_at = 0.0
        self._said: PlayerChanged | None = None
        self._said_at = 0.0
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
        with self._keeping_connection():
            if self._client and self._changeover.due is not None and now >= self._changeover.due:
                self._changeover.step(self._client, now)
            if self._client and now >= self._look_at:
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
        match action:
            case StartSong():
                self._changeover.start(self._client, action, now)
                return
            case QueueSong(pick):
                self._changeover.follow(self._client, pick)
                return
            case PauseMusic():
                self._client.pause(1)
            case ResumeMusic():
                self._client.play()
            case StopMusic():
                self._client.stop()
            case NextInQueue():
                self._client.next()
            case PreviousInQueue():
                self._client.previous()
        self._changeover.end(self._client)

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
            began = now - int(client.stats()["uptime"])
            if self._began is None or began - self._began > UPTIME_ERROR_S:
                self._began = began
                self._volume.insist()
                self._queue.adopt(client)
            self._is_fresh = True
            self._look_at = now

    def _lose(self, reason: str | None) -> None:
        self._client = None
        self._changeover.forget()
        if reason and reason != self._gone:
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
            # A connection that merely ended is renewed first; MPD is gone only when that fails.
            self._lose(SILENT if isinstance(error, TimeoutError) else None)

    def _look(self, now: float) -> None:
        """See what MPD does, and tell if that is new."""
        client = self._client
        self._look_at = now + HEARTBEAT_S
        status, tags = client.status(), client.currentsong()
        if tags.get("id") != status.get("songid"):
            self._look_at = now  # it changed in between
            return
        if self._changeover.due is None:
            self._changeover.mind_volume(client, status)
        seen = self._read(status, tags, now)
        self._is_fresh, self._gone = False, None
        if seen.fresh or seen.failed or not self._is_told(seen, now):
            self._said, self._said_at = seen, now
            self._events.append(seen)
            if seen.pick and seen.state is PlayState.PLAY:
                self._queue.trim(client, int(status["song"]))

    def _read(self, status: Mapping[str, str], tags: Tags, now: float) -> PlayerChanged:
        song = song_from(tags) if tags else None
        song_id = int(status["songid"]) if song else None
        failed = self._failed(status, song)
        seen = PlayerChanged(
            state=PlayState(status["state"]),
            song=song,
            song_id=song_id,
            pick=self._queue.pick_of(song_id, song) if song and song_id is not None else None,
            elapsed_s=float(status.get("elapsed", 0.0)),
            volume=self._volume.intended if self._volume.is_there else None,
            has_next=has_next(status),
            fresh=self._is_fresh,
            failed=failed,
        )
        return replace(seen, ran_out=self._has_run_out(seen, status, now))

    def _has_run_out(self, seen: PlayerChanged, status: Mapping[str, str], now: float) -> bool:
        if seen.state is not PlayState.STOP:
            return False
        said = self._said
        if has_ended(status) or seen.failed or said is None:
            return has_ended(status) or seen.failed is not None
        if said.state is PlayState.STOP and said.song_id == seen.song_id:
            return said.ran_out
        # A guest's `consume` leaves an empty queue at the end, like `clear`, but only at the song's end.
        is_at_end = said.song is not None and self._elapsed_s(said, now) > said.song.duration_s - 1.0
        return status.get("consume", "0") != "0" and status["playlistlength"] == "0" and is_at_end

    def _failed(self, status: Mapping[str, str], song: Song | None) -> Song | None:
        """The song that MPD could not play since the last look, if any."""
        failed, self._queue.refused = self._queue.refused, None
        error = status.get("error")
        if not error:
            return failed
        self._client.clearerror()
        log.warning("MPD: %s", error)
        known = [*self._queue.songs(), *([song] if song else [])]
        named = [other for other in known if other.uri in error]
        if named:
            return failed or max(named, key=lambda other: len(other.uri))
        return failed

    def _is_told(self, seen: PlayerChanged, now: float) -> bool:
        said = self._said
        if said is None or abs(self._elapsed_s(said, now) - seen.elapsed_s) > SEEK_S:
            return False
        return replace(said, elapsed_s=0.0, fresh=False, failed=None) == replace(seen, elapsed_s=0.0)

    def _elapsed_s(self, said: PlayerChanged, now: float) -> float:
        return said.elapsed_s + (now - self._said_at if said.state is PlayState.PLAY else 0.0)
