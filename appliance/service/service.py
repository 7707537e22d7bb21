"""Runs the box: builds its parts, turns its loop, and stops them in reverse. Read this file first.

One thread, this one, owns the brain and MPD's command connection. Every other thread (vision, MPD's idle
connection, buttons, MQTT, the page, the control socket) only puts something into the inbox, or reads the
newest `Snapshot`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance import state
from appliance.announcements import Announcements
from appliance.brain import Brain
from appliance.coach.coach import Coach
from appliance.config import Config
from appliance.files.probation import Probation
from appliance.machine import clock, limits, systemd, upgrade
from appliance.machine.memory import give_back
from appliance.panel import gpio
from appliance.protocol import actions as act
from appliance.protocol.actions import Action
from appliance.protocol.looks import CameraGone, Frame, Look
from appliance.protocol.messages import Event, LibraryChanged, PartChanged, Tick
from appliance.protocol.rest import understood
from appliance.protocol.snapshot import CameraState, Playing, Snapshot
from appliance.service import assembly
from appliance.service.agenda import RETRY_S, Agenda
from appliance.service.boot_times import ASKED, READY, BootTimes
from appliance.service.coaching import Coaching
from appliance.service.ending import Ending
from appliance.service.entrance import Entrance
from appliance.service.inbox import Inbox, Letter, answer
from appliance.service.journal import Journal
from appliance.service.keeping import Keeping
from appliance.service.optional import Need, OptionalPart, OptionalParts
from appliance.service.outside import Outside
from appliance.service.page import make_page
from appliance.service.shutter import Shutter
from appliance.service.tasting import Tasting

if TYPE_CHECKING:
    from appliance.vision import Vision

TURN_S = 1.0
"""The loop turns at least this often; the watchdog's time must be several times as long."""

FIRST_SONG_S = 2.0
"""At the start the camera waits for the music, but no longer than this: at boot MPD comes up beside us."""

Show = Callable[[Snapshot], None]
"""Something that shows the box: light, page, MQTT, demo. Called from the service's thread; must not block."""

log = logging.getLogger(__name__)


