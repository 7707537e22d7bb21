"""The demo's recording and music: made once by our own code, then found in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.machine.machine import cache_folder

MAKERS = ("face", "tunes")
"""The packages that decide what the material is: when one changes, it is made anew."""

RECORDING, MUSIC = "listener.avi", "music"

STALE_S = 86_400.0
"""A day old: nobody plays it any more, or makes it."""


@dataclass(frozen=True)
class Material:
    """Where the demo's recording and its music are."""

    recording: Path
    """A video of the drawn listener."""
    music: Path
    """A folder with one folder of FLAC files for each mood."""


def key() -> str:
    """Twelve hex digits that change whenever the code changes that makes the material."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for maker in MAKERS:
        for source in sorted((here / maker).glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def material(cache: Path | None = None, say: Callable[[str], None] = lambda line: None) -> Material:
    """The demo's material, made when it is missing, in about 17 s of processor time.

    cache: the folder to keep it in; `cache_folder()` unless told. say: told in a sentence what is being made.
    Raises OSError when it cannot be written there.
    """
    folder = (cache or cache_folder()).absolute() / f"demo-{key()}"
    if not folder.exists():
        _make(folder, say)
        _forget_older(folder)
    return Material(folder / RECORDING, folder / MUSIC)


def _make(folder: Path, say: Callable[[str], None]) -> None:
    """Make it beside `folder` and rename: whatever cuts us short, a folder of that name is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder.parent) as scratch:
        made = Path(scratch) / "demo"
        made.mkdir()
        _run_both([["face", str(made / RECORDING)], ["tunes", str(made / MUSIC)]], say)
        try:
            made.rename(folder)
        except OSError:
            # Somebody else was quicker; theirs is the same.
            if not folder.exists():
                raise


def _forget_older(folder: Path) -> None:
    """Remove what older versions made, and what a cut left; 32 MB each. What is in use by now is left."""
    now = time.time()
    for other in [*folder.parent.glob("demo-*"), *folder.parent.glob("unfinished-*")]:
        if other != folder and now - other.stat().st_mtime > STALE_S:
            shutil.rmtree(other, ignore_errors=True)


def _run_both(commands: list[list[str]], say: Callable[[str], None]) -> None:
    """Run the makers side by side, in processes whose memory goes when they do.

    commands: maker and argument of each. Raises OSError when one fails; its own words are on stderr by then.
    """
    reading, writing = os.pipe()
    running = [
        subprocess.Popen(
            [sys.executable, "-u", "-m", f"{__package__}.{maker}", argument],
            cwd=Path(__file__).parents[2],
            stdout=writing,
            process_group=0,  # Ctrl-C is for us, and we end them
        )
        for maker, argument in commands
    ]
    os.close(writing)
    with os.fdopen(reading) as lines:  # until they have ended: a maker that nobody listens to would complain
        try:
            for line in lines:
                say(line.rstrip())
            failed = [maker for process, (maker, _) in zip(running, commands, strict=True) if process.wait()]
        finally:
            for process in running:
                process.kill()
                process.wait()
    if failed:
        raise OSError(f"the demo's {' and '.join(failed)} could not be made; is there room on the disk?")
