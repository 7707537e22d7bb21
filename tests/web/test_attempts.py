"""How often strangers and friends may try a password, to the second; and when a claim is heard."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from webbing import StillBox

from appliance.protocol.messages import Pressed
from appliance.web.auth.attempts import MOST_KNOWN, Attempts, network_of
from appliance.web.auth.claim import ALONE_S, OPEN_S, REST_S, Asked, Claim, Stage
from appliance.web.auth.names import is_our_name, own_address, own_names
from appliance.web.auth.pairing import Pairing
from appliance.web.auth.rights import LONGEST_NAME, MOST_DEVICES, MOST_SESSIONS, Rights, is_name


class Door:
    """Attempts, by a clock that the test tells."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.attempts = Attempts(lambda: self.now)

    def waits(self, address: str, times: int = 1, device: str | None = None) -> list[float]:
        return [self.attempts.begin(address, device) for _ in range(times)]

    def exhaust(self) -> None:
        """Strangers of thirty addresses have used up what all of them have."""
        assert [self.attempts.begin(f"192.0.2.{number}") for number in range(30)] == [0.0] * 30


@pytest.fixture
def door() -> Door:
    return Door()


# --- strangers ---------------------------------------------------------------------------------------------


def test_an_address_has_five_tries_at_once_and_one_more_each_half_minute(door: Door) -> None:
    assert door.waits("a", 6) == [0.0] * 5 + [30.0]
    door.now += 15
    assert door.waits("a") == [15.0]
    door.now += 15
    assert door.waits("a", 2) == [0.0, 30.0]
    door.now += 75
    assert door.waits("a", 3) == [0.0, 0.0, 15.0]


def test_however_long_nobody_tries_there_are_five_and_no_more(door: Door) -> None:
    door.waits("a")
    door.now += 1e6
    assert door.waits("a", 6) == [0.0] * 5 + [30.0]


def test_who_does_not_wait_need_not_wait_longer_for_it(door: Door) -> None:
    door.waits("a", 5)
    assert set(door.waits("a", 20)) == {30.0}
    door.now += 30
    assert door.waits("a") == [0.0]


def test_strangers_have_thirty_tries_together_and_one_more_each_five_seconds(door: Door) -> None:
    door.exhaust()
    assert door.waits("fresh", 20) == [5.0] * 20
    door.now += 5
    assert door.waits("fresh", 2) == [0.0, 5.0]
    door.now += 5
    assert door.waits("another", 2) == [0.0, 5.0]


def test_a_stranger_waits_for_the_longer_of_both(door: Door) -> None:
    door.waits("a", 5)
    assert [door.attempts.begin(f"192.0.2.{number}") for number in range(25)] == [0.0] * 25
    assert (door.waits("a"), door.waits("fresh")) == ([30.0], [5.0])


def test_a_flood_of_addresses_costs_no_more_memory_and_the_oldest_is_forgotten(door: Door) -> None:
    assert MOST_KNOWN == 1000
    door.waits("first", 5)
    door.waits("second", 5)
    for number in range(998):
        door.attempts.begin(f"192.0.{number // 256}.{number % 256}")
    assert (door.waits("first"), door.waits("second")) == ([30.0], [30.0])
    door.waits("one more")
    assert door.waits("second") == [30.0]
    assert door.waits("first") == [5.0]  # as everybody, for all together have none left


# --- friends -----------------------------------------------------------------------------------------------


def test_the_right_password_makes_the_browser_and_its_address_known(door: Door) -> None:
    door.attempts.forgive("home", "browser")
    door.exhaust()
    assert door.waits("home", 6) == [0.0] * 5 + [30.0]
    assert door.waits("elsewhere", 6, device="browser") == [0.0] * 5 + [30.0]
    assert door.waits("elsewhere") == [5.0]


def test_a_browser_that_was_let_in_before_has_its_tries_to_itself(door: Door) -> None:
    door.exhaust()
    assert door.waits("away", 6, device="browser") == [0.0] * 5 + [30.0]


def test_what_a_friend_tries_is_not_counted_among_the_strangers(door: Door) -> None:
    door.attempts.forgive("home")
    door.waits("home", 5)
    door.exhaust()


def test_the_right_password_gives_all_tries_back(door: Door) -> None:
    door.waits("home", 4)
    door.attempts.forgive("home")
    assert door.waits("home", 5) == [0.0] * 5
    door.attempts.forgive("home")
    assert door.waits("home", 6) == [0.0] * 5 + [30.0]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"), ("unix", "unix"), ("", ""),
    ],
)  # fmt: skip
def test_the_network_that_a_guesser_cannot_leave_is_counted(address: str, network: str) -> None:
    assert network_of(address) == network


