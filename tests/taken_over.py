"""A box whose user `moodbox` somebody has taken over, in a mount namespace of its own:

    unshare --mount --propagation private PYTHON tests/taken_over.py COMMAND...

COMMAND is run as root, again and again, while links and pipes stand in the place of everything that moodbox
may write, or come and go there. What befell root's own files is printed, a line each: nothing is all well.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
ETC, LIB, ROOTS = Path("/etc/moodbox"), Path("/var/lib/moodbox"), Path("/root")
PREFIX = Path("/opt/moodbox")
RELEASE = PREFIX / "releases" / "0"
FILES = (
    *(ETC / name for name in ("moodbox.toml", "moodbox.toml.version-1", "mpd-password")),
    *(ETC / name for name in ("samba.conf", "mpd-extra.conf")),
    *(LIB / name for name in ("state.json", "music/.mpdignore", "music/happy/song.flac")),
    *(LIB / "page" / name for name in ("password", "sessions.json", "tokens.json")),
)
FOLDERS = tuple(LIB / name for name in ("page", "music/happy", "mpd/playlists", "music", "mpd"))
CANARY, SUNDRY, EMPTY, ABSENT = (ROOTS / name for name in ("canary", "sundry", "empty", "absent"))
SUNDRIES = (
    *("password", "sessions.json", ".mpdignore", ".password.12345678.half"),
    *(".a.flac.12345678.half.flac", "a/.b.12345678.half"),
)
SETTINGS = f"""\
[mqtt]
broker = "127.0.0.1"
port = 1
password_file = "{CANARY}"
[mpd]
password_file = "{CANARY}"
[page]
folder = "{LIB}/page"
"""
TIMES = 4
"""So often while things come and go."""
PATIENCE_S = 100.0
EXCHANGE = 2
"""RENAME_EXCHANGE of renameat2(2): of two names, each in the other's place in no time."""
AT_FDCWD = -100
"""Paths as usual."""


def build() -> None:
    """Places of our own with a box in them; then what is root's alone."""
    _mount("tmpfs", "/mnt")
    shutil.copytree("/etc", "/mnt/etc", symlinks=True, ignore_dangling_symlinks=True)
    _run("mount", "--bind", "/mnt/etc", "/etc")
    for place in ("/opt", "/var/lib", "/run"):
        _mount("tmpfs", place)
    for user in ("moodbox", "mpd"):
        with suppress(KeyError):
            pwd.getpwnam(user)
            continue
        _run("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(LIB), user)
    for folder in (Path("/opt/src"), Path("/opt/site"), RELEASE):
        folder.mkdir(parents=True)
    _run("mount", "--bind", str(SOURCE), "/opt/src")
    _run("mount", "--bind", sysconfig.get_path("purelib"), "/opt/site")
    _run(sys.executable, "-m", "venv", "--without-pip", str(RELEASE / "venv"))
    (site,) = (RELEASE / "venv/lib").glob("python*/site-packages")
    (site / "box.pth").write_text("/opt/src\n/opt/site\n")
    moodbox = RELEASE / "venv/bin/moodbox"
    moodbox.write_text(f'#!/bin/sh\nexec {RELEASE}/venv/bin/python -I -m appliance "$@"\n')
    moodbox.chmod(0o755)
    (RELEASE / "deploy").symlink_to("/opt/src/deploy")
    (RELEASE / "wheels/music").mkdir(parents=True)
    dpkg = RELEASE / "venv/bin/dpkg-query"
    dpkg.write_text("#!/bin/sh\necho install ok installed\n")
    dpkg.chmod(0o755)
    Path("/etc/samba").mkdir(exist_ok=True)
    Path("/etc/samba/smb.conf").write_text("[global]\n\ninclude = /etc/moodbox/samba.conf\n")
    _mount("tmpfs", str(ROOTS), "strictatime,mode=0700")  # reading leaves its mark
    for name in SUNDRIES:
        (SUNDRY / name).parent.mkdir(parents=True, exist_ok=True)
        (SUNDRY / name).write_text(f"root's own {name}\n")
    CANARY.write_text("for root's eyes alone\n")
    EMPTY.touch()
    for file in ROOTS.rglob("*"):
        file.chmod(0o700 if file.is_dir() else 0o600)


def furnish() -> None:
    """The folders that moodbox may write, with all that is in them, as on a box that has run for a while."""
    for folder in (ETC, LIB, Path("/run/moodbox")):
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
    for file in FILES:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    for folder in FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)
    FILES[0].write_text(SETTINGS)
    Path("/run/moodbox").mkdir()
    for path in (ETC, LIB, Path("/run/moodbox"), *ETC.rglob("*"), *LIB.rglob("*")):
        shutil.chown(path, "moodbox", "moodbox")


