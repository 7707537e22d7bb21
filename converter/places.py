"""Where the converter keeps what it makes and finds what it is given."""

from __future__ import annotations

import os
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent / "models"
"""What is shipped."""


def cache() -> Path:
    """The folder that outlives a checkout: `$MOODBOX_CACHE`, else ~/.cache/moodbox."""
    return Path(os.environ.get("MOODBOX_CACHE") or Path.home() / ".cache" / "moodbox")


def data() -> Path:
    """The folder of the .npz files: `$MOODBOX_DATA`, else where `converter data` puts them."""
    return Path(os.environ.get("MOODBOX_DATA") or cache() / "data")


def run(name: str) -> Path:
    """The folder of one training run: its checkpoint and its log."""
    return cache() / "runs" / name