# --- a claim -----------------------------------------------------------------------------------------------


class Box:
    """A claim, and the finger on a button."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.claim = Claim(lambda: self.now)

    def press(self, button: str = "pause", times: int = 1, long: bool = False) -> None:
        for _ in range(times):
            self.now += 0.5  # exact in binary, as the limits are
            pressed = Pressed(button, long=long, at=self.now)
            for _ in range(2):  # a snapshot tells the last press again
                self.claim.watch(replace(StillBox().snapshot, pressed=pressed))

    def stage_after(self, asked: Asked, seconds: float = REST_S) -> Stage:
        self.now += seconds
        return self.claim.stage(asked.key)


@pytest.fixture
def box() -> Box:
    return Box()


def test_the_page_asks_for_five_to_twelve_presses() -> None:
    """More than of a finger that only wants another song; each number as often as the others."""
    asked = Counter(Claim().ask().presses for _ in range(600))
    assert sorted(asked) == list(range(5, 13))
    assert min(asked.values()) > 20


def test_presses_count_once_the_finger_has_rested_for_two_and_a_half_seconds(box: Box) -> None:
    asked = box.claim.ask()
    box.press(times=asked.presses)
    assert box.stage_after(asked, 2.25) is Stage.WAITING
    assert box.stage_after(asked, 0.25) is Stage.CONFIRMED


def test_presses_of_two_buttons_are_nobodys_number(box: Box) -> None:
    asked = box.claim.ask()
    box.press("pause", asked.presses - 1)
    box.press("skip")
    assert box.stage_after(asked) is Stage.WRONG


def test_a_long_press_among_them_is_none_of_them(box: Box) -> None:
    asked = box.claim.ask()
    box.press(times=asked.presses - 1)
    box.press(long=True)
    assert box.stage_after(asked) is Stage.WRONG


def test_the_next_claim_may_be_pressed_on_the_other_button(box: Box) -> None:
    first = box.claim.ask()
    box.press("pause", 2)
    assert box.stage_after(first) is Stage.WRONG
    box.now += ALONE_S
    second = box.claim.ask()
    box.press("skip", second.presses)
    assert box.stage_after(second) is Stage.CONFIRMED


def test_who_asks_again_begins_to_press_anew_and_is_no_second_one(box: Box) -> None:
    first = box.claim.ask()
    box.press(times=3)
    again = box.claim.ask(first.key)
    assert (again.key, again.stage) == (first.key, Stage.WAITING)
    box.press(times=again.presses)
    assert box.stage_after(again) is Stage.CONFIRMED


def test_while_a_claim_waits_somebody_else_s_overlaps_it_for_its_two_minutes(box: Box) -> None:
    box.claim.ask()
    box.now += OPEN_S - 1
    late = box.claim.ask()
    assert late.stage is Stage.OVERLAP
    assert box.claim.waiting() is None


def test_after_its_two_minutes_a_claim_is_in_nobodys_way(box: Box) -> None:
    """Also on a box that has just been switched on."""
    assert OPEN_S == 120.0
    box.now = 60.0
    box.claim.ask()
    box.now += OPEN_S
    asked = box.claim.ask()
    assert asked.stage is Stage.WAITING
    assert box.claim.waiting() is asked


def test_a_claim_that_was_confirmed_overlaps_too_and_a_wrong_one_only_for_ten_seconds(box: Box) -> None:
    first = box.claim.ask()
    assert box.claim.confirm(first.presses) is Stage.CONFIRMED
    box.now += ALONE_S
    assert box.claim.ask().stage is Stage.OVERLAP
    box.now += ALONE_S
    asked = box.claim.ask()
    assert box.claim.confirm(asked.presses + 1) is Stage.WRONG
    box.now += ALONE_S
    assert box.claim.ask().stage is Stage.WAITING


@pytest.mark.parametrize("more", [-1, 1])
def test_another_number_than_the_claim_shows_confirms_nothing_and_ends_it(box: Box, more: int) -> None:
    asked = box.claim.ask()
    assert box.claim.confirm(asked.presses + more) is Stage.WRONG
    assert box.claim.confirm(asked.presses) is Stage.GONE


def test_nobodys_claim_is_gone_and_another_s_overlapped(box: Box) -> None:
    assert box.claim.stage("x") is Stage.GONE
    assert box.claim.take("x") == (Stage.GONE, None)
    assert box.claim.confirm(5) is Stage.GONE
    box.claim.ask()
    assert box.claim.stage("x") is Stage.OVERLAP
    assert box.claim.stage("") is Stage.OVERLAP


def test_a_claim_tells_how_long_it_still_waits(tmp_path: Path) -> None:
    now = 1000.0
    pairing = Pairing(Rights(tmp_path), lambda: now)
    pairing.ask("Home Assistant", "192.0.2.1")
    now += 50
    waiting = pairing.waiting()
    assert waiting is not None
    assert (waiting[0].name, waiting[0].address, waiting[1]) == ("Home Assistant", "192.0.2.1", 70.0)
    now += 69.5
    assert [left_s for _, left_s in filter(None, [pairing.waiting()])] == [0.5]


def test_a_name_as_long_as_may_be_is_numbered_within_that_length(tmp_path: Path) -> None:
    now = 1000.0
    rights, longest = Rights(tmp_path), "Wohnzimmer " + "x" * (LONGEST_NAME - 11)
    pairing = Pairing(rights, lambda: now)
    for _ in range(11):
        asked = pairing.ask(longest, "192.0.2.1")
        assert isinstance(asked, Asked)
        pairing.confirm(asked.presses)
        assert pairing.take(asked.key)[0] is Stage.CONFIRMED
        now += 30.0
    assert f"{longest[:37]} 11" in rights.tokens()
    assert all(len(name) <= 40 for name in rights.tokens())


# --- names, sessions, devices ------------------------------------------------------------------------------


def test_a_token_s_name_has_one_to_forty_letters() -> None:
    assert is_name("x")
    assert is_name("x" * 40)
    assert not is_name("x" * 41)
    assert not is_name(7)


def test_the_token_that_is_taken_back_is_the_one_of_that_name(tmp_path: Path) -> None:
    rights = Rights(tmp_path)
    tokens = {name: rights.make_token(name) for name in ("attic", "doorbell", "shed")}
    assert rights.drop_token("doorbell")
    assert not rights.drop_token("doorbell")
    assert rights.tokens() == ["attic", "shed"]
    assert [name for name, token in tokens.items() if rights.is_token(token)] == ["attic", "shed"]


def test_the_browsers_that_are_known_are_the_newest_sixty_four(tmp_path: Path) -> None:
    assert (MOST_SESSIONS, MOST_DEVICES) == (32, 64)
    rights = Rights(tmp_path)
    keys = [rights.open_session() for _ in range(66)]
    assert [rights.device(key) is not None for key in keys] == [False] * 2 + [True] * 64
    assert rights.open_session(keys[-1])
    assert rights.device(keys[-1]) is None  # the same browser, by its new session
    assert rights.device(keys[2]) is not None


@pytest.mark.parametrize("host", ["moodbox.search", "moodbox.domain", "moodbox.nameserver"])
def test_a_word_of_the_resolver_is_no_ending(host: str, tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text(
        "nameserver 192.0.2.1\ndomain one.example\nsearch two.example three\n"
    )
    names = own_names([], tmp_path / "resolv.conf")
    assert not is_our_name(host, names)
    for ending in ("one.example", "two.example", "three"):
        assert is_our_name(f"moodbox.{ending}", names)


@pytest.mark.parametrize(
    "host",
    ["a/localhost", "localhost?", "localhost#", "x@localhost", "local\\host", "local host", "localhost:x"]
)  # fmt: skip
def test_a_name_with_what_no_name_has_is_nobodys(host: str) -> None:
    assert not is_our_name(host, own_names([host]))


def test_a_name_has_at_most_253_letters_and_a_port_of_five() -> None:
    name = ".".join(["x" * 60] * 4) + ".lan.home"
    assert len(name) == 252
    assert is_our_name(f"x{name}:65535", own_names([f"x{name}"]))
    assert not is_our_name(f"xx{name}:65535", own_names([f"xx{name}"]))


def test_a_name_of_ours_that_the_owner_names_too_stays_ours() -> None:
    for name in ("moodbox.local", "moodbox", "localhost"):
        assert is_our_name(name, own_names([name])), name


def test_a_link_names_the_address_by_which_this_visitor_reaches_the_box() -> None:
    assert own_address("127.0.0.1") == own_address("::ffff:127.0.0.1") == "127.0.0.1"
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect(("::1", 9))
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert own_address("::1") == "[::1]"
