"""The page as an optional part of the service: built, shown each snapshot, and closed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from appliance.errors import ConfigError, PageLost
from appliance.protocol.messages import Snapshot
from appliance.web.auth.attempts import Attempts
from appliance.web.auth.claim import Claim
from appliance.web.auth.rights import Rights
from appliance.web.care.logbook import logbook
from appliance.web.http.app import make_app
from appliance.web.http.server import Server, adapter
from appliance.web.interface import Interface
from appliance.web.live.events import Events
from appliance.web.live.picture import LivePicture
from appliance.web.shared import PageParts

log = logging.getLogger(__name__)


class Page:
    """Serves the page and the REST interface until `close`; see `service.optional.OptionalPart`."""

    def __init__(self, interface: Interface, clock: Callable[[], float] = time.monotonic) -> None:
        """Serve from now on. clock: monotonic seconds, by which wrong passwords are forgiven.

        Raises ConfigError when the address is taken or the certificate will not do.
        """
        settings = interface.config.page
        tls = _tls(settings.certificate, settings.key, Path(settings.folder))
        # The address first: where it is taken this is tried every few seconds, and the rest is dear to build.
        self._server = Server(settings.address, settings.port)
        try:
            self._build(interface, clock, tls)
        except BaseException:
            self._server.close()
            raise

    def _build(self, interface: Interface, clock: Callable[[], float], tls: object | None) -> None:
        settings = interface.config.page
        rights = Rights(Path(settings.folder))
        live_picture, labelled = (
            LivePicture(interface.latest, with_label=False),
            LivePicture(interface.latest, with_label=True),
        )
        events = Events(interface, lambda: live_picture.taken + labelled.taken)
        self._parts = PageParts(
            interface, rights, Attempts(clock), Claim(clock), events, live_picture, labelled, logbook()
        )
        self._server.start(make_app(self._parts), tls)
        self.port = self._server.port
        log.info("the page is served on %s, port %d", settings.address, self.port)
        if not rights.has_password:
            log.info("no password is set: the page is served to this machine only; see `moodbox password`")

    def show(self, snapshot: Snapshot) -> None:
        """Hand over the newest snapshot. Raises PageLost when the server has ended."""
        if not self._server.is_serving:
            raise PageLost("its server has ended; it is started again")
        self._parts.claim.watch(snapshot)
        self._parts.events.tell(snapshot)
        self._parts.live_picture.look_again()
        self._parts.labelled.look_again()

    def close(self) -> None:
        """Let every viewer go, and stop serving."""
        for streams in (self._parts.live_picture, self._parts.labelled, self._parts.events):
            streams.close()
        self._server.close()


def _tls(certificate: str, key: str, folder: Path) -> object | None:
    if not certificate:
        return None
    if certificate != "self-made":
        return adapter(Path(certificate), Path(key or certificate))
    made, secret = folder / "certificate.pem", folder / "key.pem"
    if not (made.exists() and secret.exists()):
        _make_certificate(made, secret)
    return adapter(made, secret)


def _make_certificate(made: Path, secret: Path) -> None:
    import subprocess

    from appliance.web.auth.names import own_names

    names = ",".join(f"DNS:{name}" for name in sorted(own_names([])))
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    # A Pi has no clock at first boot: valid for long, and browsers ask about a self-made one anyway.
    command += ["-days", "3650", "-subj", "/CN=moodbox", "-addext", f"subjectAltName={names}"]
    try:
        made.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        subprocess.run(
            [*command, "-keyout", str(secret), "-out", str(made)],
            check=True, capture_output=True, text=True, umask=0o077,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise ConfigError(
            [f"page.certificate: openssl made none: {reason.strip()}; `sudo apt install openssl`"]
        ) from error
