"""Make the broker and the device out of the settings, and run errands that need no running box: check the
broker, try another one, purge what it retains of us."""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import appliance
from appliance import config
from appliance.config import Config
from appliance.config.mqtt import Mqtt
from appliance.errors import BrokerLost, ConfigError, MoodboxError
from appliance.homeassistant.broker import ANSWER_S, DEAF, Broker
from appliance.homeassistant.discovery import Found
from appliance.homeassistant.entities import Device
from appliance.homeassistant.page import page_of
from appliance.homeassistant.rehearsal import Rehearsal
from appliance.homeassistant.session import Session
from appliance.homeassistant.talk import FENCE
from appliance.homeassistant.terms import Message
from appliance.homeassistant.traces import Place, Traces, place_of, traces_file
from appliance.protocol.taste import EVERYBODY

SERIAL = Path("/proc/device-tree/serial-number")
MODEL = Path("/proc/device-tree/model")
MACHINE_ID = Path("/etc/machine-id")
CPUINFO = Path("/proc/cpuinfo")
CARDS = Path("/sys/class/net")


def broker_of(settings: Mqtt, errand: str = "") -> Broker:
    """Return the broker that the settings name, and who we are to it.

    errand: makes a client id of its own, because a broker drops the older of two with the same one.

    Raises ConfigError when a file that the settings name does not serve.
    """
    if not settings.broker:
        raise ConfigError(["mqtt.broker: not set; it names the host that the broker runs on"])
    return Broker(
        host=settings.broker,
        port=settings.port_in_use,
        client_id="-".join(filter(None, (f"moodbox-{settings.id or board_id()}", errand))),
        username=settings.username or None,
        password=settings.secret(),
        tls=_tls(settings) if settings.tls else None,
        protocol=settings.protocol,
    )


def whole_box(config: Config, mqtt: Mqtt | None = None) -> Device:
    """Return the device with its buttons and its page, as announced. mqtt: other settings than the box's."""
    buttons = () if config.gpio.factory == "none" else tuple(config.buttons.wired)
    box = box_of(mqtt or config.mqtt, buttons, page_of(config))
    return replace(box, persons=(EVERYBODY, *config.persons.folders()))


def box_of(settings: Mqtt, buttons: Sequence[str] = (), page: str = "") -> Device:
    """Return the device of these settings. buttons: names of its push buttons. page: as `page_of` says."""
    name = settings.id or board_id()
    return Device(
        id=name,
        base=f"{settings.prefix}/{name}",
        name=settings.name,
        version=appliance.__version__,
        model=_text_of(MODEL) or "Moodbox",
        buttons=tuple(buttons),
        page=page,
        may_power_off=settings.allow_power_off,
        language=settings.language,
        has_covers=settings.covers,
        serial=_text_of(SERIAL),
        hardware=_revision(),
        macs=macs(),
    )


def identity(config: Config) -> dict[str, object]:
    """Return what machine this is, in plain JSON types: the same that discovery tells."""
    box = box_of(config.mqtt)
    told: dict[str, object] = {"id": box.id, "name": box.name, "version": box.version, "model": box.model}
    return told | {"serial": box.serial, "hardware": box.hardware, "macs": list(box.macs)}


def macs(cards: Path = CARDS) -> tuple[str, ...]:
    """Return the addresses of this machine's own network cards, by name; virtual ones have no device."""
    found = [_text_of(card.parent / "address") for card in sorted(cards.glob("*/device"))]
    return tuple(mac for mac in found if re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", mac))


def _revision() -> str:
    """Return the board's revision as a Pi has it, such as d04170; empty on other machines."""
    lines = _text_of(CPUINFO).splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("Revision")), "")


def board_id(serial: Path = SERIAL, machine_id: Path = MACHINE_ID) -> str:
    """Return eight letters and digits that stay with this board, or at least with this installation."""
    number = "".join(filter(str.isalnum, _text_of(serial)))[-8:]
    if number:
        return number
    secret = _text_of(machine_id) or socket.gethostname()
    # machine-id(5) asks not to be shown to the network as it is.
    return hashlib.sha256(f"moodbox {secret}".encode()).hexdigest()[:8]


