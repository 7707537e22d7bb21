"""The player: does with MPD what the brain wants done, and tells the brain what MPD does.

What others have put into MPD's queue is let be.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from appliance.machine.machine import mpd_again
from appliance.player.announcer import Announcer
from appliance.player.blend import Blend
from appliance.player.changeover import Changeover
from appliance.player.client import TIMEOUT_S, Password, disconnect
from appliance.player.fade import Volume
from appliance.player.likes import Likes
from appliance.player.link import Connected, Link, Lost, MpdLink, Report, Stirred
from appliance.player.observer import Observer
from appliance.player.queue import Queue
from appliance.player.songs import Source
from appliance.player.standstill import Rescue
from appliance.player.stops import Stops
from appliance.protocol.actions import (
    Action,
    ChangeVolume,
    LimitVolume,
    MarkSong,
    NextInQueue,
    NoteTaste,
    PauseMusic,
    PreviousInQueue,
    QueueSong,
    ResumeGuest,
    ResumeMusic,
    SeekSong,
    Speak,
    StartSong,
    StopMusic,
)
from appliance.protocol.memory import QueueMemory
from appliance.protocol.messages import AnnouncementEnded, LibraryChanged, Placed, PlayerEvent, PlayerGone

__all__ = ["Player", "Source"]

WISHES = (StartSong, PauseMusic, ResumeMusic, StopMusic, ResumeGuest, NextInQueue, PreviousInQueue)
"""What ends an announcement."""
SUPERFLUOUS = (SeekSong, QueueSong)
"""What is asked for anew after an announcement, if it is still wanted then."""

log = logging.getLogger(__name__)


class Player:
    """Drives one MPD. All methods are for one thread and never raise for what MPD does."""

    def __init__(
        self,
        address: str,
        port: int,
        password: Password,
        sources: Mapping[str, Source],
        fade_s: float,
        start_volume: int | None,
        max_volume: int,
        wake: Callable[[], None],
        link: Callable[..., Link] = MpdLink,
        restart: Callable[[], None] | None = None,
        known: QueueMemory | None = None,
        placed: Callable[[], Mapping[str, Placed]] = dict,
        clock: Callable[[], float] = time.monotonic,
        blend_s: float = 0.0,
        counts_plays: bool = True,
    ) -> None:
        """Begin connecting; `turn` tells when that has worked.

        address: path of a Unix socket, or a host name; port: only with a host name.
        sources: where each mood's music is.
        fade_s: seconds for a whole fade, down and up.
        start_volume: percent, set on the first connection; None leaves MPD's. max_volume: percent.
        wake: called from another thread whenever `turn` has something to do.
        restart: has MPD restarted, for when it hangs; None where that is not ours to do.
        known: what is whose in MPD's queue, as `memory` gave it.
        placed: where the library coach has put songs, by name; asked from another thread.
        clock: monotonic seconds.
        blend_s: seconds for which a song and the next sound together, where MPD can; 0: as MPD has it.
        counts_plays: whether MPD's stickers count plays and skips, too.
        """
        self._volume = Volume(start_volume, max_volume)
        self._queue = Queue(known)
        self._stops, self._blend = Stops(), Blend(blend_s, known.crossfade if known else None)
        self._changeover = Changeover(self._queue, self._volume, self._stops, fade_s)
        self._client: Any = None
        self._address = address
        self._likes, self._rescue = Likes(counts_plays), Rescue(restart)
        self._observer = Observer(
            self._queue, self._volume, self._stops, self._changeover, self._likes, self._rescue, clock
        )
        self._announcer = Announcer(self._volume, self._observer.tell, known.interrupted if known else None)
        self._link = link(address, port, password, sources, wake, placed)
        self._reports: deque[Report] = deque()

    @property
    def counts(self) -> Mapping[str, int]:
        """Mood -> how many songs it has; any thread may ask."""
        return self._link.counts

    @property
    def library(self) -> LibraryChanged | None:
        """The songs of each mood as they were read last; None before. Any thread may ask."""
        return self._link.library

    def place(self) -> None:
        """Take over where the library coach has put songs now; any thread may call."""
        self._link.place()

    def turn(self, now: float) -> list[PlayerEvent]:
        """Do what is due: take over new connections, steps of a fade, looks at MPD. now: monotonic seconds.

        Returns what has changed.
        """
        self._reports.extend(self._link.take())
        while self._reports:  # what a shortage of memory keeps from being heard now is heard in the next turn
            self._hear(self._reports.popleft(), now)
        due = self.due()
        if due is not None and now >= due:
            with self._keeping_connection():
                self._work(now)
        return self._observer.take()

    def _work(self, now: float) -> None:
        if self._announcer.due is not None:
            if self._announcer.step(self._client, now):
                self._look_again(now)
            return
        if self._changeover.due is not None:
            self._changeover.step(self._client, now)  # first: it goes on where a song has ended
        if now >= self._observer.due:
            self._observer.poll(self._client, now)
        if self._announcer.is_waiting and self._observer.has_told:
            self._changeover.finish(self._client, now)
            self._announcer.begin(self._client, now)
            self._observer.tell_announcing(now)

    def _look_again(self, now: float) -> None:
        """Look at MPD after an announcement; where no hand has ended it, as if we had just connected: then
        what people want of the music holds, whatever has become of it meanwhile."""
        if self._announcer.is_by_hand:
            self._observer.due = now
        else:
            self._observer.begin(now)

    def due(self) -> float | None:
        """When `turn` next has something to do (monotonic); None when only once it wakes us."""
        if self._client is None:
            return None
        if self._announcer.due is not None:
            return self._announcer.due
        step_at = self._changeover.due
        return self._observer.due if step_at is None else min(step_at, self._observer.due)

    def perform(self, action: Action, now: float) -> None:
        """Do what the brain wants; what came of it is in the events of the next `turn`."""
        if isinstance(action, ChangeVolume):
            self._volume.want(action.percent)  # also while MPD is away: it is set once MPD is back
        if isinstance(action, LimitVolume):
            self._volume.limit(action.percent)
        if self._client is None:
            if isinstance(action, Speak):
                self._observer.tell(AnnouncementEnded(action.uri, "MPD is away"))
            return
        self._observer.due = now
        with self._keeping_connection():
            if self._announcer.due is not None and isinstance(action, SUPERFLUOUS):
                return
            if self._announcer.due is not None and isinstance(action, WISHES):
                self._announcer.cut(self._client)
            self._do(action, now)

    @property
    def memory(self) -> QueueMemory:
        """Which entries of MPD's queue are ours: a restart of ours must not lose that."""
        announcer, blend = self._announcer, self._blend
        return replace(self._queue.memory(), interrupted=announcer.interrupted, crossfade=blend.crossfade)

    def close(self) -> None:
        """Leave MPD as it is, at the volume that the listener set."""
        with self._keeping_connection():
            if self._client:
                self._announcer.leave(self._client)
                self._changeover.end(self._client)
                self._blend.end(self._client)
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
                self._stops.expect()  # else the observer would wait to learn who stopped the music
                client.stop()
                self._changeover.end(client)
            case SeekSong(to_s):
                client.seekcur(f"{to_s:.3f}")
            case ResumeGuest():
                self._queue.resume_guest(client)
                self._changeover.end(client)
            case NextInQueue():
                client.next()
                self._changeover.end(client)
            case PreviousInQueue():
                self._queue.go_back(client)
                self._changeover.end(client)
            case ChangeVolume() | LimitVolume():
                self._changeover.mind_volume(client, client.status())
            case Speak():
                self._announcer.add(action)
            case NoteTaste():
                self._likes.note(client, action)
            case MarkSong(uri, verdict):
                self._likes.mark(client, uri, verdict)

    def _hear(self, report: Report, now: float) -> None:
        match report:
            case Connected(client):
                self._meet(client, now)
            case Lost(reason, hangs):
                disconnect(self._client)
                self._lose(reason)
                if hangs:
                    self._rescue.note_silence(now)
                else:
                    self._rescue.note_answer()
            case Stirred(subsystems):
                if "sticker" in subsystems:
                    self._likes.forget()
                # A fade sets the volume at each step, of which MPD tells: those are no news.
                is_our_fade = self._changeover.due is not None and subsystems <= {"mixer"}
                self._observer.due = self._observer.due if is_our_fade else now
            case LibraryChanged():
                self._observer.tell(report)

    def _meet(self, client: Any, now: float) -> None:
        """Take over a new connection."""
        disconnect(self._client)
        self._changeover.forget()
        self._client = client
        with self._keeping_connection():
            self._likes.forget()
            self._blend.begin(client)
            self._volume.insist()  # an MPD that was restarted has forgotten it, and may be loud
            # When MPD began tells whether it is the one whose ids we know (`whose`).
            self._queue.meet(client, now - int(client.stats()["uptime"]))
            self._observer.begin(now)
            self._announcer.meet(client)
            self._rescue.note_answer()

    def _lose(self, reason: str | None) -> None:
        self._client = None
        self._changeover.forget()
        if reason:
            self._observer.tell(PlayerGone(reason))

    @contextmanager
    def _keeping_connection(self) -> Iterator[None]:
        """Whatever MPD or the network does, at the end there is a connection that works, or none."""
        from mpd import CommandError, MPDError

        try:
            yield
        except CommandError as error:
            log.warning("MPD will not do this: %s", _refused(error))
        except (OSError, MPDError, ValueError, KeyError) as error:
            log.debug("MPD: connection ended: %r", error)
            self._link.drop(self._client)
            self._lose(_loss(error, self._address))
        except MemoryError:  # its answer may be half read: the next command would get the rest of it
            self._link.drop(self._client)
            self._lose(None)
            raise


def _refused(error: Exception) -> str:
    """MPD's number for why, and the command. Its words may have the path of a song, which tells the mood."""
    head, brace, _ = str(error).partition("}")
    return head + brace if brace else type(error).__name__


def _loss(error: Exception, address: str) -> str | None:
    """Why MPD is gone; None when the connection merely ended, for it is renewed before anybody is told."""
    if isinstance(error, TimeoutError):
        return f"MPD does not answer within {TIMEOUT_S:g} s; {mpd_again(address)}"
    if isinstance(error, (ValueError, KeyError)):
        return f"MPD's answer makes no sense ({error!r}); is something else in its place?"
    return None
