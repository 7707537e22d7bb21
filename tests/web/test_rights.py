"""Who may come in: real requests to a real server."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from waiting import until
from webbing import PASSWORD, Answer, Client, Served, StillBox

from appliance import config
from appliance.doctor import page as doctor_page
from appliance.errors import CommandRejected, ConfigError
from appliance.machine.machine import INSTALLED, new_password
from appliance.protocol.messages import Pressed
from appliance.web.auth.attempts import ALL_AT_ONCE, AT_ONCE, EACH_S, Attempts, network_of
from appliance.web.auth.claim import ALONE_S, OPEN_S, REST_S, Claim, Stage
from appliance.web.auth.guard import rights_of
from appliance.web.auth.names import is_our_name, own_names
from appliance.web.auth.rights import MOST_SESSIONS, Rights, make_password
from appliance.web.http.app import make_app


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


def abroad(served: Served) -> Client:
    """Somebody behind a reverse proxy: not this machine, as far as the page may believe."""
    return Client(served.page.port, {"X-Forwarded-For": "192.168.1.7"})


def test_without_a_password_this_machine_is_served_and_nobody_else(served: Served) -> None:
    assert served.client.get("/api/state").status == 200
    assert abroad(served).get("/api/state").status == 403
    assert abroad(served).get("/video_feed").status == 403
    assert abroad(served).get("/metrics").status == 403
    assert abroad(served).get("/api/openapi.json").status == 403
    assert abroad(served).ask("PUT", "/api/password", {"new": PASSWORD}).status == 403


@pytest.mark.parametrize("target", ["127.0.0.1", "::1"])
def test_served_on_all_addresses_this_machine_is_known_by_its_own(tmp_path: Path, target: str) -> None:
    with Served(tmp_path, page={"address": "all"}) as served:
        try:
            socket.create_connection((target, served.page.port)).close()
        except OSError:
            pytest.skip(f"{target} is no address here")
        assert Client(served.page.port, target=target).get("/api/state").status == 200


def test_off_the_loopback_address_nothing_is_served_without_a_login(tmp_path: Path) -> None:
    """By the network's address of this machine, as a phone at home would come."""
    with Served(tmp_path, page={"address": "all"}) as served:
        phone = Client(served.page.port, target=network_address())
        for path in ("/api/state", "/video_feed", "/api/events", "/metrics", "/healthz", "/api/settings"):
            assert phone.get(path).status == 403, path
        assert phone.get("/").status == 303
        assert phone.ask("PUT", "/api/password", {"new": PASSWORD}).status == 403
        served.with_password()
        for path in ("/api/state", "/video_feed", "/api/events", "/metrics", "/healthz", "/api/settings"):
            assert phone.get(path).status == 401, path
        assert phone.log_in().status == 303
        assert phone.get("/api/state").status == 200


def network_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of a documentation network (RFC 5737); nothing is sent
        except OSError:
            pytest.skip("this machine is in no network")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_who_comes_through_a_proxy_is_not_this_machine(served: Served, name: str) -> None:
    assert Client(served.page.port, {name: "1.1 proxy"}).get("/api/state").status == 403


@pytest.mark.parametrize("host", ["moodbox.local", "moodbox", "192.168.1.20:80", "music.example.org"])
def test_who_asks_for_another_name_than_localhost_is_not_this_machine(tmp_path: Path, host: str) -> None:
    """So a proxy is known that says nothing of itself, but passes on the name that it was called by."""
    with Served(tmp_path, page={"hosts": ["music.example.org"]}) as served:
        assert served.client.get("/api/state", Host=host).status == 403
        assert served.client.get("/api/state", Host="localhost:1").status == 200


