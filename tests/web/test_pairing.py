"""Home Assistant asks for a token; who stands at the box, or owns its page, says yes: real requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from waiting import until
from webbing import ABOUT, PASSWORD, Client, Served, StillBox

from appliance.errors import CommandRejected
from appliance.protocol.messages import Pressed
from appliance.web.auth.attempts import AT_ONCE, EACH_S
from appliance.web.auth.claim import ALONE_S, OPEN_S, REST_S, Asked, Stage
from appliance.web.auth.pairing import Pairing, Wait
from appliance.web.auth.rights import MOST_TOKENS, Rights

NAME = "Home Assistant"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


class Desk:
    """A pairing with a clock of its own, and the finger on the box."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.rights = Rights(folder)
        self.rights.set_password(PASSWORD)
        self.pairing = Pairing(self.rights, lambda: self.now)

    def ask(self, name: str = NAME, address: str = "192.168.1.7", key: str = "") -> Asked:
        asked = self.pairing.ask(name, address, key)
        assert isinstance(asked, Asked)
        return asked

    def press(self, times: int) -> None:
        for _ in range(times):
            self.now += 0.5  # exact in binary, as are the limits that it is held against
            pressed = Pressed("skip", long=False, at=self.now)
            self.pairing.watch(replace(StillBox().snapshot, pressed=pressed))
        self.now += REST_S


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def press(served: Served, times: int) -> None:
    for number in range(times):
        pressed = Pressed("pause", long=False, at=time.monotonic() + number / 1000)
        served.box.snapshot = replace(served.box.snapshot, pressed=pressed)
        served.show()


def test_the_presses_that_home_assistant_asks_for_give_it_a_token(served: Served) -> None:
    owner, there = served.with_password(), Client(served.page.port)
    asked = there.post("/api/pairing", {"name": NAME}).json
    assert there.ask("PUT", "/api/pairing", {"key": asked["key"]}).json == {"stage": "waiting"}
    press(served, asked["presses"])
    taken = until(lambda: _when_taken(there, asked["key"]))
    assert taken["name"] == NAME
    there.headers["Authorization"] = f"Bearer {taken['token']}"
    assert there.get("/api/state").status == 200
    assert there.get("/api/box").json == ABOUT
    assert owner.get("/api/tokens").json == {"tokens": [NAME]}
    assert there.ask("PUT", "/api/pairing", {"key": asked["key"]}).json == {"stage": "gone"}


def _when_taken(there: Client, key: str) -> dict[str, str] | None:
    answer: dict[str, str] = there.ask("PUT", "/api/pairing", {"key": key}).json
    return answer if answer["stage"] == "confirmed" else None


def test_the_owner_confirms_it_on_the_page_by_the_number_that_it_shows(served: Served) -> None:
    owner, there = served.with_password(), Client(served.page.port)
    assert owner.get("/api/pairing").json == {"asked": None}
    asked = there.post("/api/pairing", {"name": NAME}).json
    shown = owner.get("/api/pairing").json["asked"]
    assert (shown["name"], shown["address"]) == (NAME, "127.0.0.1")
    assert 0 < shown["left_s"] <= OPEN_S
    assert "presses" not in shown  # or nobody would compare
    assert owner.post("/api/pairing/answer", {"number": asked["presses"]}).status == 200
    assert _when_taken(there, asked["key"])
    assert owner.get("/api/pairing").json == {"asked": None}


def test_another_number_on_the_page_gives_nothing_and_ends_it(served: Served) -> None:
    owner, there = served.with_password(), Client(served.page.port)
    asked = there.post("/api/pairing", {"name": NAME}).json
    assert owner.post("/api/pairing/answer", {"number": asked["presses"] + 1}).status == 422
    assert owner.post("/api/pairing/answer", {"number": asked["presses"]}).status == 404
    assert there.ask("PUT", "/api/pairing", {"key": asked["key"]}).json == {"stage": "wrong"}


@pytest.mark.parametrize("number", [None, "7", 7.0, True, []])
def test_what_is_no_number_confirms_nothing(served: Served, number: object) -> None:
    owner, there = served.with_password(), Client(served.page.port)
    asked = there.post("/api/pairing", {"name": NAME}).json
    assert owner.post("/api/pairing/answer", {"number": number}).status == 422
    assert there.ask("PUT", "/api/pairing", {"key": asked["key"]}).json == {"stage": "waiting"}


def test_only_the_owner_sees_who_asks_and_answers(served: Served) -> None:
    owner, there = served.with_password(), Client(served.page.port)
    token = owner.post("/api/tokens", {"name": "doorbell"}).json["token"]
    asked = there.post("/api/pairing", {"name": NAME}).json
    script = Client(served.page.port, {"Authorization": f"Bearer {token}"})
    for who, status in ((there, 401), (script, 403)):
        assert who.get("/api/pairing").status == status
        assert who.post("/api/pairing/answer", {"number": asked["presses"]}).status == status
    assert there.ask("PUT", "/api/pairing", {"key": asked["key"]}).json == {"stage": "waiting"}


