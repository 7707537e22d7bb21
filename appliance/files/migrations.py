"""Settings of an older form, brought to today's: whatever is read is migrated first, so old files stay good.

A change of form is one function at the end of `MIGRATIONS`, and a new `version` in default.toml. It works on
plain dictionaries and on tomlkit's documents, whose comments it keeps. Only the standard library: MPD's
configuration is made with it at boot.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, TypeAlias

Tables: TypeAlias = MutableMapping[str, Any]
Migration: TypeAlias = Callable[[Tables], None]
"""Changes tables in place from one form to the next; leaves alone what it does not understand."""

MIGRATIONS: Sequence[Migration] = ()
"""The first leads from form 1 to form 2, and so on."""


def form_of(tables: Tables) -> int | None:
    """Return the form that a file gives as its `version`: 1 without one, None if it is no number."""
    version = tables.get("version", 1)
    return int(version) if isinstance(version, int) and not isinstance(version, bool) else None


def newest(migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Return the number of the form that this release writes; default.toml has it as its `version`."""
    return len(migrations) + 1


def migrate(tables: Tables, migrations: Sequence[Migration] = MIGRATIONS) -> bool:
    """Bring tables of an older form to the newest, in place. Returns whether there was anything to do."""
    form = form_of(tables)
    if form is None or not 1 <= form < newest(migrations):
        return False
    for migration in migrations[form - 1 :]:
        migration(tables)
    tables["version"] = newest(migrations)
    return True
