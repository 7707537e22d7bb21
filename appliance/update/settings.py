"""The settings file across releases: made to be of this release's form, with a copy beside it.

A newer release migrates it; an older one, come back, puts the copy back that was made then.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from appliance.errors import ConfigError
from appliance.files import tables
from appliance.files.migrations import MIGRATIONS, Migration, form_of, migrate, newest
from appliance.files.turns import turn
from appliance.files.whole import read_text, write_whole

MODE = 0o640


def copy_of(file: Path, form: int) -> Path:
    """Where the file's last state in that form is kept."""
    return file.with_name(f"{file.name}.version-{form}")


def convert(file: Path, migrations: Sequence[Migration] = MIGRATIONS) -> str:
    """Make the file be of the newest form that these migrations know. Returns a line about it.

    Raises ConfigError, with the file as it was.
    """
    try:
        with turn(file):
            return _converted(file, migrations)
    except FileNotFoundError as error:
        raise ConfigError([_missing(file, Path(error.filename), newest(migrations))]) from error
    except (OSError, ValueError, TOMLKitError) as error:
        raise ConfigError([f"{file}: not migrated: {error}"]) from error


def _converted(file: Path, migrations: Sequence[Migration]) -> str:
    ours = newest(migrations)
    text = read_text(file)
    tables.parse(text)
    document = tomlkit.parse(text)
    form = form_of(document)
    if form is None or form == ours:
        return f"{file}: nothing to migrate"
    write_whole(copy_of(file, form), text.encode(), MODE)
    if form > ours:
        write_whole(file, copy_of(file, ours).read_bytes(), MODE)
        return f"{file}: version {ours} is back; version {form} is kept as {copy_of(file, form).name}"
    migrate(document, migrations)
    write_whole(file, tomlkit.dumps(document).encode(), MODE)
    return f"{file}: version {ours} now; version {form} is kept as {copy_of(file, form).name}"


def _missing(file: Path, gone: Path, ours: int) -> str:
    if gone == file:
        return f"{file}: no such file; `moodbox config init {file}` makes one"
    return (
        f"{file}: it is a newer Moodbox's, and there is no copy of version {ours} ({gone.name}) to put back"
    )
