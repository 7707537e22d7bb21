"""Metrics: numbers for Prometheus, in its text format. They name no emotion and no song."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import appliance
from appliance.errors import PlayerLost, PlayerRefused
from appliance.machine.heat import soc_temperature
from appliance.protocol.looks import Reading
from appliance.protocol.snapshot import CameraState, Playing, Snapshot
from appliance.web.shared import PageParts

STALE_S = 15.0
"""Seconds after which a loop that has not turned hangs; it turns every second."""


def text(parts: PageParts) -> str:
    """Return all metrics as Prometheus reads them."""
    return "".join(_lines(parts))


def _lines(parts: PageParts) -> Iterator[str]:
    snapshot, now = parts.interface.snapshot(), time.monotonic()
    yield _gauge("moodbox_info", "Which version runs.", 1, f'version="{appliance.__version__}"')
    yield _gauge(
        "moodbox_loop_age_seconds", "Since the service's loop last turned.", round(now - snapshot.at, 3)
    )
    yield _gauge("moodbox_playing", "1 while music plays.", int(snapshot.playing is Playing.MUSIC))
    yield _gauge("moodbox_volume_percent", "Volume, as set.", snapshot.volume)
    yield _gauge("moodbox_camera_on", "1 while the camera is in use.", int(snapshot.camera is CameraState.ON))
    yield _gauge("moodbox_faces", "Faces in view.", snapshot.faces)
    yield _gauge("moodbox_start_time_seconds", "When the service began, in Unix time.", _started_at())
    yield _gauge("moodbox_temperature_celsius", "Of the processor.", soc_temperature())
    with suppress(PlayerLost, PlayerRefused):
        yield _gauge("moodbox_songs", "Songs of all moods.", sum(parts.interface.library.counts().values()))
    yield _gauge("moodbox_degraded_parts", "Parts of the box that do not work.", len(snapshot.degraded))
    yield from _degraded(snapshot)
    refused = "Orders over MQTT that made no sense, or were not allowed."
    yield _counter("moodbox_orders_refused_total", refused, parts.interface.refused())
    yield _gauge(
        "moodbox_picture_viewers",
        "Who watch the live picture.",
        parts.live_picture.taken + parts.labelled.taken,
    )
    yield _gauge("moodbox_event_readers", "Who read the events.", parts.events.taken)
    yield _counter("moodbox_looks_total", "Looks at a listener's face.", parts.events.looks)
    encoded = parts.live_picture.encoded + parts.labelled.encoded
    yield _counter("moodbox_pictures_encoded_total", "Live pictures made.", encoded)
    if isinstance(snapshot.looked, Reading):
        yield from _stages(snapshot.looked)


def _degraded(snapshot: Snapshot) -> Iterator[str]:
    name = "moodbox_degraded"
    yield f"# HELP {name} 1 for each part of the box that does not work.\n# TYPE {name} gauge\n"
    for part in sorted(snapshot.degraded):
        yield f'{name}{{part="{part}"}} 1\n'


def _started_at() -> float:
    """Return when this process began: the clock on the wall may have been set since, its age may not."""
    stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
    ticks = int(stat.rpartition(")")[2].split()[19])  # field 22 of proc_pid_stat(5)
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return round(time.time() - age_s, 1)


def _stages(look: Reading) -> Iterator[str]:
    name = "moodbox_stage_seconds"
    yield f"# HELP {name} What each stage of the newest look took.\n# TYPE {name} gauge\n"
    for stage, seconds in look.stages_s.items():
        yield f'{name}{{stage="{stage}"}} {seconds:.6f}\n'


def _gauge(name: str, words: str, value: float | None, labels: str = "") -> str:
    return _metric(name, words, "gauge", value, labels)


def _counter(name: str, words: str, value: float) -> str:
    return _metric(name, words, "counter", value, "")


def _metric(name: str, words: str, kind: str, value: float | None, labels: str) -> str:
    if value is None:
        return ""
    marks = f"{{{labels}}}" if labels else ""
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n{name}{marks} {value}\n"
