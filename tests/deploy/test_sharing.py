"""The music folder as a share, judged by Samba's own `testparm`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SHARE = Path(__file__).resolve().parents[2] / "deploy" / "samba.conf"

pytestmark = pytest.mark.skipif(
    not shutil.which("testparm"), reason="no testparm here; `apt install samba-common-bin`"
)


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """smb.conf as the installer leaves it: Debian's with our line at its end."""
    debians = Path("/usr/share/samba/smb.conf").read_text(encoding="utf-8")
    file = tmp_path / "smb.conf"
    file.write_text(f"{debians}\ninclude = {SHARE}\n", encoding="utf-8")
    return file


def samba_says(*arguments: object) -> str:
    ran = subprocess.run(
        ["testparm", "--suppress-prompt", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


def test_samba_understands_the_share(conf: Path) -> None:
    said = samba_says("--section-name=music", conf)
    assert "Loaded services file OK" in said
    assert "Unknown parameter" not in said
    assert "path = /var/lib/moodbox/music" in said
    assert "valid users = @moodbox" in said
    # Nobody without a password, and what is put there, MPD and the page may read and the group change.
    assert "guest ok" not in said
    assert "create mask = 0664" in said


@pytest.mark.parametrize("home", ["192.168.1.5", "10.0.0.9", "172.20.0.1", "fd00::5", "fe80::1", "127.0.0.1"])
def test_computers_at_home_are_let_in(conf: Path, home: str) -> None:
    assert f"Allow connection from pc ({home}) to music" in samba_says(conf, "pc", home)


@pytest.mark.parametrize("elsewhere", ["8.8.8.8", "172.32.0.1", "2001:db8::1"])
def test_nobody_else_is(conf: Path, elsewhere: str) -> None:
    assert f"Deny connection from pc ({elsewhere}) to music" in samba_says(conf, "pc", elsewhere)
