"""Makes the page, and all that it may see and do of the box (`web.interface`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from appliance import state
from appliance.coach import keepsake
from appliance.config import Config
from appliance.errors import PageMissing
from appliance.machine.upgrade import NOTHING, News
from appliance.protocol.commands import Command
from appliance.protocol.looks import Frame, Look
from appliance.protocol.messages import LibraryChanged
from appliance.protocol.snapshot import Snapshot
from appliance.protocol.taste import CORRECTIONS
from appliance.protocol.taste import KEEPSAKE as TASTE
from appliance.service.assembly import library
from appliance.service.coaching import Coaching
from appliance.service.optional import OptionalPart
from appliance.service.usable import not_ours, usable
from appliance.taste import Desk
from appliance.taste import is_sound as is_taste
from appliance.taste import put_back as taste_put_back

if TYPE_CHECKING:
    from appliance.doctor import Check

STATE, PLAYED = "state.json", "played"
"""Names of the memory, and of what was played, in a backup."""


def make_page(
    config: Config,
    *,
    ask: Callable[[Command], Future[Snapshot]],
    snapshot: Callable[[], Snapshot],
    latest: Callable[[], tuple[Frame, Look] | None],
    counts: Callable[[], Mapping[str, int]],
    songs: Callable[[], LibraryChanged | None],
    coach: Coaching,
    reload: Callable[[], None],
    settings_file: Path | None,
    problems: tuple[str, ...],
    visited: Callable[[str], None] = lambda by: None,
    refused: Callable[[], int] = lambda: 0,
    news: Callable[[], News] = lambda: NOTHING,
) -> OptionalPart:
    """Make the page; what it is given is described in `web.interface`.

    Raises PageMissing (a ConfigError) when its packages are missing, ConfigError when it has no address.
    """
    try:
        from appliance.web.page import Page
    except ImportError as error:
        raise PageMissing(error) from error
    from appliance.web.interface import Interface

    kept = _keepsakes(config)
    return Page(
        Interface(
            config=config,
            ask=ask,
            snapshot=snapshot,
            latest=latest,
            library=library(config, counts),
            about=lambda: about(config),
            songs=songs,
            reload=reload,
            checks=lambda: examine(config),
            try_broker=lambda form: try_broker(config, form),
            settings_file=settings_file,
            problems=problems,
            visited=visited,
            refused=refused,
            news=news,
            unusable=lambda wanted: (*usable(wanted)[1], *not_ours(wanted)),
            keepsakes=kept,
            taste=Desk(config.state.music_file()),
            coach=coach,
            put_back=_put_back(config, kept),
            is_sound=_is_sound,
        )
    )


def _keepsakes(config: Config) -> dict[str, Path]:
    """The files of the state that a backup may hold: its name for each -> path."""
    memory = Path(config.state.file)
    return {STATE: memory, PLAYED: state.rounds_file(memory)} if config.state.file else {}


def _put_back(config: Config, kept: Mapping[str, Path]) -> dict[str, Path]:
    """Where each of these, and the tastes, are left when a backup is restored."""
    music = config.state.music_file()
    back = {name: state.put_back(path) for name, path in kept.items()}
    return {**back, TASTE: taste_put_back(music), CORRECTIONS: keepsake.put_back(music)} if music else back


def _is_sound(name: str, content: bytes) -> bool:
    """Whether a backup's file of this name can be read."""
    tests = {STATE: state.is_sound, PLAYED: state.is_rounds, TASTE: is_taste, CORRECTIONS: keepsake.is_sound}
    return name in tests and tests[name](content)


def examine(config: Config) -> Sequence[Check]:
    """Have the doctor examine the box, for the page to show."""
    from appliance import doctor  # only now: it imports every part, and safe mode is to be without some

    return doctor.examine(config)


def about(config: Config) -> Mapping[str, object]:
    """Tell what machine this is, as Home Assistant has it."""
    from appliance.homeassistant.access import identity

    return identity(config)


def try_broker(config: Config, form: Mapping[str, object]) -> str | None:
    """Try the MQTT broker of a form on the page. Returns what is wrong; None when it works."""
    from appliance.homeassistant.access import trial, whole_box

    return trial(config.mqtt, form, lambda mqtt: whole_box(config, mqtt))
