"""A page with a box behind it that only remembers; and a client that says exactly what it is told."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
from waiting import until

from appliance import config as settings
from appliance.coach.placing import moved_to, pinned
from appliance.coach.report import MoodMusic, Point, Question, Report
from appliance.coach.shelf import Failure, Progress
from appliance.player import Source
from appliance.player.library import LibraryClient
from appliance.protocol.commands import Command
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Frame, Look, Mood, Reading
from appliance.protocol.messages import LibraryChanged, Song
from appliance.protocol.snapshot import Playing, Snapshot
from appliance.protocol.taste import is_allowed
from appliance.taste import Desk
from appliance.web.interface import Interface
from appliance.web.page import Page

SONGS = (Song("happy/1.flac", "One", "Somebody", "First", 200.0),)
LIBRARY = LibraryChanged({"happy": SONGS}, SONGS)
ABOUT = dict.fromkeys(("version", "model", "serial", "hardware"), "1") | {
    "macs": [],
    "id": "a1",
    "name": "Moodbox",
}

PATIENCE_S = 60.0
PASSWORD = "correct horse"
HAPPY = tuple(0.94 if emotion == "happy" else 0.01 for emotion in EMOTIONS)

SHAPE = (480, 640, 3)

Clock: TypeAlias = Callable[[], float]


def free_port() -> int:
    """Not the demo's usual one: the next test, or a box that runs here, may have it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """One browser or script."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    source: str = "127.0.0.1"
    target: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request. body: bytes as they are, anything else as JSON. headers: Host="…", origin="…"."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        link = http.client.HTTPConnection(self.target, self.port, timeout=PATIENCE_S)
        if self.tls:
            link = http.client.HTTPSConnection(self.target, self.port, timeout=PATIENCE_S, context=self.tls)
        try:
            link.request(method, path, body, sent)
            answer = link.getresponse()
            return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
        finally:
            link.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)

    def log_in(self, password: str = PASSWORD) -> Answer:
        """Send the form of the login page; keep the cookie."""
        form = f"password={password.replace(' ', '+')}".encode()
        answer = self.post("/login", form, Content_Type="application/x-www-form-urlencoded")
        if "set-cookie" in answer.headers:
            self.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]
        return answer

    @contextlib.contextmanager
    def stream(self, path: str, buffer: int | None = None) -> Iterator[socket.socket]:
        """A connection that has asked for a stream. buffer: bytes that the kernel takes in for us."""
        link = socket.socket()
        if buffer:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        link.settimeout(PATIENCE_S)
        link.connect((self.target, self.port))
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.target}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        with link:
            yield link


class StillCoach:
    """Remembers what it is told of songs."""

    def __init__(self) -> None:
        self.scans = 0
        self.corrections: list[tuple[str, str]] = []
        moods = tuple(MoodMusic(mood, 2, 0.1, 1) for mood in EMOTIONS)
        song = Question("albums/a.mp3", "Ballad", "Nico", -0.1, -0.3, ("sad", "neutral"))
        self.known = Report(
            songs=16,
            moods=moods,
            missing=(),
            unheard=1,
            unsure=1,
            questions=(song,),
            excluded=0,
            passed_over=0,
            failed=(Failure("broken.mp3", "this is no sound file", True),),
            scan=Progress(16, 15, None, None),
            is_scanning=False,
        )
        self.refusal: Exception | None = None

    def report(self) -> dict[str, object]:
        return self.known.as_json()

    def points(self, folders: Sequence[str] | None) -> list[dict[str, object]]:
        shown = Point("albums/a.mp3", "Ballad", "Nico", -0.1, -0.3, "")
        return [asdict(shown)] if is_allowed(shown.uri, folders) else []

    def correct(self, uri: str, mood: str) -> None:
        if self.refusal:
            raise self.refusal
        self.corrections.append((uri, mood))

    def keepsake(self) -> bytes:
        return b'{"moodbox_corrections": 1, "songs": []}' if self.corrections else b""

    def move(self, uri: str, valence: float, arousal: float) -> dict[str, object]:
        if self.refusal:
            raise self.refusal
        self.corrections.append((uri, moved_to(valence, arousal).mood))
        return {"mood": moved_to(valence, arousal).mood, "before": asdict(pinned("sad"))}

    def scan(self) -> None:
        if self.refusal:
            raise self.refusal
        self.scans += 1


