"""Root trusts nothing that user moodbox can write: what root runs, while links and pipes lie in its way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.machine import mpd_config

TESTS = Path(__file__).resolve().parents[1]
DEPLOY, SYSTEMD = TESTS.parent / "deploy", TESTS.parent / "systemd"
NAMESPACE = ("unshare", "--mount", "--propagation", "private")
BOX = "/opt/moodbox/releases/0"
HEALTH = f"""\
from pathlib import Path
from appliance.update import health
health.examine(Path("{BOX}/venv/bin/moodbox"), health.Patience())
health.settings_say("music.resume", None)
"""
RUN_BY_ROOT = {
    **{
        step: [f"{BOX}/deploy/steps/{step}.sh"]
        for step in ("20-user", "40-settings", "50-music", "60-sharing")
    },
    "passwords at the start": [f"{BOX}/deploy/secrets.sh"],
    "moodbox password": ["moodbox", "password"],
    "moodbox doctor": ["moodbox", "doctor", "--json"],
    "moodbox status": ["moodbox", "status"],
    "moodbox config migrate": ["moodbox", "config", "migrate"],
    "what an update asks": [f"{BOX}/venv/bin/python", "-I", "-c", HEALTH],
}


def own_namespace() -> bool:
    """Whether root may make a place of its own here."""
    is_possible = os.geteuid() == 0 and shutil.which("unshare") is not None
    return is_possible and not subprocess.call([*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not own_namespace(), reason="needs root, and a mount namespace")
@pytest.mark.parametrize("command", RUN_BY_ROOT.values(), ids=RUN_BY_ROOT.keys())
def test_links_swapped_under_what_root_runs_leave_roots_own_alone(command: list[str]) -> None:
    ran = subprocess.run(
        [*NAMESPACE, sys.executable, str(TESTS / "taken_over.py"), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "", ran.stdout + ran.stderr


def test_no_python_of_roots_takes_modules_from_where_root_stands() -> None:
    for script in [*DEPLOY.glob("steps/*.sh"), DEPLOY / "install.sh"]:
        for line in script.read_text(encoding="utf-8").splitlines():
            if re.search(r'(python3|"\$PYTHON") ', line) and "NEEDED=" not in line:
                assert re.search(r'(python3|"\$PYTHON") -I\b', line), f"{script.name}: {line}"


SMALL = (
    *(f"/usr/bin/{name} " for name in ("systemctl", "mkdir", "rmdir", "systemd-mount", "systemd-umount")),
    "/usr/bin/systemd-run ",
    "/usr/bin/rm -f /run/moodbox/install",  # a name is taken away, and no link followed
    "/opt/moodbox/current/deploy/secrets.sh hotspot",
)
"""What units may run as root: nothing of it looks into moodbox's folders."""


def test_what_units_run_as_root_looks_at_nothing_that_moodbox_can_write() -> None:
    for unit in SYSTEMD.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        has_user = re.search(r"^User=(moodbox|mpd)$", text, re.MULTILINE)
        for prefix, command in re.findall(r"^Exec\w+=([-+!:@|]*)(.*)$", text, re.MULTILINE):
            if not has_user or set(prefix) & set("+!"):
                assert command.startswith(SMALL), f"{unit.name}: {command}"


def test_what_others_include_lies_where_root_alone_writes() -> None:
    included = re.findall(
        r"^(?:INCLUDE=.*|OWN=.*)$", (DEPLOY / "steps/60-sharing.sh").read_text(), re.MULTILINE
    )
    assert included[0] == "OWN=/etc/moodbox.d"
    assert included[1].startswith('INCLUDE="include = $OWN/samba.conf"')
    assert re.findall(r'^include\w* "(.*)/', mpd_config.FIXED, re.MULTILINE) == ["/etc/moodbox.d"]
    folders = (DEPLOY / "tmpfiles.conf").read_text(encoding="utf-8")
    assert "/etc/moodbox.d" not in folders  # nobody gives it to moodbox
