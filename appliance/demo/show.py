"""`moodbox demo`: the whole service on this machine, with an MPD and a music library of its own."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import tomlkit

from appliance import config as settings
from appliance.config import Config
from appliance.demo.material import material
from appliance.demo.private_mpd import PrivateMpd
from appliance.demo.story import Story, table
from appliance.machine.machine import ways
from appliance.service.service import Service

PORT = 8080
RECORDING = "recording"


def run(
    camera: str,
    duration_s: float | None,
    as_json: bool,
    stop_on_signals: Callable[[Callable[[], None]], None],
) -> int:
    """Run the demo until the time is over or a signal comes.

    Returns the exit status: 0 only if faces led to music.

    camera: "recording" for the demo's own, else as `camera.source` in the settings.
    """
    settings.check({"camera": {"source": camera}} if camera != RECORDING else {}, "--camera")
    made = material(say=tell)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="moodbox-")))
        mpd = running.enter_context(PrivateMpd(folder, made.music, sound=True))
        source = f"replay:{made.recording}" if camera == RECORDING else camera
        own = _settings(folder, source, mpd.address, page_port(running))
        story = Story(tell, time.monotonic())
        show = Show(own, story)
        stop_on_signals(show.stop)
        if duration_s is not None:
            timer = threading.Timer(duration_s, show.stop)
            running.callback(timer.cancel)
            timer.start()
        _invite("a drawn listener" if camera == RECORDING else camera, settings.load(own))
        show.run()
        outcome = story.outcome(time.monotonic())
    tell(f"\n{table(outcome)}\n")
    if as_json:
        tell(json.dumps(outcome, ensure_ascii=False))
    return 0 if outcome["songs"] else 1


def tell(line: str) -> None:
    print(line, flush=True)


class Show:
    """The service, begun anew whenever somebody changes its settings on the page."""

    def __init__(self, own: Path, story: Story) -> None:
        self._own, self._story = own, story
        self._stopped = False
        self._service: Service | None = None

    def run(self) -> None:
        while not self._stopped:
            self._service = Service(settings.load(self._own), [self._story.show], settings_file=self._own)
            if not self._stopped:
                self._service.run()
            self._stopped = self._stopped or not self._service.wants_reload

    def stop(self) -> None:
        """End the service and begin no other. Safe in a signal handler and from any thread."""
        self._stopped = True
        if self._service:
            self._service.stop()


def _settings(folder: Path, source: str, mpd: str, port: int) -> Path:
    """Settings with everything private to this run, and a patience that suits a half-minute film."""
    own = {
        "camera": {"source": source},
        "music": {"least_play_s": 1.5, "fade_s": 1.0},
        "mpd": {"address": mpd},
        "control": {"socket": str(folder / "control")},
        "state": {"file": str(folder / "state.json"), "music": str(folder / "music.db")},
        "page": {"address": "127.0.0.1", "port": port, "folder": str(folder / "page")},
    }
    settings.check(own, "demo")
    path = folder / "moodbox.toml"
    path.write_text(tomlkit.dumps(own), encoding="utf-8")
    return path


def page_port(running: ExitStack) -> int:
    """The port for the page: 8080, or any free one where something else listens there.

    The page opens it later, and two demos may start together: until `running` ends, a name that a machine has
    only once keeps the usual one for us.
    """
    claim = running.enter_context(socket.socket(socket.AF_UNIX))
    with suppress(OSError), socket.socket() as probe:
        claim.bind(f"\0moodbox-demo-{PORT}")
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", PORT))
        return PORT
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free: int = probe.getsockname()[1]
        return free


def _invite(watched: str, config: Config) -> None:
    tell(f"\nWatching {watched}; Ctrl-C ends it. Steer it from another terminal:")
    tell(f"  {ways().command} --socket {config.control.socket} skip      (or pause, mood happy, status …)")
    tell(f"Its MPD, for any client of MPD: {config.mpd.address}")
    tell(f"The page: http://127.0.0.1:{config.page.port}\n")