def test_who_speaks_http_1_0_is_not_this_machine(served: Served) -> None:
    """nginx does, unless it is told otherwise, and passes on neither name nor address."""
    with served.client.stream("/healthz") as link:
        assert link.recv(100).startswith(b"HTTP/1.1 200 ")
    with socket.create_connection(("127.0.0.1", served.page.port), timeout=20) as link:
        link.sendall(b"GET /api/state HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert link.recv(100).startswith(b"HTTP/1.1 403 ")


def test_with_a_password_nothing_is_served_without_a_login(served: Served) -> None:
    served.with_password()
    watching = ["/api/state", "/api/events", "/video_feed", "/api/live", "/metrics"]
    for path in [*watching, "/api/settings", "/api/log", "/api/backup", "/nowhere"]:
        assert served.client.get(path).status == 401, path


def test_a_command_without_a_login_reaches_nobody(served: Served) -> None:
    served.with_password()
    assert served.client.post("/api/skip").status == 401
    assert served.box.taken == []


def test_the_page_sends_a_stranger_to_the_door(served: Served) -> None:
    served.with_password()
    answer = served.client.get("/")
    assert (answer.status, urljoin("http://box/", answer.headers["location"])) == (303, "http://box/login")
    assert b"password" in served.client.get("/login").body


def test_who_knows_the_password_gets_a_cookie_that_scripts_and_other_sites_never_see(served: Served) -> None:
    served.with_password()
    cookie = served.client.log_in().headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert served.client.get("/api/state").status == 200


def test_a_wrong_password_opens_nothing(served: Served) -> None:
    served.with_password()
    answer = served.client.log_in("wrong horse!")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_guessing_is_stopped_after_a_few_tries_even_with_the_right_password(tmp_path: Path) -> None:
    with Served(tmp_path, clock=lambda: 0.0) as served:
        served.with_password()
        refused = [served.client.log_in("wrong horse!").status for _ in range(AT_ONCE)]
        assert refused == [403] * AT_ONCE
        answer = served.client.log_in()
        assert answer.status == 429
        assert answer.headers["retry-after"] == str(round(EACH_S))


def test_the_limit_counts_for_each_address_and_for_all_together() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    assert [attempts.begin("a") for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    assert attempts.begin("a") > 0
    assert attempts.begin("b") == 0
    for number in range(ALL_AT_ONCE):
        attempts.begin(f"other {number}")
    assert attempts.begin("fresh") > 0
    now = EACH_S
    assert attempts.begin("a") == 0
    attempts.forgive("a")
    assert [attempts.begin("a") for _ in range(3)] == [0.0] * 3


def test_a_guesser_on_many_addresses_does_not_keep_a_device_out_that_was_let_in(tmp_path: Path) -> None:
    with Served(tmp_path, clock=lambda: 0.0) as served:
        owner = served.with_password()
        parts = served.page._parts
        for number in range(2 * ALL_AT_ONCE):
            parts.attempts.begin(f"192.0.2.{number}")
        stranger = Client(served.page.port, source="127.0.0.9")
        assert stranger.log_in().status == 429
        assert owner.log_in().status == 303
        owner.post("/api/logout")
        assert owner.log_in().status == 303


def test_an_address_that_was_let_in_is_no_stranger() -> None:
    attempts = Attempts(lambda: 0.0)
    attempts.begin("home")
    attempts.forgive("home")
    for number in range(2 * ALL_AT_ONCE):
        attempts.begin(f"192.0.2.{number}")
    assert attempts.begin("fresh") > 0
    assert [attempts.begin("home") for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    assert attempts.begin("home") > 0


def test_an_ipv6_network_is_one_guesser() -> None:
    attempts = Attempts(lambda: 0.0)
    waits = [attempts.begin(f"2001:db8::{number:x}") for number in range(AT_ONCE + 1)]
    assert waits == [0.0] * AT_ONCE + [EACH_S]
    assert attempts.begin("2001:db8:0:1::1") == 0
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"


def test_a_key_that_somebody_planted_before_the_login_opens_nothing(served: Served) -> None:
    """Session fixation: the box makes each key itself, anew at each login."""
    served.with_password()
    planted = {"Cookie": "moodbox=planted"}
    victim = Client(served.page.port, dict(planted))
    assert victim.log_in().status == 303
    first, again = victim.headers["Cookie"], Client(served.page.port)
    again.log_in()
    assert len({first, again.headers["Cookie"], planted["Cookie"]}) == 3
    assert Client(served.page.port, planted).get("/api/state").status == 401


def test_the_cookie_goes_over_https_alone_where_a_proxy_speaks_it(served: Served) -> None:
    served.with_password()
    form, kind = f"password={PASSWORD.replace(' ', '+')}".encode(), "application/x-www-form-urlencoded"
    plain = served.client.post("/login", form, Content_Type=kind)
    secure = served.client.post("/login", form, Content_Type=kind, X_Forwarded_Proto="https")
    assert "Secure" not in plain.headers["set-cookie"]
    assert "Secure" in secure.headers["set-cookie"]


def test_logging_out_ends_the_session_on_the_box(served: Served) -> None:
    client = served.with_password()
    assert client.post("/api/logout").status == 200
    assert client.get("/api/state").status == 401


def test_a_new_password_needs_the_old_one_and_ends_every_session(served: Served) -> None:
    client = served.with_password()
    other = Client(served.page.port)
    other.log_in()
    assert client.ask("PUT", "/api/password", {"new": "another one"}).status == 403
    assert client.ask("PUT", "/api/password", {"old": "not it, sorry", "new": "another one"}).status == 403
    assert client.ask("PUT", "/api/password", {"old": PASSWORD, "new": "another one"}).status == 200
    assert other.get("/api/state").status == 401
    assert other.log_in().status == 403
    assert other.log_in("another one").status == 303


def test_sessions_outlive_a_restart(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        cookie = served.with_password().headers["Cookie"]
    with Served(tmp_path) as served:
        assert Client(served.page.port, {"Cookie": cookie}).get("/api/state").status == 200


def test_a_token_steers_but_does_not_own(served: Served) -> None:
    client = served.with_password()
    made = client.post("/api/tokens", {"name": "doorbell"})
    assert made.status == 201
    script = Client(served.page.port, {"Authorization": f"Bearer {made.json['token']}"})
    assert script.post("/api/skip").status == 200
    assert script.get("/api/backup?secrets=true").status == 403
    assert script.post("/api/tokens", {"name": "more"}).status == 403
    assert script.ask("PATCH", "/api/settings", {"changes": {"page.folder": "/tmp"}}).status == 403
    assert script.ask("PUT", "/api/settings/file", b"", Content_Type="text/plain").status == 403
    assert script.post("/api/broker-test", {"host": "192.168.1.1"}).status == 403
    assert script.ask("PUT", "/api/password", {"old": PASSWORD, "new": PASSWORD + "!"}).status == 403
    assert client.get("/api/tokens").json == {"tokens": ["doorbell"]}
    assert client.ask("DELETE", "/api/tokens/doorbell").status == 200
    assert script.post("/api/skip").status == 401


def test_only_a_person_who_comes_to_the_page_confirms_what_was_changed_there(tmp_path: Path) -> None:
    """Neither a script, nor who is not let in, nor what only asks whether the box is well."""
    came = list[str]()
    with Served(tmp_path, visited=came.append) as served:
        assert served.client.get("/healthz").status == 200
        assert came == []
        served.client.get("/api/state")
        assert came == ["local"]
        owner = served.with_password()
        token = owner.post("/api/tokens", {"name": "doorbell"}).json["token"]
        came.clear()
        Client(served.page.port, {"Authorization": f"Bearer {token}"}).get("/api/state")
        served.client.get("/api/state")
        owner.get("/healthz")
        assert came == []
        owner.get("/api/state")
        assert came == ["session"]


def test_a_new_password_ends_every_token_also_one_that_the_command_line_sets(served: Served) -> None:
    client = served.with_password()
    token = client.post("/api/tokens", {"name": "doorbell"}).json["token"]
    script = Client(served.page.port, {"Authorization": f"Bearer {token}"})
    assert script.post("/api/skip").status == 200
    Rights(Path(served.interface.config.page.folder)).set_password(
        PASSWORD + "?"
    )  # as `moodbox password` does
    assert script.post("/api/skip").status == 401
    assert Client(served.page.port).log_in(PASSWORD).status == 403


@pytest.mark.parametrize(
    "name", ["", " ", "a/b", "..", "a.b", "\u202edoor", "\u3164", "a\u3164", "\u2800", "\n", " a"]
)
def test_a_token_has_a_name_that_is_seen_and_can_be_taken_back(served: Served, name: str) -> None:
    client = served.with_password()
    assert client.post("/api/tokens", {"name": name}).status == 422
    assert client.post("/api/tokens", {"name": "Küche 2 दरवाज़ा"}).status == 201
    assert client.ask("DELETE", "/api/tokens").status == 200
    assert client.get("/api/tokens").json == {"tokens": []}


LET_IN = {
    "anybody": """
        GET /login  POST /login  GET /favicon.ico  GET /static/<path:filename>
        POST /api/claim  PUT /api/claim  POST /api/pairing  PUT /api/pairing
    """,
    "a token": """
        GET /healthz  GET /metrics  GET /api/state  GET /api/history  GET /api/events  GET /api/log
        GET /api/openapi.json  GET /api/doctor  GET /api/session  GET /api/settings
        GET /api/live  GET /video_feed
        POST /api/<command>  GET /api/queue  GET /api/songs  GET /api/cover
        GET /api/music  PUT /api/music/<mood>/<name>  POST /api/update  POST /api/restart
        GET /api/box
        GET /api/library  GET /api/library/map  GET /api/artists
        POST /api/library/correct  POST /api/library/move  POST /api/library/scan
    """,
    "the owner alone": """
        GET /  POST /api/logout  PUT /api/password
        GET /api/tokens  POST /api/tokens  DELETE /api/tokens  DELETE /api/tokens/<name>
        PATCH /api/settings  GET /api/settings/file  PUT /api/settings/file  POST /api/broker-test
        GET /api/release
        GET /api/backup  POST /api/restore
        GET /api/pairing  POST /api/pairing/answer
        GET /api/taste  GET /api/taste/export  POST /api/taste/forget
    """,
}
"""Who is let in where, beside whoever stands above; a route that is not here has no place in the page."""
ENDLESS = {"/video_feed", "/api/live", "/api/events"}
TO_THE_LOGIN, OF_THIS_MACHINE = "/", "/healthz"
"""What a stranger gets instead of being refused."""


def table() -> dict[str, str]:
    """METHOD PATH -> who."""
    return {
        f"{method} {path}": who
        for who, rows in LET_IN.items()
        for method, path in zip(rows.split()[::2], rows.split()[1::2], strict=True)
    }


def routes(served: Served) -> dict[str, str]:
    """METHOD PATH -> who, by the routes themselves."""
    app = served.page._server._server.wsgi_app
    found: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        rights = rights_of(app, rule.endpoint)
        assert rights <= {"token", "anybody"}
        who = "anybody" if "anybody" in rights else "a token" if rights else "the owner alone"
        path = re.sub(r"<any\((?:[^)]*)\):(\w+)>", r"<\1>", rule.rule).replace("<word>", "<command>")
        found |= {f"{method} {path}": who for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def test_the_table_of_who_is_let_in_has_every_route(served: Served) -> None:
    assert routes(served) == table()


def test_everybody_is_let_in_where_the_table_says_so_and_nowhere_else(served: Served) -> None:
    client = served.with_password()
    token = client.post("/api/tokens", {"name": "doorbell"}).json["token"]
    script = Client(served.page.port, {"Authorization": f"Bearer {token}"})
    stranger = Client(served.page.port)
    for route, who in table().items():
        method, pattern = route.split()
        path = pattern.replace("<command>", "skip").replace("<mood>/<name>", "sad/x.flac")
        path = path.replace("<name>", "x")
        if pattern in ENDLESS:
            continue
        if who != "anybody" and pattern not in (TO_THE_LOGIN, OF_THIS_MACHINE):
            assert stranger.ask(method, path).status == 401, route
        if who == "the owner alone":
            assert script.ask(method, path).status == 403, route


def test_a_route_that_says_nothing_is_the_owners_alone(served: Served) -> None:
    served.with_password()
    token = served.page._parts.rights.make_token("doorbell")
    app = make_app(served.page._parts)
    app.add_url_rule("/api/new", view_func=lambda: "secret")
    for who, status in (({}, 401), ({"Authorization": f"Bearer {token}"}, 403)):
        assert (
            app.test_client().get("/api/new", base_url="http://localhost", headers=who).status_code == status
        )


def test_nothing_on_disk_lets_anybody_in(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        client = served.with_password()
        token = client.post("/api/tokens", {"name": "doorbell"}).json["token"]
        key = client.headers["Cookie"].partition("=")[2]
    files = [path for path in (tmp_path / "page").iterdir() if path.is_file()]
    assert {path.name for path in files} == {"password", "sessions.json", "devices.json", "tokens.json"}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        content = path.read_text()
        assert not any(secret in content for secret in (PASSWORD, token, key))
    assert (tmp_path / "page" / "password").read_text().startswith("scrypt:")


def press(served: Served, times: int, long: bool = False) -> None:
    """On the box, after a moment each."""
    for number in range(times):
        pressed = Pressed("pause", long=long, at=time.monotonic() + number / 1000)
        served.box.snapshot = replace(served.box.snapshot, pressed=pressed)
        served.show()


def test_the_presses_that_the_page_asks_for_set_the_first_password(served: Served) -> None:
    phone = abroad(served)
    assert b'id="claim"' in phone.get("/login").body
    asked = phone.post("/api/claim").json
    wanted = {"key": asked["key"], "new": PASSWORD}
    assert phone.ask("PUT", "/api/claim", wanted).json == {"stage": "waiting"}
    assert phone.get("/api/state").status == 403
    press(served, asked["presses"])
    answer = until(lambda: _when_set(phone, wanted))
    phone.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]
    assert phone.get("/api/state").status == 200
    assert served.client.log_in().status == 303


def test_a_key_of_any_letters_is_somebody_else_s_and_no_fault_of_the_box(served: Served) -> None:
    phone = abroad(served)
    phone.post("/api/claim")
    assert phone.post("/api/claim", {"key": "schlüssel"}).status == 200
    assert phone.ask("PUT", "/api/claim", {"key": "schlüssel", "new": PASSWORD}).json == {"stage": "overlap"}


def _when_set(phone: Client, wanted: dict[str, str]) -> Answer | None:
    answer = phone.ask("PUT", "/api/claim", wanted)
    return answer if answer.json == {"stage": "confirmed"} else None


@pytest.mark.parametrize("times", [1, 5])
def test_long_presses_mean_something_else_and_open_nothing(served: Served, times: int) -> None:
    phone = abroad(served)
    asked = phone.post("/api/claim").json
    press(served, times, long=True)
    assert phone.ask("PUT", "/api/password", {"new": PASSWORD}).status == 403
    wanted = {"key": asked["key"], "new": PASSWORD}
    assert phone.ask("PUT", "/api/claim", wanted).json == {"stage": "wrong"}
    assert not served.client.get("/api/session").json["has_password"]


def test_a_neighbour_who_asks_all_the_time_keeps_us_waiting_and_never_wins() -> None:
    """Four times a second, before us and after us; we press as often as our page says."""
    now = 1000.0
    claim = Claim(lambda: now)
    theirs = claim.ask()
    for _ in range(4):
        now += 0.25
        theirs = claim.ask(theirs.key)
    ours = claim.ask()
    assert ours.stage is Stage.OVERLAP
    for number in range(ours.presses):
        now += 0.25
        pressed = Pressed("pause", long=False, at=now)
        claim.watch(replace(StillBox().snapshot, pressed=pressed))
        if number % 2:
            theirs = claim.ask(theirs.key)
            assert theirs.stage is Stage.OVERLAP
    now += REST_S
    for asked in (ours, theirs):
        assert claim.stage(asked.key) is not Stage.CONFIRMED


def test_once_a_neighbour_is_silent_the_box_is_ours() -> None:
    now = 1000.0
    claim = Claim(lambda: now)
    claim.ask()
    assert claim.ask().stage is Stage.OVERLAP
    now += ALONE_S
    ours = claim.ask()
    assert ours.stage is Stage.WAITING
    for _ in range(ours.presses):
        now += 0.5  # exact in binary, as the limits are
        claim.watch(replace(StillBox().snapshot, pressed=Pressed("skip", long=False, at=now)))
    assert claim.stage(ours.key) is Stage.WAITING
    now += REST_S
    assert claim.stage(ours.key) is Stage.CONFIRMED


def test_a_claim_of_somebody_else_voids_ours_before_it_is_used() -> None:
    now = 1000.0
    claim = Claim(lambda: now)
    ours = claim.ask()
    for _ in range(ours.presses):
        now += 0.5  # exact in binary, as the limits are
        claim.watch(replace(StillBox().snapshot, pressed=Pressed("skip", long=False, at=now)))
    theirs = claim.ask()
    now += REST_S
    assert claim.stage(ours.key) is Stage.OVERLAP
    assert claim.stage(theirs.key) is Stage.OVERLAP


@pytest.mark.parametrize("more", [-1, 1])
def test_another_number_of_presses_sets_nothing(more: int) -> None:
    now = 1000.0
    claim = Claim(lambda: now)
    asked = claim.ask()
    for _ in range(asked.presses + more):
        now += 0.5  # exact in binary, as the limits are
        claim.watch(replace(StillBox().snapshot, pressed=Pressed("skip", long=False, at=now)))
    now += REST_S
    assert claim.stage(asked.key) is Stage.WRONG


def test_a_claim_is_open_for_two_minutes() -> None:
    now = 1000.0
    claim = Claim(lambda: now)
    asked = claim.ask()
    now += OPEN_S
    assert claim.stage(asked.key) is Stage.GONE


def test_of_two_who_set_the_first_password_only_one_does(tmp_path: Path) -> None:
    """Both were let in by the button, and hashing takes a while."""
    mine, theirs = Rights(tmp_path), Rights(tmp_path)
    mine.set_password(PASSWORD, is_first=True)
    with pytest.raises(CommandRejected, match="log in with it"):
        theirs.set_password("another one", is_first=True)
    assert mine.is_password(PASSWORD)


@pytest.mark.parametrize("ago_s", [121.0, 1e6])
def test_a_press_of_long_ago_opens_nothing(served: Served, ago_s: float) -> None:
    pressed = Pressed("pause", long=True, at=served.box.snapshot.at - ago_s)
    served.box.snapshot = replace(served.box.snapshot, pressed=pressed)
    served.show()
    assert abroad(served).ask("PUT", "/api/password", {"new": PASSWORD}).status == 403


def test_the_button_does_not_replace_a_password(served: Served) -> None:
    served.with_password()
    pressed = Pressed("pause", long=True, at=served.box.snapshot.at)
    served.box.snapshot = replace(served.box.snapshot, pressed=pressed)
    served.show()
    assert abroad(served).ask("PUT", "/api/password", {"new": "mine from now"}).status == 401


def test_a_foreign_name_that_points_at_the_box_is_refused(served: Served) -> None:
    for host in ("evil.example", "evil.example:8080", "localhost.evil.example", "", "a@localhost"):
        assert served.client.get("/api/state", Host=host).status in (400, 421), host


def test_the_boxs_own_names_and_addresses_are_fine() -> None:
    addresses = ["127.0.0.1:1", "192.168.1.20:8080", "[::1]:8080"]
    for host in ["localhost", "localhost:8080", "moodbox.local:8080", "music.example.org", *addresses]:
        assert is_our_name(host, own_names(["music.example.org"])), host


ENDINGS = [".local", ".lan", ".fritz.box", ".localdomain", ".home.arpa", ".internal", ""]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_names_that_routers_and_avahi_give_to_a_second_moodbox_are_its_own(ending: str) -> None:
    for first in ("moodbox", "moodbox-2", "MOODBOX-13", socket.gethostname()):
        assert is_our_name(f"{first}{ending}:8080", own_names([])), first
        assert is_our_name(f"{first}{ending}.", own_names([])), first


def test_a_name_below_the_ending_that_the_router_gives_is_our_own(tmp_path: Path) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 192.0.2.1\nsearch speedport.ip office.example.org\n")
    names = own_names([], resolver)
    assert is_our_name("moodbox.speedport.ip", names)
    assert not is_our_name("moodbox.example.org", names)
    assert "moodbox.speedport.ip" not in own_names([], tmp_path / "none")


@pytest.mark.parametrize(
    "host", ["moodbox.com", "moodbox.local.evil.example", "evil.local", "moodbox-2.example.org", "fritz.box"]
)
def test_a_name_that_strangers_can_register_is_never_ours(host: str) -> None:
    assert not is_our_name(host, own_names(["moodbox.example.org"]))


def test_who_calls_the_box_by_a_wrong_name_reads_what_helps(served: Served) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = served.client.get("/", Host='music.example.org:1"<i>', Accept=browser)
    assert answer.status == 421
    text = answer.body.decode()
    assert '<a href="http://127.0.0.1:' in text
    assert "<i>" not in text
    named = served.client.get("/", Host="music.example.org:1", Accept=browser).body.decode()
    assert 'hosts = ["music.example.org"]' in named
    assert served.client.get("/api/state", Host="music.example.org", Accept="*/*").json["error"]


def test_another_sites_page_changes_nothing(served: Served) -> None:
    port = served.page.port
    near = (f"http://localhost:{port}", f"ftp://127.0.0.1:{port}", f"http://127.0.0.1:{port}/", "http://[")
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "", *near):
        assert served.client.post("/api/skip", Origin=origin).status == 403, origin
    assert served.box.taken == []


def test_another_sites_page_sees_nothing(served: Served) -> None:
    assert served.client.get("/video_feed", Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="image").status == 403
    assert served.client.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="document").status == 200


def test_our_own_page_may(served: Served) -> None:
    origin = f"http://127.0.0.1:{served.page.port}"
    assert served.client.post("/api/skip", Origin=origin, Sec_Fetch_Site="same-origin").status == 200


def test_nothing_changes_on_get(served: Served) -> None:
    for word in ("play", "volume", "camera", "restart", "power-off", "logout"):
        answer = served.client.get(f"/api/{word}")
        assert answer.status == 405
        assert set(answer.headers["allow"].split(", ")) == {"OPTIONS", "POST"}
    assert (served.box.taken, served.box.reloads) == ([], 0)


def test_every_answer_tells_the_browser_to_be_strict(served: Served) -> None:
    for path in ("/", "/api/state", "/static/page.css", "/nowhere", "/login"):
        headers = served.client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(served: Served) -> None:
    assert served.client.post("/api/volume", b" " * 70_000, Content_Type="application/json").status == 413


def test_the_newest_sessions_are_kept_and_no_more(tmp_path: Path) -> None:
    rights = Rights(tmp_path)
    keys = [rights.open_session() for _ in range(MOST_SESSIONS + 2)]
    assert [rights.is_session(key) for key in keys] == [False] * 2 + [True] * MOST_SESSIONS


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_that_is_no_good_is_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(CommandRejected, match="8 to 200 characters"):
        Rights(tmp_path).set_password(password)


def test_a_password_that_cannot_be_written_leaves_the_old_one_and_its_tokens(tmp_path: Path) -> None:
    rights = Rights(tmp_path)
    rights.set_password(PASSWORD)
    key, token = rights.open_session(), rights.make_token("doorbell")
    (tmp_path / "sessions.json").unlink()
    (tmp_path / "sessions.json").mkdir()
    with pytest.raises(ConfigError, match=r"page\.folder"):
        rights.set_password("another one")
    assert rights.is_password(PASSWORD)
    assert rights.is_token(token)
    assert rights.is_session(key)


def test_a_made_password_will_do_and_is_never_the_same(tmp_path: Path) -> None:
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch("([a-z]{4}-){3}[a-z]{4}", each) for each in made), "easily typed on a phone"
    Rights(tmp_path).set_password(made.pop())


def test_the_login_page_names_the_command_that_helps_here(served: Served) -> None:
    """In a folder, as of deploy/try.sh, an installed box's command would change another's password."""
    served.with_password()
    mine = f".venv/bin/moodbox --config {served.settings_file} password"
    assert mine in served.client.get("/login").body.decode()
    elsewhere = served.client.get("/login", X_Forwarded_For="192.0.2.1").body.decode()
    assert "Forgotten? On the box: .venv/bin/moodbox password" in elsewhere
    assert new_password(served.settings_file, INSTALLED / "current") == "sudo moodbox password"


def test_https_with_a_certificate_of_the_boxs_own_making(tmp_path: Path) -> None:
    with Served(tmp_path, page={"certificate": "self-made"}) as served:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "page" / "certificate.pem"))
        link = http.client.HTTPSConnection("localhost", served.page.port, timeout=20, context=trusting)
        link.request(
            "PUT", "/api/password", json.dumps({"new": PASSWORD}), {"Content-Type": "application/json"}
        )
        answer = link.getresponse()
        assert answer.status == 200
        assert "Secure" in str(answer.getheader("set-cookie"))
        link.close()
    assert stat.S_IMODE((tmp_path / "page" / "key.pem").stat().st_mode) == 0o600


