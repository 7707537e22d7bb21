"""Where the converter keeps what it makes and finds what it is given."""

from __future__ import annotations

import os
from pathlib import Path

from appliance.machine.machine import cache_folder

MODELS = Path(__file__).resolve().parent.parent / "models"
"""What is shipped."""


def data() -> Path:
    """The folder of the .npz files: `$MOODBOX_DATA`, else where `converter data` puts them."""
    return Path(os.environ.get("MOODBOX_DATA") or cache_folder() / "data")


def run(name: str) -> Path:
    """The folder of one training run: its checkpoint and its log."""
    return cache_folder() / "runs" / name
