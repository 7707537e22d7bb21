"""Keep where the box was announced, so that a changed id or prefix leaves nothing behind at the broker."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from appliance.config.mqtt import Mqtt
from appliance.files.foreign import NOT_OURS, is_blank, trouble_with
from appliance.files.whole import read_plain, read_text, write_whole
from appliance.homeassistant import discovery
from appliance.homeassistant.entities import Device, node
from appliance.homeassistant.session import Session
from appliance.homeassistant.terms import Message

MOST_PLACES = 20
MOST_FOUND = 500
"""How many topics are emptied at most, whoever filled them."""
GHOST_S = 60.0
"""Seconds in which the broker finds that a box is gone: half as long again as our keep-alive, and some."""
LATE_S = 1.0
"""Seconds after our own announcement, for what the broker is still handing over."""
PLACE = re.compile(r"[A-Za-z0-9_-]{1,40}"), re.compile(r"[^+#/$\0][^+#\0]*"), re.compile(r"[^+#/$\0][^+#\0]*")

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A place at a broker: the names under which a box is there."""

    id: str
    prefix: str
    discovery_prefix: str

    @property
    def base(self) -> str:
        """Return the prefix of the box's topics there."""
        return f"{self.prefix}/{self.id}"

    @property
    def box(self) -> Device:
        """Return the device there, as far as its topics go."""
        return Device(self.id, self.base, "", "")

    def topics(self) -> list[str]:
        """Return the topics, with wildcards, on which something of the box may lie."""
        return [*discovery.places(self.box, self.discovery_prefix), f"{self.base}/#"]

    def has(self, topic: str) -> bool:
        """Return whether the topic is one of this place."""
        announced = topic.startswith(f"{self.discovery_prefix}/") and topic.endswith("/config")
        return topic.startswith(f"{self.base}/") or (announced and f"/{node(self.box)}/" in topic)


def place_of(settings: Mqtt, box: Device) -> Place:
    """Return the place where these settings announce the box."""
    return Place(box.id, settings.prefix, settings.discovery_prefix)


def traces_file(state: Path) -> Path:
    """Return the traces' file, which lies beside the state's."""
    return state.with_name(state.name + ".mqtt")


class Traces:
    """The places where the box was announced, in a file: a JSON list, the newest last. For one thread."""

    def __init__(self, file: Path | None) -> None:
        """Read the file. file: None where nothing is kept."""
        self._file = file if file and _is_ours(file) else None
        self.places: Sequence[Place] = _read(self._file) if self._file else []

    def add(self, place: Place) -> None:
        """Take note that the box is announced here from now on."""
        self._write([*(each for each in self.places if each != place), place])

    def forget(self, place: Place) -> None:
        """Take note that nothing of the box is left there."""
        self._write([each for each in self.places if each != place])

    def _write(self, places: Sequence[Place]) -> None:
        if self._file is None or [*self.places] == [*places]:
            return
        self.places = places[-MOST_PLACES:]
        try:
            write_whole(self._file, json.dumps(self.places).encode(), 0o640)
        except OSError as error:  # of a disk about which the state complains, too
            log.warning("%s: %s; a changed id or prefix may leave topics behind", self._file, error.strerror)


def _is_ours(file: Path) -> bool:
    """Return whether nothing lies there but what was written here, however damaged."""
    problem = trouble_with(file)
    with suppress(OSError):
        begin = b"" if problem else read_plain(file, 64)
        problem = problem or (None if is_blank(begin) or begin.startswith(b"[") else NOT_OURS)
    if problem:
        log.warning("%s: %s; a changed id or prefix may leave topics behind", file, problem)
    return problem is None


def _read(file: Path) -> list[Place]:
    try:
        said = json.loads(read_text(file))
    except (OSError, ValueError, RecursionError):
        return []
    rows = said if isinstance(said, list) else []
    return [Place(*row) for row in rows if _is_place(row)][-MOST_PLACES:]


def _is_place(row: object) -> bool:
    """Return whether the file's row is a place without a wildcard, which would empty other boxes' topics."""
    return (
        isinstance(row, list)
        and len(row) == len(PLACE)
        and all(isinstance(word, str) and form.fullmatch(word) for form, word in zip(PLACE, row, strict=True))
    )


class Sweep:
    """Empties, on one connection, the places where the box was, once it is announced where it is now."""

    def __init__(self, session: Session, place: Place, traces: Traces, now: float) -> None:
        self._session, self._place, self._traces = session, place, traces
        traces.add(place)
        self._former = [each for each in traces.places if each != place]
        self._found: dict[str, str] = {}
        self._late_at: float | None = None
        self._ghost_at = now + GHOST_S
        session.subscribe([topic for each in self._former for topic in self._topics(each)])

    def takes(self, topic: str, payload: bytes) -> bool:
        """Take something that came in. Returns whether it is about a former place."""
        if self._place.has(topic) or not any(each.has(topic) for each in self._former):
            return False
        if topic in self._found or len(self._found) < MOST_FOUND:
            self._found[topic] = payload[:100].decode("utf-8", "replace")
        return True

    def speak(self, is_settled: bool, now: float) -> float | None:
        """Empty what can be. is_settled: whether the box is announced. Returns when to be called again."""
        if not self._former or not is_settled:
            return None
        if self._late_at is None:
            self._late_at = now + LATE_S
        if now < self._late_at:
            return self._late_at
        for place in [*self._former]:
            if not self._is_inhabited(place):
                self._empty(place)
            elif now >= self._ghost_at:
                log.warning("mqtt: another box is at %s now; what was ours there is left to it", place.base)
                self._leave(place)
        return self._ghost_at if self._former else None

    def _is_inhabited(self, place: Place) -> bool:
        """Return whether a box is online there: another one, or we, before the broker knows better."""
        return place.base != self._place.base and self._found.get(f"{place.base}/status") == "online"

    def _empty(self, place: Place) -> None:
        for topic, payload in self._found.items():
            if payload and place.has(topic):
                self._session.publish(Message(topic, ""))
        self._leave(place)

    def _leave(self, place: Place) -> None:
        self._session.unsubscribe(self._topics(place))
        self._former.remove(place)
        self._traces.forget(place)

    def _topics(self, place: Place) -> list[str]:
        return [topic for topic in place.topics() if topic not in self._place.topics()]
