"""The image's recipe and the hotspot, in small; tests/boot/image.sh builds, looks and boots."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY, IMAGE = ROOT / "deploy", ROOT / "deploy" / "image"
HOTSPOT = DEPLOY / "hotspot"
AT_THE_HOTSPOT = ipaddress.IPv4Network("10.41.0.0/24")
"""comitup's addresses, fixed in its source."""


# --- pi-gen ------------------------------------------------------------------------------------------------


def configured(**there: str) -> dict[str, str]:
    """What the configuration sets, as pi-gen reads it."""
    names = ("STAGE_LIST", "ENABLE_SSH", "FIRST_USER_PASS", "TARGET_HOSTNAME", "WPA_COUNTRY")
    script = (
        f'set -eu; source "{IMAGE}/config"; for name in {" ".join(names)}; do echo "$name=${{!name-}}"; done'
    )
    ran = subprocess.run(
        ["bash", "-c", script], env={"PATH": os.environ["PATH"], **there}, capture_output=True, text=True
    )
    if ran.returncode:
        raise ValueError(ran.stderr)
    return dict(line.split("=", 1) for line in ran.stdout.splitlines())


def test_the_stage_comes_after_raspberry_pi_os_lite_and_nobody_can_log_in() -> None:
    config = configured(MOODBOX="/src", WPA_COUNTRY="IN")
    assert config["STAGE_LIST"] == "stage0 stage1 stage2 /src/deploy/image/stage-moodbox"
    assert (config["ENABLE_SSH"], config["FIRST_USER_PASS"]) == ("0", "")
    assert config["TARGET_HOSTNAME"] == "moodbox"


def test_an_image_is_made_for_a_country() -> None:
    with pytest.raises(ValueError, match="two letters"):
        configured(MOODBOX="/src")


def test_pi_gen_finds_its_scripts_by_their_names_and_may_run_them() -> None:
    stage = IMAGE / "stage-moodbox"
    assert (stage / "EXPORT_IMAGE").exists()
    scripts = [stage / "prerun.sh", *(path for path in stage.glob("*/*") if path.is_file())]
    assert len(scripts) == 2
    for script in scripts:
        assert re.fullmatch(r"prerun\.sh|\d\d-run\.sh", script.name)
        assert os.access(script, os.X_OK)


@pytest.mark.parametrize(
    ("arguments", "country", "says"),
    [
        ((), "DE", "sudo WPA_COUNTRY=DE"),
        (("/nowhere",), "DE", "git clone --branch arm64"),
        ((str(ROOT),), "DE", "is no checkout of pi-gen"),
    ],
)
def test_a_build_that_cannot_begin_says_what_to_do(
    arguments: tuple[str, ...], country: str, says: str
) -> None:
    env = {"PATH": os.environ["PATH"], "WPA_COUNTRY": country}
    ran = subprocess.run([IMAGE / "build.sh", *arguments], env=env, capture_output=True, text=True)
    assert ran.returncode != 0
    assert says in ran.stderr


# --- passwords ---------------------------------------------------------------------------------------------


@pytest.fixture
def box(tmp_path: Path) -> Callable[..., str]:
    """A box with the hotspot: when called, it starts with that note on its card, and gives the password."""
    etc, boot = tmp_path / "etc", tmp_path / "boot"
    (etc / "moodbox").mkdir(parents=True)
    boot.mkdir()
    (etc / "moodbox/mpd-password").write_text("there already\n")  # to make one takes root
    (etc / "comitup.conf").write_bytes((HOTSPOT / "comitup.conf").read_bytes())

    def start(note: str | None = None) -> str:
        if note is not None:
            (boot / "moodbox-hotspot.txt").write_text(note)
        env = {"PATH": os.environ["PATH"], "MOODBOX_ETC": str(etc), "MOODBOX_BOOT": str(boot)}
        subprocess.run([DEPLOY / "secrets.sh"], env=env, check=True)
        (password,) = re.findall(r"^ap_password: (.*)$", (etc / "comitup.conf").read_text(), re.MULTILINE)
        assert stat.S_IMODE((etc / "comitup.conf").stat().st_mode) == 0o600
        return str(password)

    return start


def note_of(tmp_path: Path) -> str:
    return (tmp_path / "boot/moodbox-hotspot.txt").read_text().splitlines()[-1]


def test_a_box_makes_its_hotspots_password_once_and_writes_it_onto_the_card(
    box: Callable[..., str], tmp_path: Path
) -> None:
    made = box((HOTSPOT / "moodbox-hotspot.txt").read_text())
    assert re.fullmatch("[a-z2-9]{12}", made)
    assert note_of(tmp_path) == made
    assert box() == made


def test_the_owners_password_counts_from_the_next_start_on(box: Callable[..., str]) -> None:
    made = box()
    # As Windows' editor writes it.
    assert box("# a word before\r\n\r\nmine-and-100%\r\n") == "mine-and-100%%" != made