def test_the_doctor_says_the_fingerprint_of_the_certificate(tmp_path: Path) -> None:
    """Home Assistant shows the one that it was shown; the owner compares the two."""
    own = {"certificate": "self-made"}
    with Served(tmp_path, page=own) as served:
        place = {"address": "127.0.0.1", "port": served.page.port}
        (check,) = doctor_page.checks(config.check({"page": own | place}, "test"))
    command = [
        "openssl",
        "x509",
        "-noout",
        "-fingerprint",
        "-sha256",
        "-in",
        str(tmp_path / "page" / "certificate.pem"),
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert check.ok
    assert check.found.endswith(f"certificate SHA-256 {said.partition('=')[2]}")


@pytest.mark.parametrize("damaged", ["certificate.pem", "key.pem"])
@pytest.mark.parametrize("left", [b"", b"-----BEGIN PRIVATE KEY-----\nMIGH", None, "another's"])
def test_a_certificate_of_the_boxs_own_that_cannot_be_used_is_made_anew(
    tmp_path: Path, damaged: str, left: bytes | str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """A power cut may leave it empty, or one of the two alone."""
    own = {"certificate": "self-made"}
    with Served(tmp_path / "other", page=own), Served(tmp_path, page=own):
        pass
    file = tmp_path / "page" / damaged
    if left is None:
        file.unlink()
    else:
        other = (tmp_path / "other/page" / damaged).read_bytes()
        file.write_bytes(left if isinstance(left, bytes) else other)
    caplog.clear()
    for _ in range(2):
        with Served(tmp_path, page=own) as served:
            trusting = ssl.create_default_context(cafile=str(tmp_path / "page" / "certificate.pem"))
            link = http.client.HTTPSConnection("localhost", served.page.port, timeout=20, context=trusting)
            link.request("GET", "/")
            assert link.getresponse().status == 200
            link.close()
    said = [record for record in caplog.records if "makes another one" in record.message]
    assert len(said) == (0 if left is None and damaged == "certificate.pem" else 1)
    assert stat.S_IMODE((tmp_path / "page" / "key.pem").stat().st_mode) == 0o600


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    served = Served(tmp_path, page={"certificate": str(tmp_path / "gone.pem")})
    with pytest.raises(ConfigError, match=r"page\.certificate: .*gone\.pem"):
        served.__enter__()


def test_behind_a_proxy_under_a_path_every_way_stays_under_it(served: Served) -> None:
    served.with_password()
    stranger = served.client.get("/", X_Forwarded_Prefix="/moodbox")
    assert stranger.headers["location"] == "/moodbox/login"
    form = f"password={PASSWORD.replace(' ', '+')}".encode()
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    entered = served.client.post("/login", form, X_Forwarded_Prefix="/moodbox/", **kind)
    assert entered.headers["location"] == "/moodbox/"
    assert "Path=/moodbox/;" in entered.headers["set-cookie"] + ";"


@pytest.mark.parametrize("said", ["//evil.example", "https://evil.example", "/a b", "/a\\b", "/;x=/", "?"])
def test_a_path_that_is_none_leads_nobody_away(said: str, served: Served) -> None:
    served.with_password()
    location = served.client.get("/", X_Forwarded_Prefix=said).headers["location"]
    assert urljoin("http://box/", location) == "http://box/login"