class StillBox:
    """Remembers what it is told; shows what the test puts into it."""

    def __init__(self) -> None:
        self.taken: list[Command] = []
        self.snapshot = Snapshot(
            at=time.monotonic(),
            mood=Mood("happy", time.monotonic(), HAPPY),
            faces=1,
            playing=Playing.MUSIC,
            song=Song("happy/1.flac", "One & <Two>", "Somebody", "", 60.0),
            song_id=7,
            song_mood="happy",
            why="You look happy",
            volume=40,
        )
        self.newest: tuple[Frame, Look] | None = None
        self.reloads = 0
        self.made_colour = 0

    def ask(self, command: Command) -> Future[Snapshot]:
        self.taken.append(command)
        answer: Future[Snapshot] = Future()
        answer.set_result(self.snapshot)
        return answer

    def reload(self) -> None:
        self.reloads += 1

    def see(self, taken_at: float) -> None:
        """A new frame with a happy face in it."""

        def colour() -> np.ndarray:
            self.made_colour += 1
            return np.random.default_rng(int(taken_at * 1000)).integers(0, 255, SHAPE, np.uint8)

        grey = np.zeros((480, 640), np.uint8)
        look = Reading(HAPPY, Box(200, 100, 150, 180), taken_at)
        self.newest = Frame(grey, grey[::2, ::2], colour, taken_at), look
        self.snapshot = replace(self.snapshot, at=time.monotonic(), looked=look, box=look.box)


class Served:
    """A page that is served, as a context manager."""

    def __init__(
        self,
        folder: Path,
        mpd: str = "/nowhere",
        page: dict[str, Any] | None = None,
        clock: Clock = time.monotonic,
        **interface: Any,
    ) -> None:
        """mpd: address of a real one. page, interface: more of the settings, and of what the page is given.
        clock: by which wrong passwords are forgiven.
        """
        self._clock = clock
        self.box, self.coach = StillBox(), StillCoach()
        self.settings_file = folder / "moodbox.toml"
        own = {"address": "127.0.0.1", "folder": str(folder / "page")} | (page or {})
        config = settings.check({"page": own, "mpd": {"address": mpd}}, "test")
        any_port = config.page.model_copy(update={"port": 0})
        sources = {mood: Source(folder=mood) for mood in EMOTIONS}
        given: dict[str, Any] = {
            "settings_file": self.settings_file,
            "songs": lambda: LIBRARY,
            "about": lambda: ABOUT,
        }
        self.interface = Interface(
            config=config.model_copy(update={"page": any_port}),
            ask=self.box.ask,
            snapshot=lambda: self.box.snapshot,
            latest=lambda: self.box.newest,
            library=LibraryClient(mpd, 6600, None, sources),
            coach=self.coach,
            taste=Desk(folder / "music.db"),
            reload=self.box.reload,
            **(given | interface),
        )

    def __enter__(self) -> Served:
        self.page = Page(self.interface, self._clock)
        self.client = Client(self.page.port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.page.close()

    def show(self) -> None:
        """As the service does after each event."""
        self.page.show(self.box.snapshot)

    def keep_showing(self, is_over: Callable[[], bool]) -> None:
        """One new frame after the other, until something is so."""
        moments = iter(range(2, 100_000))

        def next_frame() -> bool:
            self.frame(float(next(moments)))
            return is_over()

        until(next_frame)

    def frame(self, taken_at: float) -> None:
        self.box.see(taken_at)
        self.show()

    def with_password(self) -> Client:
        """Set the password; a client that is logged in. Hashing takes a while, so this does it once."""
        answer = self.client.ask("PUT", "/api/password", {"new": PASSWORD})
        assert answer.status == 200
        cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        return Client(self.page.port, cookie, tls=self.client.tls)

    def change_password(self, client: Client) -> Answer:
        """Set another password from a browser that is logged in."""
        return client.ask("PUT", "/api/password", {"old": PASSWORD, "new": PASSWORD + "!"})
