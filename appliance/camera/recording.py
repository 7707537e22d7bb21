"""Recordings instead of a camera: a video, a folder of pictures, or one picture."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from appliance.camera.pictures import Shape, to_frame
from appliance.errors import CameraLost, RecordingEnded
from appliance.protocol.looks import Frame

log = logging.getLogger(__name__)

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}


class ReplaySource:
    """Gives a recording's pictures as if a camera took them now."""

    def __init__(self, path: Path, shape: Shape, loop: bool, paced: bool, closing: threading.Event) -> None:
        """loop: begin again at the end. paced: take the recording's time; else give each picture at once.

        closing: ends the wait for the next picture. Raises CameraLost when there is nothing to show.
        """
        self._path, self._shape, self._closing = path, shape, closing
        fps = shape.fps
        if path.is_file() and path.suffix.lower() not in PICTURES:
            video = open_video(path)
            self._pictures = video_pictures(video, path if loop else None)
            said = video.get(cv2.CAP_PROP_FPS)
            fps = said if 0 < said <= 240 else fps
        else:
            self._pictures = still_pictures(list_pictures(path), loop)
        self._period_s = 1 / fps if paced else 0.0
        self._due = time.monotonic()

    def grab(self, due: float) -> Frame | None:
        """See `camera.Source`."""
        picture = next(self._pictures, None)
        if picture is None:
            raise RecordingEnded(f"{self._path}: the recording has ended")
        if self._period_s:
            self._closing.wait(max(0.0, self._due - time.monotonic()))
            # Late by more than a picture, the lost time is let go: pictures do not come in a burst after it.
            self._due = max(self._due, time.monotonic() - self._period_s) + self._period_s
        taken_at = time.monotonic()
        return None if taken_at < due else to_frame(picture, self._shape, taken_at)

    def close(self) -> None:
        """See `camera.Source`."""
        self._pictures.close()


def open_video(path: Path) -> cv2.VideoCapture:
    """Open a video file. Raises CameraLost when OpenCV cannot read it."""
    # One thread to decode: more cost memory, and save no time at ten pictures a second.
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    if not video.isOpened():
        video.release()
        raise CameraLost(f"{path}: neither a video nor a picture that OpenCV can read")
    return video


def video_pictures(video: cv2.VideoCapture, again: Path | None) -> Generator[np.ndarray, None, None]:
    """The video's pictures in turn, uint8 (height, width, 3), BGR. Closes `video` at the end.

    again: the file, to begin again after the last one. Raises CameraLost when it holds no picture.
    """
    try:
        while True:
            shown = 0
            while (read := video.read())[0]:
                shown += 1
                yield read[1]
            if shown == 0:
                raise CameraLost("the video holds no picture that OpenCV can read")
            if again is None:
                return
            # Anew: wound back, a bare stream (.h264, .mjpeg) stays at its end, though OpenCV says otherwise.
            video.release()
            video = open_video(again)
    finally:
        video.release()


def list_pictures(path: Path) -> list[Path]:
    """The picture itself, or those of a folder, by name. Raises CameraLost when there is none."""
    if not path.exists():
        raise CameraLost(f"{path}: there is no such recording")
    if path.is_file():
        return [path]
    paths = sorted(each for each in path.iterdir() if each.suffix.lower() in PICTURES)
    if not paths:
        raise CameraLost(f"{path}: no pictures in this folder ({', '.join(sorted(PICTURES))})")
    return paths


def still_pictures(paths: list[Path], loop: bool) -> Generator[np.ndarray, None, None]:
    """The pictures of these files in turn, uint8 (height, width, 3), BGR.

    One that cannot be read is left out, which the log says once. Raises CameraLost when none can be.
    """
    readable = list(paths)
    read = lru_cache(maxsize=1)(read_picture)  # a picture alone is read once
    while readable:
        for path in tuple(readable):
            picture = read(path)
            if picture is None:
                log.warning("%s: not a picture that OpenCV can read; left out", path)
                readable.remove(path)
            else:
                yield picture
        if readable and not loop:
            return
    raise CameraLost(f"{paths[0]}: not a picture that OpenCV can read, nor is any other beside it")


def read_picture(path: Path) -> np.ndarray | None:
    """One picture file: uint8 (height, width, 3), BGR, or None when OpenCV cannot read it."""
    try:
        return cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:  # larger than OpenCV's limit
        return None
