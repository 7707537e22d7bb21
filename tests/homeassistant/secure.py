"""Our integration and the certificate of the box's page, in a real Home Assistant."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

from core import Core, wait_for
from house import House
from player import FLOW, PROGRESS, _entity, _flows, owner

OWN = {"certificate": "self-made"}


def switched_on(house: House) -> str:
    """The page has spoken http until now."""
    core = house.core
    _restart(house, OWN)
    flow, step = _asked(core)
    assert step["description_placeholders"]["shown"] == _spelt(_own(house)), step
    assert step["description_placeholders"]["before"] == "–", step
    assert core.state(_entity(core)) == "unavailable"
    _say_yes(core, flow)
    return (
        "https switched on: its certificate is shown with its fingerprint, and kept when the owner says yes"
    )


def exchanged(house: House) -> str:
    core, before = house.core, _own(house)
    house.stop_box()
    for name in ("certificate.pem", "key.pem"):
        (house.folder / "page" / name).unlink()
    house.start_box("device")
    flow, step = _asked(core)
    told = step["description_placeholders"]
    assert (told["shown"], told["before"]) == (_spelt(_own(house)), _spelt(before)), step
    core.stop()
    core.start()
    flow, _ = _asked(core)
    assert core.state(_entity(core)) == "unavailable"
    entry = _entry(core)
    assert (entry["state"], entry["error_reason_translation_key"]) == ("setup_error", "other_certificate"), (
        entry
    )
    _say_yes(core, flow)
    _restart(house, OWN)
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box with the certificate that is known")
    assert not _flows(core, "reauth")
    return "another certificate: nothing of the box until the owner says yes, also after a restart"


def reconfigured(house: House) -> str:
    core, here = house.core, f"127.0.0.1:{house.page}"
    assert _reconfigure(core, here)["reason"] == "reconfigure_successful"
    _restart(house, {})
    wait_for(lambda: core.state(_entity(core)) == "unavailable", "no http in place of https")
    step = _reconfigure(core, here)
    assert step["errors"] == {"base": "cannot_connect"}, step
    assert "http address" in step["description_placeholders"]["error"], step
    assert _reconfigure(core, f"http://{here}")["reason"] == "reconfigure_successful"
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box by http, as its owner says")
    _restart(house, OWN)
    for place in (here, f"https://{here}"):
        step = _reconfigure(core, place)
        assert step["step_id"] == "certificate", step
    step = core.ask(f"{FLOW}/{step['flow_id']}", {})
    assert (step["type"], step["reason"]) == ("abort", "reconfigure_successful"), step
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box by https")
    wait_for(lambda: not _ours(core), "no flow that is left")
    return "reconfigured: https to http only by its address, http to https with its certificate shown"


def vouched(house: House) -> str:
    """An authority that Home Assistant trusts has signed it: nothing is kept, and renewals are silent."""
    core = house.core
    folder = house.folder / "authority"
    folder.mkdir()
    _sign(folder, "first", "renewed")
    core.stop()
    shutil.copy(folder / "ca.pem", core.folder)
    core.environment["REQUESTS_CA_BUNDLE"] = f"{core.inside}/ca.pem"
    core.start()
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box with its own certificate")
    _restart(house, _signed(folder, "first"))
    flow, _ = _asked(core)
    _say_yes(core, flow)
    _restart(house, _signed(folder, "renewed"))
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box with a renewed certificate")
    assert not _flows(core, "reauth")
    core.stop()
    with core.stored("core.config_entries") as stored:
        (entry,) = (each for each in stored["entries"] if each["domain"] == "moodbox")
        assert entry["data"]["fingerprint"] == "", entry
    core.start()
    return "an authority's certificate: nothing is kept of it, and a renewal asks nobody"


def set_up_anew(house: House) -> str:
    core = house.core
    _restart(house, OWN)
    browser = owner(house)
    flow, step = _begun_anew(house)
    assert step["progress_action"] == "press_and_keep", step
    number = int(step["description_placeholders"]["presses"])
    assert browser.post("/api/pairing/answer", {"number": number}).status == 200
    # A flow that a person has begun stands in no list of what is going on.
    wait_for(lambda: core.ask(f"{FLOW}/{flow}")["type"] == "create_entry", "the pairing to be over")
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box that was paired anew")
    token = browser.post("/api/tokens", {"name": "for https"}).json["token"]
    flow, step = _begun_anew(house, token="moodbox_wrong")
    assert step["step_id"] == "certificate", step
    step = core.ask(f"{FLOW}/{flow}", {})
    assert (step["step_id"], step["errors"]) == ("user", {"base": "not_allowed"}), step
    step = core.ask(
        f"{FLOW}/{flow}", {"url": step["data_schema"][0]["description"]["suggested_value"], "token": token}
    )
    assert step["step_id"] == "certificate", step
    assert core.ask(f"{FLOW}/{flow}", {})["type"] == "create_entry"
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box that was set up by a token")
    return "removed and set up anew by https: the fingerprint is shown beside the number, or before the token"


def _begun_anew(house: House, **more: str) -> tuple[str, dict[str, Any]]:
    """Remove the box, and say where it is: the flow, and what that shows."""
    core = house.core
    core.delete(f"config/config_entries/entry/{_entry(core)['entry_id']}")
    begun = core.ask(FLOW, {"handler": "moodbox"})
    step = core.ask(f"{FLOW}/{begun['flow_id']}", {"url": f"https://127.0.0.1:{house.page}"} | more)
    assert step["description_placeholders"]["shown"] == _spelt(_own(house)), step
    return begun["flow_id"], step


def _restart(house: House, certificate: dict[str, str]) -> None:
    house.stop_box()
    wait_for(lambda: house.core.state(_entity(house.core)) == "unavailable", "a box that is gone")
    house.certificate = certificate
    house.start_box("device")
    owner(house)  # its page answers


def _asked(core: Core) -> tuple[str, dict[str, Any]]:
    """Wait until Home Assistant shows a certificate: the flow, and its step."""
    wait_for(lambda: _flows(core, "reauth"), "Home Assistant to ask about a certificate")
    (flow,) = _flows(core, "reauth")
    step = core.ask(f"{FLOW}/{flow['flow_id']}")
    assert step["step_id"] == "certificate", step
    return flow["flow_id"], step


def _say_yes(core: Core, flow: str) -> None:
    step = core.ask(f"{FLOW}/{flow}", {})
    assert (step["type"], step["reason"]) == ("abort", "reauth_successful"), step
    wait_for(lambda: core.state(_entity(core)) == "playing", "the box, whose certificate is known")


def _reconfigure(core: Core, place: str) -> dict[str, Any]:
    begun = core.ask(FLOW, {"handler": "moodbox", "entry_id": _entry(core)["entry_id"]})
    step: dict[str, Any] = core.ask(f"{FLOW}/{begun['flow_id']}", {"url": place})
    return step


def _entry(core: Core) -> dict[str, Any]:
    (entry,) = (each for each in core.say("config_entries/get") if each["domain"] == "moodbox")
    return entry


def _ours(core: Core) -> list[dict[str, Any]]:
    return [each for each in core.say(PROGRESS) if each["handler"] == "moodbox"]


def _own(house: House) -> bytes:
    return (house.folder / "page" / "certificate.pem").read_bytes()


def _spelt(pem: bytes) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).digest().hex(":").upper()


def _sign(folder: Path, *names: str) -> None:
    """Make an authority, and certificates by it for this machine, with all that Python 3.13 wants of them."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    made = ("-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca")
    openssl("req", "-x509", *key, *made, "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    (folder / "more").write_text("subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    for name in names:
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "more")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)


def _signed(folder: Path, name: str) -> dict[str, str]:
    return {"certificate": str(folder / f"{name}.pem"), "key": str(folder / f"{name}.key")}


STEPS = (switched_on, exchanged, reconfigured, vouched, set_up_anew)