def _text_of(file: Path) -> str:
    """Read what a Pi says of itself; empty on other machines."""
    try:
        return file.read_text(encoding="ascii").strip("\0\n ")
    except (OSError, UnicodeError):
        return ""


def survey(settings: Mqtt, errand: str, topics: Iterable[str]) -> dict[str, str]:
    """Connect once, and return what the broker retains on these topics: topic -> payload.

    Raises BrokerLost or ConfigError, saying what is wrong and what to do.
    """
    fence = f"{box_of(settings).base}/fence"
    kept: dict[str, str] = {}

    def receive(topic: str, payload: bytes, retained: bool) -> None:
        if topic == fence or (retained and payload):
            kept[topic] = payload.decode("utf-8", "replace")

    with Session(broker_of(settings, errand), receive) as session:
        # A mark that we say to ourselves: when it comes back, all that is retained has come before it.
        session.subscribe([*topics, fence])
        session.publish(Message(fence, FENCE, retain=False))
        session.until(lambda: fence in kept or bool(session.refused), ANSWER_S)
    if session.refused:
        raise BrokerLost(session.refused)
    if fence not in kept:
        raise BrokerLost(DEAF)
    del kept[fence]
    return kept


def check(
    settings: Mqtt,
    box: Device | None = None,
    errand: str = "check",
    more: Iterable[str] = (),
    answer_s: float = ANSWER_S,
) -> Found:
    """Connect once, and do what the box would: see `rehearsal`.

    box: as it is announced. more: topics to read, too. Returns what the broker keeps on these and on ours.
    Raises BrokerLost or ConfigError, saying what is wrong and what to do.
    """
    rehearsal = Rehearsal(settings, box or box_of(settings), more, answer_s)
    rehearsal.perform(broker_of(settings, errand))
    return rehearsal.retained


def trial(
    settings: Mqtt,
    form: Mapping[str, object],
    as_announced: Callable[[Mqtt], Device] | None = None,
) -> str | None:
    """Try a broker as `check` does, with a form's host, port, username, password and tls; the rest as set.

    The password is the form's alone, or whoever fills it in could have ours sent to a host of theirs.
    Returns what is wrong and what to do; None when it works.
    """
    files = {"ca_file", "cert_file", "key_file"} if form.get("tls") else set()
    rest = {
        "id",
        "name",
        "prefix",
        "protocol",
        "discovery",
        "discovery_prefix",
        "allow_power_off",
        "language",
        "covers",
    } | files
    own = {("broker" if name == "host" else name): value for name, value in form.items()}
    try:
        wanted = config.check({"mqtt": settings.model_dump(include=rest) | own}, "form").mqtt
        check(wanted, as_announced(wanted) if as_announced else None)
    except MoodboxError as error:
        return str(error)
    return None


def former_places(config: Config) -> Sequence[Place]:
    """Return every place where the box of these settings was announced, now or before."""
    return Traces(traces_file(Path(config.state.file))).places if config.state.file else ()


def purge(settings: Mqtt, former: Iterable[Place] = ()) -> list[str]:
    """Make the broker, and so Home Assistant, forget this box. Returns the topics that were emptied.

    former: where it was before. Raises BrokerLost or ConfigError.
    """
    places = {place_of(settings, box_of(settings)), *former}
    kept = survey(settings, "purge", {topic: None for place in places for topic in place.topics()})
    with Session(broker_of(settings, "purge"), lambda *_: None) as session:
        for topic in kept:
            session.publish(Message(topic, ""))
        if not session.until(lambda: not session.outstanding, ANSWER_S):
            raise BrokerLost("the broker does not say that it has forgotten the box; try again")
    if session.refused:
        raise BrokerLost(session.refused)
    return sorted(kept)


def _tls(settings: Mqtt) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            [f"mqtt.ca_file: {settings.ca_file}: no certificate to be read ({error})"]
        ) from error
    # Python 3.13 wants extensions (RFC 5280) that certificates made at home after most guides do not have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if settings.cert_file:
        try:
            # Without a password for the key OpenSSL would ask for one at a terminal, and wait.
            context.load_cert_chain(settings.cert_file, settings.key_file or None, password="")
        except (OSError, ssl.SSLError) as error:
            problem = f"mqtt.cert_file, mqtt.key_file: no certificate with its key to be read ({error})"
            raise ConfigError([problem]) from error
    return context