class Service:
    """Owns every part of the box and the loop in which they work. `run` plays until `stop`."""

    def __init__(
        self,
        config: Config,
        shows: Iterable[Show] = (),
        safe: str | None = None,
        settings_file: Path | None = None,
        problems: tuple[str, ...] = (),
        open_pins: Callable[[], Any] = gpio.open_factory,
        news: Callable[[], upgrade.News] = upgrade.news,
    ) -> None:
        """safe: why the box is in safe mode, music and page without a camera; None when it is not.
        settings_file: the owner's, for the page to write. problems: what is wrong in it.
        open_pins: gives gpiozero's pin factory, or raises PanelLost. news: what is known of releases.
        """
        now = time.monotonic()
        self._boot_times = BootTimes(systemd.runtime_folder())
        self._probation = Probation(settings_file, now)
        self._settings_file, self._problems = settings_file, problems
        self._config, self._safe = config, safe
        self._tick_at = now
        self._inbox = Inbox()
        self._ending = Ending(self._inbox.nudge)
        self._optional = OptionalParts(self._inbox.put, now)
        self._need = Need(self._optional, self._inbox.put)
        self._boot = state.boot_id()
        memory, trouble = assembly.remember(config)
        self._tasting = Tasting(config, self._inbox.put)
        taste, self._at_rest = self._tasting.taste, self._tasting.at_rest
        settings = assembly.brain_settings(config)
        self._brain = Brain(settings, now, memory=memory, taste=taste, at_rest=self._at_rest)
        self._keeping = Keeping(config.state.file, assembly.camera_choice(config, memory))
        self._shutter = Shutter(self._keeping.choose)
        self._brain.handle(PartChanged("state", trouble), now)
        self._brain.handle(PartChanged("settings", "; ".join(problems) or None), now)
        self._brain.handle(PartChanged("change", self._probation.told), now)
        self._agenda = Agenda(self._decide, self._perform, self._show)
        self._snapshot = self._brain.snapshot(now)
        self._shows = [Journal(self._snapshot.degraded).show, *shows]
        self._places = assembly.places(config, lambda: self._player.place())
        placed_anew = self._places.nudge if self._places else lambda: None
        self._coaching = Coaching(Coach(config, settings_file), lambda: self._player.library, placed_anew)
        placed = self._places.now if self._places else dict
        self._player = assembly.player(config, memory, self._inbox.nudge, placed)
        self._announcements = Announcements(self._inbox.tell, config.mpd.address)
        parts = self._inbox, self._shutter, self._optional, self._player, self._announcements
        quiet, keeps = config.quiet.effect, self._at_rest is not None
        self._entrance = Entrance(*parts, lambda: self.snapshot, quiet, news, keeps)
        self._vision: Vision | None = None
        self._outside = Outside(
            config, self._entrance, self._inbox, self._optional, lambda: self.snapshot, safe, open_pins
        )

    @property
    def snapshot(self) -> Snapshot:
        """The box as it last was; any thread may ask."""
        box = replace(self._snapshot, camera_kept=self._keeping.is_kept)
        if self._shutter.is_closing:
            return replace(box, camera=CameraState.OFF, faces=0, box=None, looked=None)
        return box

    @property
    def wants_reload(self) -> bool:
        """Whether `run` ends, or has ended, to begin anew: not so once it was told to `stop`, by whomever."""
        return self._ending.begins_anew

    def run(self) -> None:
        """Play until `stop`. Music is asked for before the camera is even open."""
        with ExitStack() as running:
            self._outside.open_control(running)  # first: it tells whether another box runs already
            running.callback(self._announcements.close)
            running.callback(self._player.close)
            running.callback(self._coaching.coach.close)
            if self._places:
                self._places.start()
                running.callback(self._places.close)
            self._keeping.open(running, self._keep_now)
            self._ask_for_music()
            self._tasting.open(running)  # only now: what it reads would hold up the first song
            self._outside.open_panel(running)  # before the camera, whose light it has
            if self._safe is None:
                self._vision = assembly.vision(self._config, self._inbox, self._outside.tell_sensor)
                running.callback(self._vision.stop)
                self._shutter.attach(self._vision)
                if self.snapshot.camera is CameraState.OFF:
                    self._shutter.close()
                self._vision.start()
            else:
                self._inbox.see(CameraGone(self._safe, time.monotonic()))
            self._outside.open_late(running, self._page)
            self._boot_times.set(READY)
            systemd.ready()
            running.callback(self._take_leave)
            while not self._ending.is_near:
                self._turn_in_need(self._next_letter())
                systemd.watchdog()  # progress feeds it: a loop that hangs is restarted
        if self.wants_reload:  # for the demo, which begins anew inside its process and would grow each time
            give_back()

    def _ask_for_music(self) -> None:
        """Turn until MPD was asked for a song or plays one: what the camera imports would hold it up."""
        now = time.monotonic()
        deadline = now + FIRST_SONG_S
        while now < deadline and not self._ending.is_near:
            self._turn_in_need(self._next_letter(deadline - now))
            if (
                self._boot_times.has(ASKED)
                or self._snapshot.song
                or self._snapshot.playing is not Playing.MUSIC
            ):
                return
            now = time.monotonic()

    def stop(self) -> None:
        """Make `run` return; safe in a signal handler and from any thread."""
        self._ending.for_good()

    def reload(self) -> None:
        """Make `run` return, for whoever called it to begin anew with the settings as they are now."""
        self._ending.anew()

    def _take_leave(self) -> None:
        if self.wants_reload:
            is_wanted = self._brain.memory(time.monotonic()).camera_on
            assembly.hand_on(is_wanted and not self._shutter.is_closing, self._snapshot)
        else:  # told to systemd, it would kill the service that begins anew
            systemd.stopping()

    def _page(self) -> OptionalPart:
        self._need.make_sure(time.monotonic())
        return make_page(
            self._config,
            ask=self._entrance.ask,
            snapshot=lambda: self.snapshot,
            latest=self._latest,
            counts=lambda: self._player.counts,
            songs=lambda: self._player.library,
            coach=self._coaching,
            reload=self.reload,
            settings_file=self._settings_file,
            problems=self._problems,
            visited=self._probation.visited,
            refused=lambda: self._outside.refused(),
            news=self._entrance.news,
        )

    def _latest(self) -> tuple[Frame, Look] | None:
        """The newest frame, and the look at it as it is understood of who listens."""
        newest = self._vision.latest() if self._vision else None
        if newest is None or self._at_rest is None:
            return newest
        frame, look = newest
        return frame, understood(look, self._at_rest(self._snapshot.person))

    def _turn_in_need(self, letter: Letter | None) -> None:
        """Turn once; where file handles, threads or memory are short the page goes before the music does.

        Such a turn ends there, and the next one goes on; any other error ends the process, and systemd begins
        it anew.
        """
        try:
            self._turn(letter)
        except (OSError, RuntimeError, MemoryError) as error:
            short = limits.named(error)
            if short is None:
                raise
            log.warning("out of %s: %s", short, error)
            self._need.give_way(short, time.monotonic())

    def _turn(self, letter: Letter | None) -> None:
        """Turn once: take one event in, and do everything that follows from it.

        What a shortage leaves undone stays on the agenda: the next turn does it.
        """
        if letter:
            self._agenda.take(letter)
        self._agenda.add(self._tick())
        self._agenda.work()  # before MPD is met: in quiet hours it is to find their limit from the first
        self._agenda.add(self._player.turn(time.monotonic()))
        while not self._agenda.is_done:  # what an action made MPD do is heard in this turn, before the answer
            self._agenda.work()
            self._agenda.add(self._player.turn(time.monotonic()))
        for done in self._agenda.answerable():
            self._shutter.passed(done.event)
            if done.answer:
                answer(done.answer, self.snapshot)

    def _next_letter(self, longest_s: float = TURN_S) -> Letter | None:
        """Wait for what is to be done next; first comes what the last turn has left undone."""
        if self._agenda.is_done:
            return self._inbox.get(min(longest_s, self._patience_s()))
        self._ending.wait(RETRY_S)
        return None

    def _tick(self) -> list[Event]:
        """Tell the parts that time passes, once a second whatever else happens."""
        now = time.monotonic()
        if now < self._tick_at:
            return []
        self._tick_at = now + TURN_S
        if self._probation.take_back(now):
            self.reload()
        self._need.check(now)
        if "player" not in self._snapshot.degraded:
            for mark in self._tasting.marks():
                self._player.perform(mark, now)
        self._keep_now()
        return [Tick(clock.now(), clock.zone()), *self._keeping.news()]

    def _decide(self, event: Event) -> list[Action]:
        if isinstance(event, LibraryChanged):
            self._tasting.hear(event)
        return self._brain.handle(event, time.monotonic())

    def _keep_now(self) -> None:
        now = time.monotonic()
        memory = self._brain.memory(now)
        self._shutter.keep(memory.camera_on)  # before anything else: privacy comes first
        self._keeping.keep(replace(memory, boot=self._boot, queue=self._player.memory), now)

    def _show(self) -> None:
        before, self._snapshot = self._snapshot, self._brain.snapshot(time.monotonic())
        if before.announcing != self._snapshot.announcing:
            self._keep_now()
        shown = self.snapshot
        for show in self._shows:
            show(shown)
        self._optional.show(shown)

    def _perform(self, action: Action) -> None:
        match action:
            case act.OpenCamera():
                self._shutter.open()
                self._keep_now()
            case act.CloseCamera():
                self._shutter.close()
                self._keep_now()
            case act.ShutDown():
                self._ask_systemd(systemd.power_off, "power", "the box cannot switch itself off")
            case act.Upgrade():
                self._ask_systemd(systemd.install_update, "update", "no update can be asked for")
            case act.FetchAnnouncement():
                self._announcements.take(action)
            case act.ForgetAnnouncement(uri):
                self._announcements.forget(uri)
            case act.KeepRest() | act.TakeBack():
                self._tasting.perform(action)
            case _:
                self._tasting.perform(action)
                self._player.perform(action, time.monotonic())
                if isinstance(action, act.StartSong | act.ResumeMusic):
                    self._boot_times.set(ASKED)

    def _ask_systemd(self, order: Callable[[], None], part: str, otherwise: str) -> None:
        try:
            order()
        except OSError as error:
            self._inbox.put(PartChanged(part, f"{otherwise} ({error})"))

    def _patience_s(self) -> float:
        due = self._player.due()
        return TURN_S if due is None else min(TURN_S, max(0.0, due - time.monotonic()))
