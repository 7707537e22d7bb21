"""Writes the demo's recording: a drawn listener who goes through the seven emotions, then leaves."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from appliance.demo.face.drawing import EXPRESSIONS, PEOPLE, Listener, Pose, blend, scene
from appliance.demo.face.expression import Expression

WIDTH, HEIGHT = 640, 480
RATE = 10
"""Frames a second."""
ORDER = ("happy", "surprise", "neutral", "angry", "sad", "fear", "disgust")
"""Far apart from each other one after the other, so that each change is plain to see."""
SHOWN_S = 4.0
"""How long each expression takes, the way to it included: a steady mood takes two seconds to change."""
BLEND_S = 0.5
LEAVE_S = 0.8
NOBODY_S = 3.0
LENGTH_S = len(ORDER) * SHOWN_S + 2 * LEAVE_S + NOBODY_S
BLINKS_S = (2.2, 10.4, 14.5)
"""When the listener blinks; not while afraid, where shut eyes look like grief."""
BLINK_S = 0.15
QUALITY = 25
"""As OpenCV's writer counts: about 85 in JPEG's own terms, 6 MB in all."""


@dataclass(frozen=True)
class Moment:
    """The recording at one instant."""

    listener: Listener | None
    """None: nobody is there."""
    light: float
    settled: str = ""
    """The emotion shown, once the face has arrived at it; empty on the way and while nobody is there."""


def moment(t: float) -> Moment:
    """The recording at `t` seconds; its end leads back to its beginning."""
    light = 1.0 + 0.12 * math.sin(2 * math.pi * t / 9.0)
    acted = len(ORDER) * SHOWN_S
    if t >= acted:
        aside = _aside(t - acted)
        last = EXPRESSIONS[ORDER[-1]] if t < acted + LEAVE_S else EXPRESSIONS["neutral"]
        return Moment(None if aside is None else _listener(last, t, aside), light)
    index = int(t / SHOWN_S)
    since = t - index * SHOWN_S
    before = EXPRESSIONS[ORDER[index - 1]] if index else EXPRESSIONS["neutral"]
    shown = blend(before, EXPRESSIONS[ORDER[index]], since / BLEND_S)
    return Moment(_listener(shown, t), light, ORDER[index] if since >= BLEND_S else "")


def _aside(since: float) -> float | None:
    """How far beside the middle, in frame widths, `since` seconds after the last expression; None is gone."""
    if since < LEAVE_S:
        return 0.85 * (since / LEAVE_S) ** 2
    if since < LEAVE_S + NOBODY_S:
        return None
    left = max(0.0, 1 - (since - LEAVE_S - NOBODY_S) / LEAVE_S)
    return -0.85 * left**2


def _listener(expression: Expression, t: float, aside: float = 0.0) -> Listener:
    """A head is never quite still."""

    def sway(size: float, period_s: float) -> float:
        return size * math.sin(2 * math.pi * t / period_s)

    pose = Pose(
        x=WIDTH * (0.5 + aside) + sway(14, 6.1),
        y=HEIGHT * 0.51 + sway(6, 4.3),
        scale=HEIGHT * 0.21 * (1 + sway(0.04, 7.3)),
        yaw=sway(6, 5.2),
        pitch=sway(2, 3.7),
        roll=sway(3, 6.7),
    )
    blinks = any(start <= t < start + BLINK_S for start in BLINKS_S)
    shut = 1.0 if blinks else expression.eyes_close
    return Listener(replace(expression, eyes_close=shut), pose, PEOPLE[0])


def frames(seconds: float = LENGTH_S, rate: float = RATE) -> Iterator[tuple[Moment, np.ndarray]]:
    """Frames of the recording's first `seconds`: what each shows, and uint8 (480, 640, 3), BGR."""
    for number in range(round(seconds * rate)):
        now = moment(number / rate)
        listeners = [] if now.listener is None else [now.listener]
        yield now, scene(listeners, (WIDTH, HEIGHT), now.light, seed=number)


def write_recording(
    path: Path, say: Callable[[str], None] = lambda line: None, seconds: float = LENGTH_S
) -> None:
    """Write the recording as a Motion JPEG, which OpenCV reads and writes without outside codecs.

    path: ends in `.avi`. A cut leaves no half a file of that name.
    say: told in a sentence how far it has come. seconds: only so much of it.
    Raises OSError when the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"unfinished-{os.getpid()}-{path.name}")
    # Motion JPEG: OpenCV reads and writes it by itself.
    writer = cv2.VideoWriter(
        str(unfinished), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), RATE, (WIDTH, HEIGHT)
    )
    if not writer.isOpened():
        raise OSError(f"{unfinished}: OpenCV cannot write a video here; is the folder writable, is it .avi?")
    try:
        writer.set(cv2.VIDEOWRITER_PROP_QUALITY, QUALITY)
        for number, (_, picture) in enumerate(frames(seconds)):
            writer.write(picture)
            if number % (5 * RATE) == 0:
                say(f"drawing the recording: {number / RATE:.0f} of {seconds:.0f} s")
        writer.release()
        unfinished.replace(path)
    finally:
        writer.release()
        unfinished.unlink(missing_ok=True)
