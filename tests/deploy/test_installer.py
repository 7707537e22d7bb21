"""The installer's face: its options, and that a dry run does nothing. Its work is proved in tests/boot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from processes import started

import appliance

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted(
    [
        *(DEPLOY.parent / "systemd").glob("moodbox*.service"),
        *(DEPLOY.parent / "systemd").glob("moodbox*.path"),
        *(DEPLOY.parent / "systemd").glob("moodbox*.timer"),
    ]
)
STEPS = sorted((DEPLOY / "steps").glob("[0-9]*.sh"))

needs_debian = pytest.mark.skipif(
    not shutil.which("apt-cache"), reason="no apt here: the installer is for Debian"
)


def install(*options: str, **there: str) -> subprocess.CompletedProcess[str]:
    """there: environment variables to change."""
    return subprocess.run(
        [DEPLOY / "install.sh", *options], capture_output=True, text=True, check=False, env=os.environ | there
    )


# Two hundred small programs, which a busy machine is slow to start.
@needs_debian
@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", [(), ("--uninstall",), ("--uninstall", "--purge")])
def test_a_dry_run_goes_through_every_step_and_does_nothing(way: tuple[str, ...]) -> None:
    places = [Path("/opt/moodbox"), Path("/etc/moodbox"), Path("/var/lib/moodbox-install")]
    before = [place.exists() for place in places]
    ran = install("--dry-run", *way)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [step.stem for step in STEPS if f"== {step.stem}: " not in ran.stdout] == []
    assert [place.exists() for place in places] == before


@needs_debian
@pytest.mark.timeout(300)
def test_what_was_done_last_is_undone_first() -> None:
    said = [line for line in install("--dry-run", "--uninstall").stdout.splitlines() if line.startswith("==")]
    assert said == [f"== {step.stem}: uninstall" for step in reversed(STEPS)]


@needs_debian
def test_to_prepare_a_release_only_brings_what_it_needs_to_run() -> None:
    said = [line for line in install("--dry-run", "--prepare").stdout.splitlines() if line.startswith("==")]
    assert said == ["== 10-packages: prepare", "== 30-release: prepare"]


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (("--colour",), 2, "deploy/install.sh [--dry-run]"),
        (("--purge", "--dry-run"), 1, "--purge goes with --uninstall"),
        (("--wheels", "/nowhere", "--dry-run"), 1, "--wheels /nowhere: no such folder"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: tuple[str, ...], status: int, says: str) -> None:
    ran = install(*options)
    assert (ran.returncode, says in ran.stderr) == (status, True)


@needs_debian
@pytest.mark.timeout(300)
def test_a_32_bit_system_on_a_64_bit_kernel_asks_for_its_own_packages(tmp_path: Path) -> None:
    dpkg = tmp_path / "dpkg"
    dpkg.write_text("#!/bin/sh\necho armhf\n")
    dpkg.chmod(0o755)
    ran = install("--dry-run", PATH=f"{tmp_path}:{os.environ['PATH']}")
    if sys.version_info < (3, 12):
        assert "would run: setarch linux32 /opt/moodbox/releases/" in ran.stdout
    else:
        assert (ran.returncode, "no TFLite runtime exists for 32-bit ARM" in ran.stdout) == (1, True)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.stem)
def test_every_step_has_a_way_there_and_a_way_back(step: Path) -> None:
    text = step.read_text(encoding="utf-8")
    assert "\ninstall() {" in text
    assert "\nuninstall() {" in text
    assert text.endswith("\nstep\n")


OWN_PLACES = """
set -e
mount -t tmpfs tmpfs /media && cp -a /etc /media/ && mount --bind /media/etc /etc
for place in /opt /var/lib /run; do mount -t tmpfs tmpfs $place; done
export PREFIX=/opt/moodbox
"""


def in_own_places(script: str) -> str:
    """What the script prints, run as root with an /etc and a /var/lib of its own."""
    is_possible = os.geteuid() == 0 and shutil.which("unshare") is not None
    namespace = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc"]
    if not is_possible or subprocess.call([*namespace, "mount", "-t", "tmpfs", "tmpfs", "/media"]):
        pytest.skip("needs root, and a mount namespace")
    there = os.environ | {"DEPLOY": str(DEPLOY)}
    ran = subprocess.run(
        [*namespace, "bash", "-c", OWN_PLACES + script],
        capture_output=True,
        text=True,
        check=False,
        env=there,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_group_that_is_left_over_stops_no_install() -> None:
    said = in_own_places(
        """
        groupadd moodbox
        ACTION=install $DEPLOY/steps/20-user.sh && id -gn moodbox
        """
    )
    assert "\nmoodbox\n" in said


def test_a_purge_leaves_no_group_although_somebody_has_joined_it() -> None:
    said = in_own_places(
        """
        ACTION=install $DEPLOY/steps/20-user.sh
        usermod --append --groups moodbox games
        ACTION=uninstall PURGE=yes $DEPLOY/steps/20-user.sh
        getent group moodbox || echo gone
        """
    )
    assert said.splitlines()[-1] == "gone"


def test_a_purge_keeps_packages_that_somebody_has_asked_for_since() -> None:
    """mpd was asked for by us and brought liba and libb; libb was asked for since, libc is somebody's own."""
    said = in_own_places(
        r"""
        mkdir -p /opt/bin /var/lib/moodbox-install && export PATH=/opt/bin:$PATH
        printf '#!/bin/sh\nprintf "%%s install ok installed\\n" mpd liba libb libc\n' >/opt/bin/dpkg-query
        printf '#!/bin/sh\nprintf "%%s\\n" mpd libb libc\n' >/opt/bin/apt-mark
        chmod +x /opt/bin/*
        printf '%s\n' mpd liba libb >/var/lib/moodbox-install/packages
        echo mpd >/var/lib/moodbox-install/asked
        ACTION=uninstall PURGE=yes DRY_RUN=yes $DEPLOY/steps/10-packages.sh
        """
    )
    assert "would run: dpkg --abort-after=9999 --purge liba mpd" in said


