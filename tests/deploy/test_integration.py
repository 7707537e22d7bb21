"""What can be tried of the integration without Home Assistant; tests/homeassistant/run.sh tries it whole."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import json
import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="Home Assistant's, and of the tests alone")
pytest.importorskip("flask", reason="the page is an optional extra")

import aiohttp
from webbing import ABOUT, Served

import appliance
from appliance import config as settings
from appliance.demo.private_mpd import PrivateMpd
from appliance.demo.show import PORT
from appliance.protocol.declared import COMMANDS
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.snapshot import Playing

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "deploy" / "homeassistant"
OURS = HOME / "custom_components" / "moodbox"
WORDS = ROOT / "appliance" / "web" / "static" / "words"
LANGUAGES = ("en", "de", "es", "hi")


def load(name: str) -> ModuleType:
    """A module of the integration that needs nothing of Home Assistant's."""
    spec = importlib.util.spec_from_file_location(f"integration_{name}", OURS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client, const = load("client"), load("const")


# --- its files, as hassfest and HACS want them ------------------------------------------------------------


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OURS / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_the_manifest_has_what_home_assistant_asks_of_a_custom_integration() -> None:
    found = manifest()
    assert found["domain"] == OURS.name == const.DOMAIN
    wanted = {
        "name",
        "codeowners",
        "config_flow",
        "documentation",
        "integration_type",
        "iot_class",
        "version",
    }
    assert wanted <= found.keys()
    assert list(found) == ["domain", "name", *sorted(found.keys() - {"domain", "name"})]
    assert found["version"] == appliance.__version__
    assert found["iot_class"] == "local_push"
    assert found["requirements"] == []


def test_the_port_where_a_box_is_looked_for_is_the_one_that_it_has() -> None:
    """It stands in three programs, which share no code."""
    port = settings.check({}, "test").page.port
    assert const.PORT == PORT == port
    pages = [manifest()["documentation"], manifest()["issue_tracker"]]
    assert all(page.startswith(f"http://moodbox.local:{port}/") for page in pages), pages


def test_home_assistant_looks_for_what_the_box_announces() -> None:
    announced = (ROOT / "deploy" / "avahi-moodbox.service").read_text(encoding="utf-8")
    (kind,) = re.findall(r"<type>(.*)</type>", announced)
    assert manifest()["zeroconf"] == [f"{kind}.local."]
    assert f"<port>{settings.check({}, 'test').page.port}</port>" in announced


def test_it_uses_no_integration_that_its_manifest_does_not_name() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in OURS.glob("*.py"))
    used = set(re.findall(r"from homeassistant\.components\.(\w+)", code))
    used |= set(re.findall(r"from homeassistant\.components import (\w+)", code))
    named = {*manifest().get("dependencies", ()), *manifest().get("after_dependencies", ())}
    platforms = {file.stem for file in OURS.glob("*.py")}
    assert used - platforms <= named


def test_hacs_finds_what_it_wants() -> None:
    found = json.loads((HOME / "hacs.json").read_text(encoding="utf-8"))
    assert found["name"]
    assert re.fullmatch(r"\d{4}\.\d+\.\d+", found["homeassistant"])
    assert (HOME / "README.md").exists()
    assert [each.name for each in (HOME / "custom_components").iterdir()] == ["moodbox"]


def translation(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (OURS / "translations" / f"{language}.json").read_text(encoding="utf-8")
    )
    return found


