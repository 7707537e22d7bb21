"""Settings of an older form go on, and come back as they were."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from appliance import config
from appliance.config import salvage
from appliance.errors import ConfigError
from appliance.files.migrations import MIGRATIONS, Tables, migrate, newest
from appliance.update.settings import convert


def away_moves(tables: Tables) -> None:
    """An example of a migration: `mood.away_after_s`, in seconds, becomes `presence.away_after_min`."""
    mood = tables.get("mood")
    if isinstance(mood, dict) and isinstance(mood.get("away_after_s"), int | float):
        seconds = mood.pop("away_after_s")
        tables.setdefault("presence", {})["away_after_min"] = seconds / 60


def fps_is_renamed(tables: Tables) -> None:
    camera = tables.get("camera")
    if isinstance(camera, dict) and "fps" in camera:
        camera["looks_per_second"] = camera.pop("fps")


EXAMPLES = (away_moves, fps_is_renamed)
OLD = """\
# My box.
version = 1

[mood]  # how it sees me
# I go to the kitchen often.
away_after_s = 120
reaction = "slow"   # calm, please

[camera]
fps = 5
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "moodbox.toml"
    path.write_text(OLD)
    path.chmod(0o640)
    return path


def beside(own: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in own.parent.iterdir() if path != own}


def test_the_defaults_are_of_the_newest_form() -> None:
    assert tomllib.loads(config.DEFAULTS.read_text())["version"] == newest() == len(MIGRATIONS) + 1


def test_every_step_to_the_newest_form_is_taken() -> None:
    tables = tomllib.loads(OLD)
    assert migrate(tables, EXAMPLES)
    assert tables == {
        "version": 3,
        "mood": {"reaction": "slow"},
        "camera": {"looks_per_second": 5},
        "presence": {"away_after_min": 2.0},
    }
    assert not migrate(tables, EXAMPLES)


def test_a_file_in_the_middle_takes_only_the_steps_after_it() -> None:
    tables = tomllib.loads(OLD) | {"version": 2}
    assert migrate(tables, EXAMPLES)
    assert tables["mood"]["away_after_s"] == 120
    assert tables["camera"] == {"looks_per_second": 5}


@pytest.mark.parametrize("version", ["1", 1.0, True, 0, -1, 4, None, []])
def test_a_version_that_is_none_of_ours_is_left_alone(version: object) -> None:
    tables = tomllib.loads(OLD) | {"version": version}
    assert not migrate(tables, EXAMPLES)
    assert tables["camera"] == {"fps": 5}


def test_a_file_that_says_no_version_is_of_the_first() -> None:
    tables: Tables = {"camera": {"fps": 5}}
    assert migrate(tables, EXAMPLES)
    assert tables == {"camera": {"looks_per_second": 5}, "version": 3}


def test_what_a_person_wrote_wrongly_stays_to_be_told() -> None:
    tables: Tables = {"version": 1, "mood": "happy", "camera": ["x"]}
    migrate(tables, EXAMPLES)
    assert tables == {"version": 3, "mood": "happy", "camera": ["x"]}


def test_comments_are_kept_and_a_copy_lies_beside(own: Path) -> None:
    said = convert(own, EXAMPLES)
    assert said == f"{own}: version 3 now; version 1 is kept as moodbox.toml.version-1"
    text = own.read_text()
    for words in ("# My box.", "# how it sees me", "# calm, please", "version = 3", "looks_per_second = 5"):
        assert words in text
    assert "fps" not in text
    assert beside(own) == {"moodbox.toml.version-1": OLD}
    assert own.stat().st_mode & 0o777 == 0o640


def test_a_file_of_this_form_is_not_touched(own: Path) -> None:
    before = own.stat().st_mtime_ns
    assert convert(own, ()) == f"{own}: nothing to migrate"
    assert (own.stat().st_mtime_ns, beside(own)) == (before, {})


def test_an_older_release_gets_back_what_it_understands(own: Path) -> None:
    convert(own, EXAMPLES)
    newer = own.read_text()
    assert convert(own, ()) == f"{own}: version 1 is back; version 3 is kept as moodbox.toml.version-3"
    assert own.read_text() == OLD
    assert beside(own) == {"moodbox.toml.version-1": OLD, "moodbox.toml.version-3": newer}


def test_and_what_was_changed_there_is_migrated_the_next_time(own: Path) -> None:
    convert(own, EXAMPLES)
    convert(own, ())
    changed = OLD.replace("fps = 5", "fps = 8")
    own.write_text(changed)
    convert(own, EXAMPLES)
    assert "looks_per_second = 8" in own.read_text()
    assert beside(own)["moodbox.toml.version-1"] == changed


def test_without_a_copy_a_newer_file_is_left_and_named(own: Path) -> None:
    own.write_text("version = 3\n")
    with pytest.raises(ConfigError, match=r"no copy of version 1 \(moodbox\.toml\.version-1\) to put back"):
        convert(own, ())
    assert own.read_text() == "version = 3\n"


@pytest.mark.parametrize("content", ["[mood", "\ud800"])
def test_a_file_that_cannot_be_read_is_left(own: Path, content: str) -> None:
    own.write_bytes(content.encode(errors="surrogatepass"))
    with pytest.raises(ConfigError, match="not migrated"):
        convert(own, EXAMPLES)
    assert beside(own) == {}


def test_a_newer_release_s_file_is_told_and_what_is_understood_holds(own: Path) -> None:
    own.write_text("version = 99\ncolour = 1\n[camera]\nfps = 5\n")
    with pytest.raises(ConfigError) as caught:
        config.load(own)
    assert any("version: 99 is a newer Moodbox's; this one knows 1" in line for line in caught.value.problems)
    in_force, problems = salvage(own)
    assert (in_force.camera.fps, len(problems)) == (5, 2)


def test_no_version_is_below_the_first(own: Path) -> None:
    own.write_text("version = 0\n")
    with pytest.raises(ConfigError, match="versions begin with 1"):
        config.load(own)