@pytest.mark.parametrize("wrong", ["short", "with a space in it", "x" * 64, "ümlaute-nicht"])
def test_a_password_that_wifi_does_not_take_changes_nothing(box: Callable[..., str], wrong: str) -> None:
    made = box()
    assert box(f"{wrong}\n") == made


def test_without_a_hotspot_there_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "moodbox").mkdir()
    (tmp_path / "moodbox/mpd-password").write_text("there already\n")
    env = {"PATH": os.environ["PATH"], "MOODBOX_ETC": str(tmp_path), "MOODBOX_BOOT": str(tmp_path)}
    subprocess.run([DEPLOY / "secrets.sh"], env=env, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["moodbox"]


def test_a_power_cut_leaves_passwords_whole(tmp_path: Path) -> None:
    """A name that no fsync of its file precedes may be empty; one that none of its folder follows, lost."""
    if not shutil.which("strace"):
        pytest.skip("no strace here")
    etc, boot = tmp_path / "etc", tmp_path / "boot"
    etc.mkdir()
    boot.mkdir()
    (etc / "comitup.conf").write_bytes((HOTSPOT / "comitup.conf").read_bytes())
    env = {"PATH": os.environ["PATH"], "MOODBOX_ETC": str(etc), "MOODBOX_BOOT": str(boot)}
    trace = ["strace", "-f", "-y", "-qq", "-o", str(tmp_path / "calls"), "-e", "trace=fsync,/^rename"]
    subprocess.run([*trace, DEPLOY / "secrets.sh", "hotspot"], env=env, check=True)
    calls = [line for line in (tmp_path / "calls").read_text().splitlines() if line.endswith(" = 0")]
    done = re.findall(r'(fsync|rename)\w*\((?:\d+<|AT_FDCWD(?:<[^>]*>)?, ")(/[^">]+)', "\n".join(calls))
    expected = []
    for file in (boot / "moodbox-hotspot.txt", etc / "comitup.conf"):
        expected += [("fsync", f"{file}.new"), ("rename", f"{file}.new"), ("fsync", str(file.parent))]
    assert done == expected
    assert note_of(tmp_path) in (etc / "comitup.conf").read_text()


def test_every_password_is_written_in_that_one_way() -> None:
    script = (DEPLOY / "secrets.sh").read_text()
    assert re.findall(r'>"[^"]*"', script) == ['>"$new"']
    assert len(re.findall(r"\| put 0\d+ ", script)) == 3


# --- who hears what ----------------------------------------------------------------------------------------


def allowed(file: Path) -> list[str]:
    (words,) = re.findall(r"^IPAddressAllow=(.*)$", file.read_text(), re.MULTILINE)
    return str(words).split()


def test_the_boxs_page_may_speak_to_the_hotspot() -> None:
    networks = [
        word for word in allowed(ROOT / "systemd/moodbox.service") if word[0].isdigit() and "." in word
    ]
    assert any(AT_THE_HOTSPOT.subnet_of(ipaddress.IPv4Network(word)) for word in networks)


def test_comitups_page_speaks_to_the_hotspot_alone() -> None:
    drop_in = HOTSPOT / "comitup-web-service.conf"
    assert "IPAddressDeny=any" in drop_in.read_text().splitlines()
    assert allowed(drop_in) == ["localhost", str(AT_THE_HOTSPOT)]


# --- a cable -----------------------------------------------------------------------------------------------


@pytest.fixture
def cable(tmp_path: Path) -> Callable[..., list[str]]:
    """NetworkManager tells of a connection; returns what is then asked of it and of systemd."""
    said = tmp_path / "said"

    def tell(event: str, devices: str, active: str = "") -> list[str]:
        said.write_text("")
        answers = f'*device*) printf "{devices}";; *show*) printf "{active}";;'
        for name, text in (
            ("nmcli", f'case "$*" in {answers} *) echo "nmcli $*" >>{said};; esac'),
            ("systemctl", f'echo "systemctl $*" >>{said}'),
            ("hostname", "echo moodbox"),
        ):
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        subprocess.run([HOTSPOT / "50-moodbox-cable", "eth0", event], env=env, check=True)
        return said.read_text().splitlines()

    return tell


def test_a_cable_ends_the_hotspot_and_leaves_the_homes_wifi(cable: Callable[..., list[str]]) -> None:
    assert cable("up", "ethernet:connected\\nwifi:connected\\n", "moodbox-417-0000\\nHome-5\\n") == [
        "systemctl --quiet is-active comitup.service",
        "systemctl stop comitup.service comitup-web.service",
        "nmcli connection down id moodbox-417-0000",
    ]


def test_without_a_cable_comitup_takes_over(cable: Callable[..., list[str]]) -> None:
    assert cable("down", "ethernet:unavailable\\nwifi:disconnected\\n") == [
        "systemctl --no-block start comitup.service"
    ]


def test_other_news_of_networkmanagers_are_not_for_us(cable: Callable[..., list[str]]) -> None:
    assert cable("dhcp4-change", "ethernet:connected\\n") == []
