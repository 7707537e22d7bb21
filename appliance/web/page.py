"""The page as an optional part of the service: built, shown each snapshot, and closed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from appliance.errors import ConfigError, PageLost
from appliance.files.whole import make_folder, write_whole
from appliance.protocol.snapshot import Snapshot
from appliance.web.auth.attempts import Attempts
from appliance.web.auth.claim import Claim
from appliance.web.auth.pairing import Pairing
from appliance.web.auth.rights import Rights, settle
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
        settle(Path(settings.folder))
        rights = Rights(Path(settings.folder))
        live_picture, labelled = (
            LivePicture(interface.latest, with_label=False),
            LivePicture(interface.latest, with_label=True),
        )
        events = Events(interface, lambda: live_picture.taken + labelled.taken)
        self._parts = PageParts(
            interface,
            rights,
            Attempts(clock),
            Claim(clock),
            Pairing(rights, clock),
            events,
            live_picture,
            labelled,
            logbook(),
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
        self._parts.pairing.watch(snapshot)
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
    return own_adapter(folder / "certificate.pem", folder / "key.pem")


def own_adapter(made: Path, secret: Path) -> object:
    """Make the adapter of the box's own certificate, and that anew where it is missing or cannot be used."""
    try:
        return adapter(made, secret)
    except ConfigError as error:
        if made.exists():
            log.warning("%s; the box makes another one, about which browsers ask again", error)
    key, certificate = _make_certificate()
    try:
        make_folder(made.parent, 0o700)
        write_whole(secret, key, 0o600)
        write_whole(made, certificate, 0o600)  # cut off before this, the two do not fit: both are made anew
    except OSError as error:
        raise ConfigError([f"page.folder: {made.parent}: {error.strerror}; make it writable"]) from error
    return adapter(made, secret)


def _make_certificate() -> tuple[bytes, bytes]:
    """Return a new key and a certificate for it, as PEM. Raises ConfigError."""
    import subprocess

    from appliance.web.auth.names import own_names

    names = ",".join(f"DNS:{name}" for name in sorted(own_names([])))
    command = ["openssl", "req", "-x509", "-nodes", "-keyout", "-", "-out", "-"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    # A Pi has no clock at first boot: valid for long, and browsers ask about a self-made one anyway.
    command += ["-days", "3650", "-subj", "/CN=moodbox", "-addext", f"subjectAltName={names}"]
    try:
        made = subprocess.run(command, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip() or str(error)
        raise ConfigError(
            [f"page.certificate: openssl made none: {reason}; `sudo apt install openssl`"]
        ) from error
    key, begin, certificate = made.partition(b"-----BEGIN CERTIFICATE-----")
    return key, begin + certificate
