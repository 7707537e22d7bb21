"""Keep a connection to the broker up for good, in a thread of its own.

Whatever ends it (broker down at boot, restarted, gone for an hour, refusing the password), it is tried again
after a growing, jittered pause. paho could do so itself, but without jitter, and it tells no reason for a
failed connection (docs/decisions/mqtt.md).
"""

from __future__ import annotations

import contextlib
import logging
import math
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.errors import BrokerLost, ConfigError
from appliance.homeassistant.broker import KEEPALIVE_S, Broker
from appliance.homeassistant.paho_client import require_paho
from appliance.homeassistant.session import FAREWELL_S, Session
from appliance.homeassistant.terms import Caution, Message

STEADY_S = 10.0
"""Seconds after which a connection was a good one: the next pause is a short one again."""

log = logging.getLogger(__name__)


class Talk(Protocol):
    """Whoever says and hears something on the connection; called by the link's thread only."""

    def begin(self, session: Session) -> None:
        """Take a connection that is up."""

    def receive(self, topic: str, payload: bytes, retained: bool) -> None: ...

    def speak(self, now: float) -> float | None:
        """Send what is due. Returns when to be asked again if nothing happens before, monotonic seconds."""

    def last_words(self) -> Message:
        """Return what is left behind at a clean end, and as the will."""

    def report(self, reason: str | None) -> None:
        """Take why the connection does not work; None when it does."""


@dataclass(frozen=True)
class Pauses:
    """Pauses between attempts: doubled each time, with jitter so that not all boxes come back at once."""

    first_s: float = 1.0
    longest_s: float = 60.0

    def after(self, failures: int, chance: float) -> float:
        """Return the seconds to wait after so many failures in a row (at least one). chance: from 0 to 1."""
        return min(self.longest_s, self.first_s * 2 ** min(failures - 1, 20)) * (0.5 + chance)


class Link:
    """A connection that is kept up until `close`."""

    def __init__(self, broker: Callable[[], Broker], talk: Talk, pauses: Pauses | None = None) -> None:
        """broker: asked anew for each connection, because passwords and certificates are renewed.

        Raises ConfigError when paho is not installed.
        """
        require_paho()
        self._broker, self._talk, self._pauses = broker, talk, pauses or Pauses()
        self._caution = Caution()
        self._up_at = math.inf
        """When the connection came up; infinite before, so that one that never did counts as not steady."""
        self._closing = threading.Event()
        # Sockets and no event: the thread waits for this and for the broker at once.
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let the talk speak, because there is news. Any thread may call; it never waits."""
        with contextlib.suppress(OSError):  # full: it will wake up anyway; closed: too late
            self._waker.send(b"\0")

    def close(self, patience_s: float = 2 * FAREWELL_S) -> None:
        """Say the last words and end; a broker that hangs is not waited for."""
        self._closing.set()
        self.wake()
        self._thread.join(patience_s)

    def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            self._up_at = math.inf
            try:
                self._serve()
            except (BrokerLost, ConfigError) as error:
                self._talk.report(str(error))
            except Exception:
                log.exception("MQTT stumbled; connecting anew")
                self._talk.report("stumbled over a fault of its own (the log has it); trying again")
            failures = 1 if time.monotonic() - self._up_at > STEADY_S else failures + 1
            self._closing.wait(self._pauses.after(failures, random.random()))
        self._wake.close()
        self._waker.close()

    def _serve(self) -> None:
        """Serve one connection until it is lost or we are closed.

        Each has a client of its own, so that nothing old is said after an outage.
        """
        will = self._talk.last_words()
        with Session(self._broker(), self._talk.receive, will, self._caution) as session:
            self._up_at = time.monotonic()
            self._talk.begin(session)
            while not self._closing.is_set():
                self._talk.report(session.refused)
                next_at = self._talk.speak(time.monotonic())
                wait_s = KEEPALIVE_S if next_at is None else max(0.0, next_at - time.monotonic())
                session.turn(wait_s, self._wake)
            session.publish(self._talk.last_words())
