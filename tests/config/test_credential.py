"""A secret that systemd gives the service goes where its own file says, whatever the settings name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance import config as settings
from appliance.config.mqtt import CREDENTIAL
from appliance.errors import ConfigError

HOME = {"broker": "home.lan", "username": "box"}
THIEVES = [
    {**HOME, "broker": "thief.lan"},
    {**HOME, "port": 1884},
    {**HOME, "username": "thief"},
    {**HOME, "tls": True, "port": 1883},
]


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / CREDENTIAL
    file.write_text("hunter2\nmqtt://box@home.lan:1883\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    return file


def password(**mqtt: Any) -> str | None:
    return settings.check({"mqtt": mqtt}, "test").mqtt.secret()


def test_the_credential_goes_to_the_broker_that_it_names(secret: Path) -> None:
    assert password(**HOME) == password(**HOME, password_file=str(secret)) == "hunter2"
    secret.write_text("hunter2\nmqtts://box@[fe80::1]:8883 mqtt://box@home.lan:1883\n")
    assert password(**HOME) == password(**{**HOME, "broker": "fe80::1"}, tls=True) == "hunter2"


@pytest.mark.parametrize("thief", THIEVES)
@pytest.mark.parametrize("by", ["", CREDENTIAL, f"../../{{}}/{CREDENTIAL}", "link"])
def test_and_to_no_other_by_whatever_name_the_settings_call_it(
    secret: Path, thief: dict[str, Any], by: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A backup that named another broker had it sent there."""
    link = tmp_path_factory.mktemp("etc") / "link"
    link.symlink_to(secret)
    names = {"": "", "link": str(link)}
    file = names.get(by, str(secret.parent / by.format(secret.parent.parent.name + "/" + secret.parent.name)))
    with pytest.raises(ConfigError, match=r"a line of it must say where it goes, as in mqtts?://"):
        password(**thief, password_file=file)


def test_a_credential_that_names_no_broker_is_sent_to_none(secret: Path) -> None:
    secret.write_text("hunter2\n")
    with pytest.raises(ConfigError, match=r"mqtt://box@home.lan:1883") as told:
        password(**HOME)
    assert "hunter2" not in str(told.value)


def test_nor_does_it_open_an_mpd_that_the_settings_name(secret: Path) -> None:
    mpd = settings.check({"mpd": {"address": "thief.lan", "password_file": str(secret)}}, "test").mpd
    with pytest.raises(ConfigError, match="name another file"):
        mpd.secret()
