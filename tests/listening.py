"""A player under test, its MPD (real or simulated), and a guest who uses the same MPD."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from simulated_mpd import SimulatedMpd

from appliance.demo.private_mpd import PrivateMpd
from appliance.player import Player, Source
from appliance.player.link import Connected, Link, MpdLink, Report
from appliance.protocol.actions import Action
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.memory import QueueMemory
from appliance.protocol.messages import LibraryChanged, Pick, PlayerChanged, PlayerEvent, Song

FOLDERS = {mood: Source(folder=mood) for mood in EMOTIONS}
PATIENCE_S = 45.0
"""Before a test gives up; never waited for when all is well."""
MOST_AT_ONCE_S = 0.03
"""The player's time goes on by at most this: a busy machine that stands still for seconds skips no step."""

Wire = list[tuple[str, tuple[Any, ...]]]
"""Commands as they go out: name and arguments."""


class Tap:
    """A client that writes down what passes."""

    def __init__(self, client: Any, wire: Wire) -> None:
        self.client, self._wire = client, wire

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)

        def passed(*arguments: Any) -> Any:
            self._wire.append((name, arguments))
            return method(*arguments)

        return passed


class TappedLink:
    """A link whose connections for commands are tapped."""

    def __init__(self, link: Callable[..., Link], wire: Wire, *arguments: Any) -> None:
        self.link, self._wire = link(*arguments), wire

    @property
    def counts(self) -> Mapping[str, int]:
        return self.link.counts

    @property
    def library(self) -> LibraryChanged | None:
        return self.link.library

    def place(self) -> None:
        self.link.place()

    def take(self) -> list[Report]:
        return [
            Connected(Tap(report.client, self._wire)) if isinstance(report, Connected) else report
            for report in self.link.take()
        ]

    def drop(self, client: Any) -> None:
        self.link.drop(client.client)

    def close(self) -> None:
        self.link.close()


class Listening:
    """Turns a player's wheel by the real clock, as the service does, and hears what it says."""

    def __init__(
        self,
        address: str,
        sources: Mapping[str, Source] = FOLDERS,
        fade_s: float = 0.6,
        start_volume: int | None = 50,
        max_volume: int = 80,
        password: str | None = None,
        port: int = 0,
        link: Callable[..., Link] = MpdLink,
        restart: Callable[[], None] | None = None,
        known: QueueMemory | None = None,
        blend_s: float = 0.0,
    ) -> None:
        self.heard: list[PlayerEvent] = []
        self.wire: Wire = []
        self._unseen = 0
        self._time = self._real = time.monotonic()
        self._woken = threading.Event()
        self.player = Player(
            address=address,
            port=port,
            password=password,
            sources=sources,
            fade_s=fade_s,
            start_volume=start_volume,
            max_volume=max_volume,
            wake=self.wake,
            link=partial(TappedLink, link, self.wire),
            restart=restart,
            known=known,
            clock=self.now,
            blend_s=blend_s,
        )

    def close(self) -> None:
        self.player.close()

    # --- time --------------------------------------------------------------------------------------------

    def now(self) -> float:
        """The player's time."""
        real = time.monotonic()
        self._time += min(real - self._real, MOST_AT_ONCE_S)
        self._real = real
        return self._time

    def patience(self) -> float:
        """The time by which a test gives up."""
        return time.monotonic()

    def wake(self) -> None:
        """Called from the link's threads."""
        self._woken.set()

    def wait(self, until: float) -> None:
        """Wait as the service does; time goes on by that, whatever the machine makes of it."""
        wish = max(0.0, until - self.now())
        self._woken.wait(wish)
        self._woken.clear()
        real = time.monotonic()
        self._time += min(real - self._real, wish + MOST_AT_ONCE_S)
        self._real = real

    # --- the wheel ---------------------------------------------------------------------------------------

    def perform(self, *actions: Action) -> None:
        for action in actions:
            self.player.perform(action, self.now())

    def until(self, is_wanted: Callable[[PlayerEvent], bool], within_s: float = PATIENCE_S) -> Any:
        """Turn until an event that nobody has asked for yet is the wanted one; return it."""
        deadline = self.patience() + within_s
        while self.patience() < deadline:
            self.turn()
            while self._unseen < len(self.heard):
                self._unseen += 1
                if is_wanted(self.heard[self._unseen - 1]):
                    return self.heard[self._unseen - 1]
            self.wait(self._due())
        raise AssertionError("never heard; but\n" + "\n".join(str(event)[:400] for event in self.heard[-8:]))

    def until_so(self, is_so: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Turn until something is so."""
        deadline = self.patience() + within_s
        while not is_so():
            assert self.patience() < deadline, "never came to be"
            self.turn()
            self.wait(min(self._due(), self.now() + 0.02))

    def _due(self) -> float:
        due = self.player.due()
        return self.now() + 1.0 if due is None else due

    def turn(self) -> None:
        self.heard += self.player.turn(self.now())

    # --- what was heard ----------------------------------------------------------------------------------

    def until_playing(self, song: Song, within_s: float = PATIENCE_S) -> PlayerChanged:
        found: PlayerChanged = self.until(
            lambda event: isinstance(event, PlayerChanged) and event.state == "play" and event.song == song,
            within_s,
        )
        return found

    def until_state(self, state: str) -> PlayerChanged:
        found: PlayerChanged = self.until(
            lambda event: isinstance(event, PlayerChanged) and event.state == state
        )
        return found

    def until_ready(self) -> None:
        """Until there is a connection and a library, in whichever order they come."""
        kinds = (LibraryChanged, PlayerChanged)
        self.until_so(lambda: all(any(isinstance(event, kind) for event in self.heard) for kind in kinds))
        self._unseen = len(self.heard)

    def until_library(self) -> LibraryChanged:
        found: LibraryChanged = self.until(lambda event: isinstance(event, LibraryChanged))
        return found

    @property
    def library(self) -> LibraryChanged:
        """As last heard."""
        return next(event for event in reversed(self.heard) if isinstance(event, LibraryChanged))

    def pick(self, mood: str, number: int = 0) -> Pick:
        """One of the mood's songs."""
        return Pick(self.library.by_mood[mood][number], mood, "because of the test")

    def volumes(self) -> list[int]:
        """Every volume that was written, in order."""
        return [arguments[0] for name, arguments in self.wire if name == "setvol"]


class RealListening(Listening):
    """With a real MPD, and a guest on a connection of its own."""

    def __init__(self, server: PrivateMpd, **settings: Any) -> None:
        super().__init__(server.address, **settings)
        self.guest = server.client()

    def close(self) -> None:
        super().close()
        self.guest.disconnect()


class SimulatedListening(Listening):
    """With the simulated MPD, in its time."""

    def __init__(self, box: SimulatedMpd, **settings: Any) -> None:
        self.box = box
        self.guest = box.client()
        super().__init__("simulated", link=box.link, **settings)

    def now(self) -> float:
        return self.box.clock.now

    def patience(self) -> float:
        return self.box.clock.now

    def wait(self, until: float) -> None:
        if not self._woken.is_set():
            self.box.clock.now = max(self.now(), min(until, self.box.ends_at() or until))
        self._woken.clear()
