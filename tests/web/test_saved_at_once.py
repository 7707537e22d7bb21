"""Of two who change the settings, or the tokens, at once neither loses what was saved."""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from webbing import Served

from appliance.config import Config
from appliance.files.migrations import Tables
from appliance.update.settings import convert
from appliance.web.auth.rights import Rights
from appliance.web.care import backup

OWN = '[camera]\nfps = 10\n\n[mpd]\npassword = "sesame"\n'
IN_VAIN_S = 0.5
"""Long enough for a change that is not kept waiting."""


def by_the_form(served: Served) -> object:
    return served.client.ask("PATCH", "/api/settings", {"changes": {"camera.fps": 12}})


def by_the_file(served: Served) -> object:
    text = served.client.get("/api/settings/file").body.decode().replace("10", "12")
    return served.client.ask("PUT", "/api/settings/file", text.encode(), Content_Type="text/plain")


def by_a_backup(served: Served) -> object:
    other = served.settings_file.with_name("other.toml")
    other.write_text(OWN.replace("10", "12"))
    packed = backup.pack(other, {}, {}, with_secrets=False)
    return served.client.ask("POST", "/api/restore", packed, Content_Type="application/zip")


def by_an_update(served: Served) -> object:
    return convert(served.settings_file, [_to_form_2])


def _to_form_2(tables: Tables) -> None:
    tables["camera"]["fps"] = 12


@pytest.mark.parametrize("other_way", [by_the_form, by_the_file, by_a_backup, by_an_update])
def test_a_change_that_comes_while_another_is_checked_takes_nothing_from_it(
    tmp_path: Path, other_way: Callable[[Served], object]
) -> None:
    """It was written over: both had been told that theirs was saved."""
    others: list[Future[object]] = []

    def unusable(_: Config) -> Sequence[str]:
        if not others:
            others.append(threads.submit(other_way, served))
            wait_for(others, IN_VAIN_S)
        return ()

    with ThreadPoolExecutor(1) as threads, Served(tmp_path, unusable=unusable) as served:
        served.settings_file.write_text(OWN)
        changes = {"mpd.password": "melon", "mood.reaction": "slow"}
        assert served.client.ask("PATCH", "/api/settings", {"changes": changes}).status == 200
        answered = others[0].result()
        assert getattr(answered, "status", 200) == 200, answered
        written = tomllib.loads(served.settings_file.read_text())
    assert (written["camera"]["fps"], written["mpd"]["password"]) == (12, "melon")


@pytest.mark.parametrize(
    "change", [lambda rights: rights.make_token("tv"), lambda rights: rights.drop_token("hall")]
)
def test_tokens_wait_for_a_password_that_ends_them(
    tmp_path: Path, change: Callable[[Rights], object]
) -> None:
    """`moodbox password` is a process of its own: tokens read before it and written after it were back."""
    rights = Rights(tmp_path)
    for name in ("hall", "phone"):
        rights.make_token(name)
    handle = os.open(tmp_path, os.O_RDONLY)
    with ThreadPoolExecutor(1) as thread:
        fcntl.flock(handle, fcntl.LOCK_EX)  # as that process does
        changed = thread.submit(change, rights)
        assert not wait_for([changed], IN_VAIN_S).done
        (tmp_path / "tokens.json").write_text("{}")
        os.close(handle)
        changed.result()
    assert set(rights.tokens()) <= {"tv"}