def test_without_a_password_nobody_is_paired(served: Served) -> None:
    assert served.client.post("/api/pairing", {"name": NAME}).status == 403
    assert served.client.ask("PUT", "/api/pairing", {"key": "x"}).json == {"stage": "gone"}


def test_another_site_does_not_ask_through_a_visitor_s_browser(served: Served) -> None:
    served.with_password()
    answer = served.client.post("/api/pairing", {"name": NAME}, Origin="http://evil.example")
    assert answer.status == 403


def test_a_request_is_open_for_two_minutes_also_once_it_is_confirmed(desk: Desk) -> None:
    late, confirmed = desk.ask(), Stage.CONFIRMED
    desk.now += OPEN_S
    assert desk.pairing.confirm(late.presses) is Stage.GONE
    assert desk.pairing.waiting() is None
    asked = desk.ask()
    assert desk.pairing.confirm(asked.presses) is confirmed
    desk.now += OPEN_S
    assert desk.pairing.take(asked.key) == (Stage.GONE, "", "")
    assert desk.rights.tokens() == []


def test_of_two_who_ask_at_once_nobody_is_paired(desk: Desk) -> None:
    ours = desk.ask()
    theirs = desk.ask(address="192.168.1.66")
    desk.press(ours.presses)
    for asked in (ours, theirs):
        assert desk.pairing.confirm(asked.presses) is Stage.GONE
        assert desk.pairing.take(asked.key) == (Stage.OVERLAP, "", "")
    desk.now += ALONE_S
    again = desk.ask()
    desk.press(again.presses)
    assert desk.pairing.take(again.key)[0] is Stage.CONFIRMED


def test_who_asks_after_it_was_confirmed_takes_it_from_nobody_and_gets_nothing(desk: Desk) -> None:
    ours = desk.ask()
    desk.press(ours.presses)
    theirs = desk.ask(address="192.168.1.66")
    assert desk.pairing.take(theirs.key) == (Stage.OVERLAP, "", "")
    assert desk.pairing.take(ours.key) == (Stage.OVERLAP, "", "")
    assert desk.rights.tokens() == []


def test_a_token_is_handed_over_once(desk: Desk) -> None:
    asked = desk.ask()
    desk.press(asked.presses)
    stage, token, _ = desk.pairing.take(asked.key)
    assert stage is Stage.CONFIRMED
    assert desk.rights.is_token(token)
    assert desk.pairing.take(asked.key) == (Stage.GONE, "", "")
    assert desk.rights.tokens() == [NAME]


def test_a_new_password_ends_what_was_confirmed_under_the_old_one(desk: Desk) -> None:
    asked = desk.ask()
    desk.press(asked.presses)
    desk.rights.set_password(PASSWORD + "!")
    assert desk.pairing.take(asked.key) == (Stage.GONE, "", "")
    assert desk.rights.tokens() == []


def test_a_press_of_before_the_request_counts_for_nothing(desk: Desk) -> None:
    before = Pressed("skip", long=False, at=desk.now)
    desk.now += 1
    asked = desk.ask()
    for _ in range(asked.presses):
        desk.pairing.watch(replace(StillBox().snapshot, pressed=before))
    desk.now += REST_S
    assert desk.pairing.take(asked.key)[0] is Stage.WAITING


def test_who_asks_all_the_time_has_to_wait(desk: Desk) -> None:
    for _ in range(AT_ONCE):
        assert isinstance(desk.pairing.ask(NAME, "192.168.1.66"), Asked)
    refused = desk.pairing.ask(NAME, "192.168.1.66")
    assert isinstance(refused, Wait)
    assert 0 < refused.seconds <= EACH_S
    desk.now += ALONE_S
    assert isinstance(desk.pairing.ask(NAME, "192.168.1.7"), Asked)


def test_the_page_says_how_long_to_wait(served: Served) -> None:
    served.with_password()
    there = Client(served.page.port)
    for _ in range(AT_ONCE):
        assert there.post("/api/pairing", {"name": NAME}).status == 200
    refused = there.post("/api/pairing", {"name": NAME})
    assert refused.status == 429
    assert 0 < int(refused.headers["retry-after"]) <= EACH_S


def test_a_second_home_assistant_has_a_name_of_its_own(desk: Desk) -> None:
    names = []
    for _ in range(3):
        asked = desk.ask()
        desk.press(asked.presses)
        names.append(desk.pairing.take(asked.key)[2])
        desk.now += ALONE_S
    assert names == [NAME, f"{NAME} 2", f"{NAME} 3"]


@pytest.mark.parametrize("name", ["", " ", "a/b", "\u202edoor", "\u3164", "x" * 41])
def test_a_name_that_could_not_be_seen_on_the_page_is_refused(served: Served, name: str) -> None:
    served.with_password()
    assert served.client.post("/api/pairing", {"name": name}).status == 422


def test_where_there_are_too_many_tokens_none_is_made_and_it_says_so(desk: Desk) -> None:
    for number in range(MOST_TOKENS):
        desk.rights.make_token(f"t{number}")
    asked = desk.ask()
    desk.press(asked.presses)
    with pytest.raises(CommandRejected, match="take one back first"):
        desk.pairing.take(asked.key)
    assert len(desk.rights.tokens()) == MOST_TOKENS
