"""Which kind of machine this is: an installed box or a folder to try it from; remedies differ."""

from __future__ import annotations

from pathlib import Path

INSTALLED = Path("/opt/moodbox")


HERE = Path(__file__).resolve()


def packages_again(code: Path = HERE) -> str:
    """What brings the Python packages back into order. code: where Moodbox runs from."""
    if code.is_relative_to(INSTALLED):
        return "install Moodbox again: `sudo deploy/install.sh`, in the folder that it was installed from"
    return "remove the folder .venv and run `deploy/try.sh` again"
