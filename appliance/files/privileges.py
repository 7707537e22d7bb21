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
"""Lets one thread at a time be the owner: a second one would give back what the first has taken."""


def service() -> pwd.struct_passwd | None:
    """Look the box's own user up. Returns None unless root asks, and where there is no such user."""
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
    # The user last: who is no longer root may not change its groups any more.
    os.initgroups(user.pw_name, user.pw_gid)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.umask(0o027)  # as moodbox.service has it
    os.environ |= {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}


def of_service() -> dict[str, Any]:
    """Return arguments of `subprocess.Popen` that start a program as the box's own user; {} without one."""
    user = service()
    if user is None:
        return {}
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups, "cwd": "/"}


@contextlib.contextmanager
def in_folder(path: Path) -> Iterator[int]:
    """Open the folder and give its handle, for `dir_fd`; inside the block root acts as the folder's owner.

    The path is resolved once, so no link that is laid there meanwhile leads root elsewhere.

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
    # The user is laid down last and taken back first, because only root may change its groups.
    owner, group, groups = os.fstat(handle), os.getegid(), os.getgroups()
    if (owner.st_uid, owner.st_gid) == (os.geteuid(), group):
        yield  # nothing to lay down; each change of user wakes every thread of the process
        return
    os.setgroups([owner.st_gid])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