def lay_links(paths: tuple[Path, ...], target: Path) -> None:
    for path in paths:
        path.rename(path.with_name(path.name + ".away")) if path.is_dir() else path.unlink()
        path.symlink_to(target)
        os.lchown(path, *_moodbox())


def lay_pipes(paths: tuple[Path, ...]) -> None:
    for path in paths:
        path.unlink()
        os.mkfifo(path)
        os.chown(path, *_moodbox())


def remove(paths: tuple[Path, ...]) -> None:
    for path in paths:
        path.unlink()


@contextmanager
def coming_and_going(paths: tuple[tuple[Path, Path], ...]) -> Iterator[None]:
    """A process of moodbox's lays a link over each path and takes it away again, as fast as it can."""
    for path, target in paths:
        link = path.with_name(path.name + ".link")
        link.symlink_to(target)
        os.lchown(link, *_moodbox())
    child = os.fork()
    if child == 0:
        user, group = _moodbox()
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
        _exchange([(os.fsencode(path), os.fsencode(f"{path}.link")) for path, _ in paths])
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _exchange(pairs: list[tuple[bytes, bytes]]) -> None:
    rename = ctypes.CDLL(None).renameat2
    for one, other in itertools.cycle(pairs):
        rename(AT_FDCWD, one, AT_FDCWD, other, EXCHANGE)


def seen() -> dict[str, list[int]]:
    """What root's own files and folders are like: mode, owner, sizes, times. Reads none of them."""
    found = {}
    for folder, _, names in os.walk(ROOTS):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            about = path.lstat()
            read_at = 0 if path.is_dir() else about.st_atime_ns
            figures = [about.st_mode, about.st_uid, about.st_gid, about.st_size, about.st_mtime_ns, read_at]
            found[str(path)] = figures
    return found


def attacked(command: list[str]) -> Iterator[str]:
    """Run it in every situation. What befell root's own files, or that it hung, a line each."""
    files = tuple((file, CANARY) for file in FILES)
    folders = tuple((folder, SUNDRY) for folder in FOLDERS[:3])
    situations: dict[str, Callable[[], None]] = {
        "links for files": lambda: lay_links(FILES, CANARY),
        "links for files to an empty one": lambda: lay_links(FILES, EMPTY),
        "links for files to none": lambda: lay_links(FILES, ABSENT),
        "links for folders": lambda: lay_links(FOLDERS, SUNDRY),
        "pipes for files": lambda: lay_pipes(FILES),
        "nothing yet": lambda: remove(FILES),
    }
    for name, lay in situations.items():
        furnish()
        lay()
        yield from _befallen(command, name)
    for name, pairs in (("files come and go", files), ("folders come and go", folders)):
        furnish()
        with coming_and_going(pairs):
            for _ in range(TIMES):
                yield from _befallen(command, name)


def _befallen(command: list[str], name: str) -> Iterator[str]:
    before = seen()
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=PATIENCE_S, env=THERE)
    except subprocess.TimeoutExpired:
        yield f"{name}: it hung"
    after = seen()
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield f"{name}: {path}: {before.get(path)} became {after.get(path)}"


THERE = {
    "PATH": f"{RELEASE}/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "ACTION": "install",
    "SAMBA": "yes",
    "DEPLOY": str(RELEASE / "deploy"),
    "PREFIX": str(PREFIX),
    "WHEELS": str(RELEASE / "wheels"),
}


def _moodbox() -> tuple[int, int]:
    user = pwd.getpwnam("moodbox")
    return user.pw_uid, user.pw_gid


def _mount(kind: str, place: str, options: str = "rw") -> None:
    _run("mount", "-t", kind, "-o", options, kind, place)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    build()
    print(*attacked(sys.argv[1:]), sep="\n")