def leaves(tree: dict[str, Any], above: str = "") -> dict[str, str]:
    """Path of the keys -> text."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        path = f"{above}.{key}" if above else key
        found |= leaves(value, path) if isinstance(value, dict) else {path: value}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same(language: str) -> None:
    english, told = leaves(translation("en")), leaves(translation(language))
    assert told.keys() == english.keys()
    for key, text in told.items():
        assert text.strip() == text != "", key
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[key])), key
        assert "://" not in text, key  # hassfest wants addresses as placeholders
    if language != "en":
        assert sum(told[key] == english[key] for key in english) <= 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_moods_have_the_names_that_they_have_on_the_page(language: str) -> None:
    page = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    shown = translation(language)["entity"]["media_player"]["box"]["state_attributes"]
    for attribute in ("mood", "source"):
        states = shown[attribute]["state"]
        assert set(EMOTIONS) <= states.keys()
        assert {mood: states[mood] for mood in EMOTIONS} == {mood: page[f"mood_{mood}"] for mood in EMOTIONS}


def test_every_step_error_and_end_of_the_set_up_has_words_and_no_others_have() -> None:
    code = (OURS / "config_flow.py").read_text(encoding="utf-8")
    told = translation("en")["config"]
    steps = set(re.findall(r'(?:async_show_form\(\s*step_id=|self\._place\()"(\w+)"', code))
    assert steps == told["step"].keys()
    (actions,) = re.findall(r"progress_action=(.*),", code)
    assert set(re.findall(r'"(\w+)"', actions)) == told["progress"].keys()
    reasons = {"cannot_connect", "not_allowed", "overlap", "wrong", "gone", "no_address"}
    assert reasons == told["error"].keys()
    assert all(f'"{reason}"' in code for reason in reasons)
    ends = {
        "already_configured",
        "reauth_successful",
        "reconfigure_successful",
        "not_allowed",
        "cannot_connect",
    }
    ends |= set(re.findall(r'reason="(\w+)"', code))
    assert ends == told["abort"].keys()


def test_every_error_that_a_service_raises_has_words_and_no_others_have() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in OURS.glob("*.py"))
    told = translation("en")
    ours = set(re.findall(r'translation_key="(\w+)"', code)) | {"refused", "not_reached", "not_heard"}
    elsewhere = {*told["issues"], *told["entity"]["media_player"], *told["entity"]["notify"]}
    assert ours - elsewhere == told["exceptions"].keys()


def test_what_it_asks_of_the_box_is_what_the_box_can_be_told() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in OURS.glob("*.py"))
    asked = set(re.findall(r'\.ask\("([a-z-]+)"', code))
    assert len(asked) > 10
    assert asked <= COMMANDS.keys()
    assert const.MOODS == EMOTIONS


# --- its client, and the real page ------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


def with_token(served: Served) -> str:
    token: str = served.with_password().post("/api/tokens", {"name": const.NAME}).json["token"]
    return token


def run(
    port: int,
    token: str,
    what: Callable[[Any], Awaitable[Any]],
    scheme: str = "http",
    fingerprint: str = "",
) -> Any:
    async def go() -> Any:
        async with aiohttp.ClientSession() as session:
            return await what(client.Client(session, f"{scheme}://127.0.0.1:{port}", token, fingerprint))

    return asyncio.run(go())


def test_the_client_reads_and_steers_the_box(served: Served) -> None:
    async def talk(box: Any) -> None:
        assert await box.get("box") == ABOUT
        assert (await box.get("state"))["song"]["artist"] == "Somebody"
        assert (await box.post("volume", percent=30))["volume"] == 40  # what the box says, not what was asked
        assert [song["uri"] for song in (await box.get("songs", mood="happy", start=0))["songs"]]

    run(served.page.port, with_token(served), talk)
    assert [type(each).__name__ for each in served.box.taken] == ["SetVolume"]


def test_a_refusal_comes_in_the_words_of_the_box(served: Served) -> None:
    with pytest.raises(client.BoxError, match="percent"):
        run(served.page.port, with_token(served), lambda box: box.post("volume", percent="loud"))


def test_a_token_that_was_taken_back_is_told_from_a_box_that_is_away(served: Served, tmp_path: Path) -> None:
    with_token(served)
    asks = (lambda box: box.get("state"), lambda box: anext(box.states()), lambda box: box.cover("a"))
    for what in asks:
        with pytest.raises(client.NotAllowed, match="log in"):
            run(served.page.port, "moodbox_none", what)
        with pytest.raises(client.BoxError, match=r"127\.0\.0\.1:1 is not reached: ") as away:
            run(1, "moodbox_none", what)
        assert not isinstance(away.value, client.NotAllowed)


def test_it_is_told_of_each_change_as_it_happens(served: Served) -> None:
    async def follow(box: Any) -> list[str]:
        seen = []
        async for state in box.states():
            seen.append(state["playing"])
            if len(seen) == 2:
                return seen
            served.box.snapshot = replace(served.box.snapshot, playing=Playing.PAUSED)
            served.show()
        raise AssertionError("it hung up")

    served.show()
    assert run(served.page.port, with_token(served), follow) == ["music", "paused"]


def test_a_cover_is_fetched_with_the_token(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    with Served(tmp_path, mpd_server.address) as served:
        with contextlib.closing(mpd_server.client()) as mpd:
            songs = [song["file"] for song in mpd.listall() if "file" in song]
        assert run(served.page.port, with_token(served), lambda box: box.cover(songs[0])) == (None, None)


def test_a_token_follows_no_redirection() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        there = other.getsockname()[1]

        def answer() -> None:
            link, _ = server.accept()
            with link:
                heard.append(link.recv(65536))
                place = f"Location: http://127.0.0.1:{there}/\r\nContent-Length: 0\r\n\r\n"
                link.sendall(f"HTTP/1.1 308 Elsewhere\r\n{place}".encode())

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(client.BoxError, match="elsewhere"):
            run(server.getsockname()[1], "moodbox_secret", lambda box: box.get("state"))
        thread.join()
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert b"moodbox_secret" in heard[0]


def test_it_pairs_with_the_page_as_the_set_up_does(served: Served) -> None:
    owner = served.with_password()

    async def pair(box: Any) -> str:
        asked = await box.post("pairing", name=const.NAME)
        assert (await box.put("pairing", key=asked["key"]))["stage"] == "waiting"
        assert owner.post("/api/pairing/answer", {"number": asked["presses"]}).status == 200
        token: str = (await box.put("pairing", key=asked["key"]))["token"]
        return token

    token = run(served.page.port, "", pair)
    assert run(served.page.port, token, lambda box: box.get("box")) == ABOUT
    assert owner.get("/api/tokens").json == {"tokens": [const.NAME]}


# --- its certificate --------------------------------------------------------------------------------------


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, page={"certificate": "self-made"}) as served:
        served.client.tls = ssl._create_unverified_context()
        yield served


def fingerprint(folder: Path) -> str:
    pem = (folder / "page" / "certificate.pem").read_text(encoding="ascii")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def test_a_certificate_that_was_kept_is_taken_and_no_other(secure: Served, tmp_path: Path) -> None:
    token, kept = with_token(secure), fingerprint(tmp_path)
    port = secure.page.port
    assert run(port, token, lambda box: box.get("box"), "https", kept) == ABOUT
    asks = (lambda box: box.get("state"), lambda box: anext(box.states()), lambda box: box.cover("a"))
    for what in asks:
        for other in ("", "ab" * 32):
            with pytest.raises(client.OtherCertificate):
                run(port, token, what, "https", other)


def test_the_certificate_is_told_without_a_word_to_whoever_shows_it(secure: Served, tmp_path: Path) -> None:
    assert run(secure.page.port, "moodbox_secret", lambda box: box.shown(), "https") == fingerprint(tmp_path)


def test_a_stranger_with_another_certificate_never_hears_the_token(tmp_path: Path) -> None:
    with Served(tmp_path / "box", page={"certificate": "self-made"}):
        pass
    with Served(tmp_path / "stranger", page={"certificate": "self-made"}):
        pass
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        tmp_path / "stranger" / "page" / "certificate.pem", tmp_path / "stranger" / "page" / "key.pem"
    )
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            link, _ = server.accept()
            with contextlib.suppress(OSError), context.wrap_socket(link, server_side=True) as secure:
                heard.append(secure.recv(65536))

        thread = threading.Thread(target=listen)
        thread.start()
        port, kept = server.getsockname()[1], fingerprint(tmp_path / "box")
        with pytest.raises(client.OtherCertificate):
            run(port, "moodbox_secret", lambda box: box.get("state"), "https", kept)
        thread.join()
    assert b"".join(heard) == b""


def test_a_box_that_speaks_https_now_is_told_from_one_that_is_elsewhere(secure: Served) -> None:
    with pytest.raises(client.SpeaksTls) as told:
        run(secure.page.port, "moodbox_secret", lambda box: box.get("box"))
    assert str(told.value.origin) == f"https://127.0.0.1:{secure.page.port}"


def test_no_https_where_it_was_spoken_says_what_to_do(served: Served) -> None:
    with pytest.raises(client.BoxError, match="http address") as told:
        run(served.page.port, "moodbox_secret", lambda box: box.get("box"), "https", "ab" * 32)
    assert not isinstance(told.value, client.OtherCertificate | client.NotAllowed)
