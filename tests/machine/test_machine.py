"""A remedy is one that its reader has: on an installed box, in a folder to try it, with MPD elsewhere."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.machine.machine import (
    OWN_MPD,
    mpd_again,
    mpd_state,
    outputs_again,
    readable_again,
    sound_card_again,
    ways,
)

ROOT = Path(__file__).resolve().parents[2]
BOX = Path("/opt/moodbox/releases/0.1.0/venv/lib/python3.11/site-packages/appliance/machine/machine.py")
FOLDER = Path("/home/pi/moodbox/appliance/machine/machine.py")
NOT_EVERYBODYS = re.compile(
    r"\b(systemctl|journalctl|timedatectl|mpc) [\w-]|virtual environment|\.venv|try\.sh"
)
"""What an installed box, or a folder, or both, lack."""


def messages(file: Path) -> Iterator[str]:
    """Every text in a module that is no docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in alone:
            yield node.value


def test_what_not_every_reader_has_is_named_in_one_place() -> None:
    files = (ROOT / "appliance").rglob("*.py")
    assert {file.name for file in files if any(map(NOT_EVERYBODYS.search, messages(file)))} == {"machine.py"}


def test_in_a_folder_to_try_it_from_nobody_is_sent_to_systemd() -> None:
    told = [
        *vars(ways(FOLDER)).values(),
        *(remedy(OWN_MPD, FOLDER) for remedy in (mpd_again, mpd_state)),
        *(remedy(FOLDER) for remedy in (outputs_again, sound_card_again)),
    ]
    assert [text for text in told if re.search("systemctl|journalctl|reboot|install.sh", text)] == []


def test_on_an_installed_box_nobody_is_sent_to_a_folder() -> None:
    """Its owner has neither pip nor a virtual environment, and after an image no release's folder."""
    told = [*vars(ways(BOX)).values(), outputs_again(BOX), sound_card_again(BOX)]
    assert [text for text in told if re.search(r"\.venv|try\.sh|Ctrl-C|mpd\.conf", text)] == []
    assert "moodbox update" in ways(BOX).packages


@pytest.mark.parametrize(
    ("address", "unit"),
    [
        (OWN_MPD, "moodbox-mpd"),
        ("/var/run/other/mpd", "mpd"),
        ("localhost", "mpd"),
        ("kitchen.local", None),
        ("192.168.1.5", None),
    ],
)
def test_only_an_mpd_of_this_machine_is_restarted_by_its_systemd(address: str, unit: str | None) -> None:
    told = mpd_again(address, BOX), mpd_state(address, BOX)
    assert [f"systemctl restart {unit}`" in told[0], f"systemctl status {unit}`" in told[1]] == [
        bool(unit)
    ] * 2
    assert any("systemctl" in text for text in told) is bool(unit)


def test_a_settings_file_of_somebody_else_is_told_with_its_remedy() -> None:
    path = Path("/etc/moodbox/moodbox.toml")
    assert "chown -h moodbox: /etc/moodbox/moodbox.toml" in readable_again(path, BOX)
    assert "$USER" in readable_again(path, FOLDER)


def test_settings_that_may_not_be_read_say_so(tmp_path: Path) -> None:
    file = tmp_path / "moodbox.toml"
    file.write_text("version = 1\n")
    file.chmod(0)
    as_others = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*as_others, sys.executable, "-m", "appliance", "--config", file, "config", "check"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert f"{file}: not allowed to read it; `sudo chown -h $USER {file}` makes it yours" in ran.stderr


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("192.168.1.5 fd00::5 ", ".local:8080 or http://192.168.1.5:8080"),
        ("fd00::5", ".local:8080"),
        ("", ".local:8080"),
    ],
)
def test_the_installer_names_the_page_by_its_address_too(said: str, ends: str, tmp_path: Path) -> None:
    """Debian without a desktop has no avahi, and then nobody finds the name."""
    hostname = tmp_path / "hostname"
    hostname.write_text(f'#!/bin/sh\n[ "$1" = -I ] && echo "{said}" || echo moodbox\n')
    hostname.chmod(0o755)
    step = ROOT / "deploy/steps/90-services.sh"
    there = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ACTION": "places", "DEPLOY": str(ROOT / "deploy")}
    ran = subprocess.run(
        [step], capture_output=True, text=True, check=True, env=there | {"PREFIX": "/opt/moodbox"}
    )
    assert ran.stdout.splitlines()[-1] == f"http://moodbox{ends}"


def test_where_the_settings_cannot_be_read_the_port_is_the_one_announced(tmp_path: Path) -> None:
    """A default that stood in two places would be changed in one."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    announced = tmp_path / "deploy/avahi-moodbox.service"
    announced.write_text(announced.read_text().replace("<port>8080<", "<port>8123<"))
    there = {"PATH": "/usr/bin:/bin", "ACTION": "page_port", "DEPLOY": str(tmp_path / "deploy")}
    step = tmp_path / "deploy/steps/90-services.sh"
    ran = subprocess.run([step], capture_output=True, text=True, env=there | {"PREFIX": str(tmp_path)})
    assert ran.stdout.splitlines()[-1] == "8123"
