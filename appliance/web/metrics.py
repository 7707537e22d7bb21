"""Metrics: numbers for Prometheus, in its text format. They name no emotion and no song."""

from __future__ import annotations

import time
from collections.abc import Iterator

import appliance
from appliance.protocol.messages import CameraState, Playing, Reading
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
    yield _gauge("moodbox_degraded", "Parts of the box that do not work.", len(snapshot.degraded))
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
