"""`moodbox demo`: the whole service on this machine, with an MPD and a music library of its own."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from appliance import config as settings
from appliance.config import Config
from appliance.demo.material import material
from appliance.demo.private_mpd import PrivateMpd
from appliance.demo.story import Story, table
from appliance.service import Service


def run(
    camera: str,
    duration_s: float | None,
    as_json: bool,
    stop_on_signals: Callable[[Callable[[], None]], None],
) -> int:
    """Run until the time is over or a signal comes. Returns the exit status: 0 only if faces led to music.

    camera: "recording" for the demo's own, else as `camera.source` in the settings.
    """
    made = material(cache(), tell)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="moodbox-")))
        mpd = running.enter_context(PrivateMpd(folder, made.music, sound=True))
        source = f"replay:{made.recording}" if camera == "recording" else camera
        config = _settings(source, mpd.address, folder / "control")
        story = Story(tell, time.monotonic())
        service = Service(config, [story.show])
        stop_on_signals(service.stop)
        if duration_s is not None:
            timer = threading.Timer(duration_s, service.stop)
            running.callback(timer.cancel)
            timer.start()
        _invite(source, config)
        service.run()
        outcome = story.outcome(time.monotonic())
    tell(f"\n{table(outcome)}\n")
    if as_json:
        tell(json.dumps(outcome, ensure_ascii=False))
    return 0 if outcome["songs"] else 1


def cache() -> Path:
    """Where generated and fetched files are kept between runs."""
    return Path(os.environ.get("MOODBOX_CACHE") or "~/.cache/moodbox").expanduser()


def tell(line: str) -> None:
    print(line, flush=True)


def _settings(source: str, mpd: str, control: Path) -> Config:
    """The defaults, with everything private to this run and a patience that suits a half-minute film."""
    overrides = {
        "camera": {"source": source},
        "music": {"least_play_s": 1.5, "fade_s": 1.0},
        "mpd": {"address": mpd},
        "control": {"socket": str(control)},
        "state": {"file": ""},
    }
    return settings.check({}, "demo", overrides)


def _invite(source: str, config: Config) -> None:
    tell(f"Watching {source}; Ctrl-C ends it. Steer it from another terminal:")
    tell(f"  .venv/bin/moodbox --socket {config.control.socket} skip      (or pause, mood happy, status …)")
    tell(f"  mpc --host {config.mpd.address} status\n")