RUN_STEP = "VERSION= ACTION=install $DEPLOY/steps/90-services.sh"


@pytest.mark.skipif(not shutil.which("systemctl"), reason="no systemd here")
def test_an_update_brings_the_units_that_the_release_before_did_not_have() -> None:
    """An update runs the new release's own installer over the old one's links."""
    said = in_own_places(
        rf"""
        export PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_OFFLINE=1  # the real systemctl, for these places
        source=$(dirname "$DEPLOY") links=/etc/systemd/system
        for release in $PREFIX/releases/{{old,new}}; do
            mkdir -p $release && cp -r "$source"/deploy "$source"/systemd $release/
        done
        cd $PREFIX/releases/old && rm systemd/moodbox-mpd-restart.* systemd/moodbox-secrets.service
        sed -i 's/moodbox-mpd-restart.path//; s/moodbox-secrets.service//' deploy/steps/90-services.sh
        for release in old new old new; do
            ln -sfn releases/$release $PREFIX/current
            DEPLOY=$PREFIX/releases/$release/deploy && {RUN_STEP} >/dev/null
            echo "-- $release"
            for unit in {" ".join(unit.name for unit in UNITS)}; do
                wanted=$(ls $links/*.wants | grep -cx "$unit" || true)
                echo "$unit $(readlink -e $links/$unit) $wanted"
            done
        done
        """
    )
    was, now, was_again, now_again = (part.splitlines() for part in re.split("-- .*\n", said)[1:])
    assert (was, now) == (was_again, now_again)
    assert "moodbox-mpd-restart.path  0" in was
    assert now == [
        f"{unit.name} /opt/moodbox/releases/new/systemd/{unit.name} {int(_is_wanted(unit))}" for unit in UNITS
    ]


@pytest.mark.skipif(not shutil.which("systemctl"), reason="no systemd here")
def test_the_port_of_the_settings_is_announced_and_nothing_else_that_the_box_may_say() -> None:
    said = in_own_places(
        rf"""
        export PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_OFFLINE=1
        ACTION=install $DEPLOY/steps/20-user.sh >/dev/null
        mkdir $PREFIX && ln -s "$(dirname "$DEPLOY")" $PREFIX/current
        python=$PREFIX/releases/{appliance.__version__}/venv/bin/python
        mkdir -p "$(dirname $python)"
        for port in 8443 '1</port>' 123456 ''; do
            printf '#!/bin/sh\necho "%s"\n' "$port" >$python && chmod +x $python
            {RUN_STEP} >/dev/null
            grep -h '<port>' /etc/avahi/services/moodbox.service
        done
        """
    )
    assert said.split() == [f"<port>{port}</port>" for port in (8443, 8080, 8080, 8080)]


def _is_wanted(unit: Path) -> bool:
    return "\n[Install]\n" in unit.read_text(encoding="utf-8")


def test_what_units_take_out_of_a_release_is_in_it() -> None:
    named = {
        name for unit in UNITS for name in re.findall(r"/opt/moodbox/current/([\w./-]+)", unit.read_text())
    }
    assert {"deploy/secrets.sh"} <= named
    assert [
        name for name in named if not name.startswith("venv/") and not (DEPLOY.parent / name).exists()
    ] == []


def test_a_read_only_root_takes_settings_along_and_follows_no_link(tmp_path: Path) -> None:
    """The partition may be of another box, whose user has laid links on it."""
    elsewhere, box, data = tmp_path / "shadow", tmp_path / "box", tmp_path / "data"
    elsewhere.write_text("root's")
    (box / "deep").mkdir(parents=True)
    (box / "moodbox.toml").write_text("version = 1")
    (box / "link").symlink_to(elsewhere)
    data.mkdir()
    (data / "moodbox.toml").symlink_to(elsewhere)
    os.utime(data / "moodbox.toml", (0, 0), follow_symlinks=False)
    os.utime(elsewhere, (0, 0))
    copied = overlay(f"copy {box} {data}")
    assert copied.returncode == 0, copied.stderr
    assert (elsewhere.read_text(), (data / "moodbox.toml").read_text()) == ("root's", "version = 1")
    assert (data / "link").is_symlink()
    data.rename(tmp_path / "moved")
    data.symlink_to(tmp_path / "moved")
    assert "is a link, which none of ours is" in overlay(f"copy {box} {data}").stderr


def test_a_read_only_root_waits_for_every_process_of_the_boxes_users() -> None:
    with started(["sleep", "60"], user="nobody") as left:
        assert f"/proc/{left.pid}/status" in overlay("running_as games nobody").stdout.split()
        left.kill()
        left.wait()
    assert f"/proc/{left.pid}/status" not in overlay("running_as games nobody").stdout


def overlay(words: str) -> subprocess.CompletedProcess[str]:
    """Functions of overlay.sh, called as root."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    script = f'source "{DEPLOY}/overlay.sh" status >/dev/null; {words}'
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
