"""Root lays its powers down: what the service would do is done as the service's own user.

Settings, passwords and state lie in folders that this user may write. Read or followed by root they would
lend root's powers to whoever has taken the service over.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SERVICE_USER = "moodbox"
_TURN = threading.Lock()
"""One thread at a time: two would each give back what the other has taken."""


def service() -> pwd.struct_passwd | None:
    """The box's own user, when root asks and there is one; else None."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVICE_USER)
    return None


def become_service() -> None:
    """Go on as the box's own user, with the groups that its unit has, for good.

    Does nothing for anybody but root, nor on a machine that is no box.
    """
    user = service()
    if user is None:
        return
    os.initgroups(user.pw_name, user.pw_gid)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.umask(0o027)  # as moodbox.service has it
    os.environ |= {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}


def of_service() -> dict[str, Any]:
    """Arguments of `subprocess.Popen` that start a program as the box's own user, where there is one."""
    user = service()
    if user is None:
        return {}
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups, "cwd": "/"}


@contextlib.contextmanager
def in_folder(path: Path) -> Iterator[int]:
    """A handle of the folder, for `dir_fd`: its path is resolved once. Meanwhile root is who has the folder.

    So what root makes there is the owner's, and root can do there what the owner can. (The whole process is
    that user for so long, all threads.) Raises OSError; for root also when the folder is a link.
    """
    is_root = os.getuid() == 0
    with _TURN if is_root else contextlib.nullcontext():
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if is_root else 0))
        try:
            with _as_owner(handle) if is_root else contextlib.nullcontext():
                yield handle
        finally:
            os.close(handle)


@contextlib.contextmanager
def _as_owner(handle: int) -> Iterator[None]:
    owner, group, groups = os.fstat(handle), os.getegid(), os.getgroups()
    os.setgroups([owner.st_gid])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
