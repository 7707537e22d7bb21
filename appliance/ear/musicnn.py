"""The second ear: MusiCNN (Pons and Serra 2019), trained on what people call music. See models/README.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from appliance import tflite

FRAMES = 187
"""Three seconds, which it hears at once."""

EVERY = 2
"""It hears three seconds of each six: half the work, and as good (docs/decisions/music-ear.md)."""

EMBEDDING = 200
"""Numbers of its last but one layer; tags follow, of which nothing is used."""

FILE = tflite.MODELS / "musicnn.tflite"
"""Absent on a board of 512 MB, and wherever nobody has fetched it."""
REMEDY = "get it with 'python -m converter music fetch'"


class SecondEar:
    """MusiCNN, loaded and ready to listen."""

    def __init__(self, path: Path) -> None:
        """Raises ModelError when the file is missing or the runtime refuses it."""
        # Not fast: XNNPACK's tables for such large kernels take 80 MB (docs/decisions/music-ear.md).
        self._net = tflite.load(path, tflite.read(path, REMEDY), REMEDY, fast=False)
        self._into = self._net.get_input_details()[0]["index"]
        self._out = self._net.get_output_details()[0]["index"]

    def listen(self, mel: np.ndarray) -> np.ndarray:
        """Return the embeddings of log-mel frames: float32 (pieces, 200), one for each six seconds."""
        found = []
        for at in range(0, len(mel) - FRAMES + 1, FRAMES * EVERY):
            self._net.set_tensor(self._into, mel[None, at : at + FRAMES, :, None].astype(np.float32))
            self._net.invoke()
            found.append(self._net.get_tensor(self._out)[0, :EMBEDDING].copy())
        return np.array(found, np.float32).reshape(-1, EMBEDDING)
