"""The newest release at an address: found, verified, installed, and told while it goes on."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from releasing import Made, Workshop, serving
from unit_files import SYSTEMD, lines_of

from appliance.errors import UpdateFailed
from appliance.machine.upgrade import News, news, telling
from appliance.update import arrival, bundle, leave, leave_failure, update, update_to_newest
from appliance.update.bundle import machine_here, python_here
from appliance.update.offer import WITHIN_S


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(tmp_path).entered(monkeypatch)


@pytest.fixture
def site(shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(shop.folder, tmp_path, monkeypatch) as address:
        yield address


def known(shop: Workshop) -> News:
    """What the box knows."""
    return news(shop.folder / "offer.json", shop.box.progress)


def test_the_newest_release_is_known_with_its_notes_before_anything_is_installed(
    shop: Workshop, site: str
) -> None:
    shop.offer("0.2.0", "- It sings\n  better.\n- And longer.")
    leave(shop.box.newest(site), shop.folder / "offer.json")
    told = known(shop)
    assert (told.latest, told.notes) == ("0.2.0", "- It sings better.\n- And longer.")
    assert told.page == f"{site}/moodbox-0.2.0.md"
    assert told.is_newer_than("0.1.0")
    assert not told.is_newer_than("0.2.0")
    assert shop.state()[0] == "0.1.0"


def test_the_newest_release_is_installed_and_told_as_done(shop: Workshop, site: str) -> None:
    shop.bundle(Made("0.2.0"))
    shop.offer("0.2.0")
    update_to_newest(site, shop.box)
    assert shop.state()[0] == "0.2.0"
    assert (known(shop).is_going_on, known(shop).failed) == (False, "")


def test_the_bundle_of_this_kind_of_machine_is_taken_where_there_is_one(shop: Workshop, site: str) -> None:
    ours = f"{python_here()}-{machine_here()}"
    shop.offer("0.2.0", "", "any", ours)
    assert shop.box.newest(site).place == f"{site}/moodbox-0.2.0-{ours}.tar"
    shop.offer("0.2.0", "", "any", "3.4-vax")
    assert shop.box.newest(site).place == f"{site}/moodbox-0.2.0.tar"
    shop.offer("0.2.0", "", "3.4-vax")
    with pytest.raises(UpdateFailed, match="no bundle for"):
        shop.box.newest(site)


def test_what_no_key_of_ours_has_signed_offers_nothing(shop: Workshop, site: str) -> None:
    told = shop.offer("0.2.0")
    told.write_text(told.read_text().replace("0.2.0", "0.9.0"))
    with pytest.raises(UpdateFailed, match="not signed by a key"):
        update_to_newest(site, shop.box)
    assert shop.state()[0] == "0.1.0"
    assert "not signed by a key" in known(shop).failed


def test_a_look_that_fails_says_why_and_forgets_nothing(shop: Workshop, site: str) -> None:
    offer = shop.folder / "offer.json"
    shop.offer("0.2.0", "- It sings.")
    leave(shop.box.newest(site), offer)
    told = shop.offer("0.9.0")
    told.write_text(told.read_text().replace("0.9.0", "0.9.1"))
    with pytest.raises(UpdateFailed) as refused:
        shop.box.newest(site)
    leave_failure(str(refused.value), offer)
    assert known(shop).look_failed.startswith(f"{site}/latest.json: not signed by a key")
    assert (known(shop).latest, known(shop).notes, known(shop).failed) == ("0.2.0", "- It sings.", "")
    shop.offer("0.3.0")
    leave(shop.box.newest(site), offer)
    assert (known(shop).latest, known(shop).look_failed) == ("0.3.0", "")


def test_a_look_ends_by_its_own_limits_which_say_why_before_its_unit_ends_it(
    shop: Workshop, site: str
) -> None:
    shop.offer("0.2.0")
    with pytest.raises(UpdateFailed, match="not here after 0 s"):
        arrival.fetch(f"{site}/latest.json", shop.folder / "in", within_s=0.0)
    (unit,) = lines_of(SYSTEMD / "moodbox-release.service")["TimeoutStartSec"]
    assert float(unit) > 2 * (WITHIN_S + arrival.SILENCE_S) + bundle.VERIFY_S


def test_an_older_release_under_the_newest_ones_name_is_refused(shop: Workshop, site: str) -> None:
    older = shop.bundle(Made("0.2.0"))
    shop.offer("0.3.0")
    for name in (older, older.with_name(f"{older.name}.sig")):
        name.rename(name.with_name(name.name.replace("0.2.0", "0.3.0")))
    with pytest.raises(UpdateFailed, match=r"this is 0\.2\.0, not 0\.3\.0"):
        update_to_newest(site, shop.box)
    assert shop.state()[0] == "0.1.0"


@pytest.mark.parametrize("address", ["", "http://localhost", "/etc", "file:///etc"])
def test_only_https_is_looked_at(shop: Workshop, address: str) -> None:
    with pytest.raises(UpdateFailed, match="no https"):
        shop.box.newest(address)


def test_a_release_that_is_not_well_is_taken_back_and_told_as_failed(shop: Workshop, site: str) -> None:
    shop.bundle(Made("0.2.0", playing="stopped"))
    shop.offer("0.2.0")
    with pytest.raises(UpdateFailed, match="is not well"):
        update_to_newest(site, shop.box)
    assert shop.state()[0] == "0.1.0"
    assert "0.2.0 is not well, so 0.1.0 runs again" in known(shop).failed
    update(str(shop.bundle(Made("0.3.0"))), shop.box)
    assert known(shop).failed == ""


def _begin(progress: Path, ready: object) -> None:
    with telling(progress) as tell:
        tell(40, "")
        ready.set()  # type: ignore[attr-defined]
        multiprocessing.Event().wait()


def test_an_update_is_told_while_it_goes_on_and_not_when_it_was_killed(tmp_path: Path) -> None:
    progress, ready = tmp_path / "update" / "progress.json", multiprocessing.Event()
    process = multiprocessing.Process(target=_begin, args=(progress, ready))
    process.start()
    assert ready.wait(30)
    told = news(tmp_path / "none", progress)
    assert (told.is_going_on, told.percent) == (True, 40)
    process.kill()
    process.join()
    told = news(tmp_path / "none", progress)
    assert (told.is_going_on, told.percent) == (False, None)


@pytest.mark.parametrize(
    "told",
    ["", "[]", "null", '{"version": 2}', '{"version": "1.0; rm -rf /"}', "{" * 5000, '{"version": null}'],
)
def test_an_offer_that_makes_no_sense_is_none(tmp_path: Path, told: str) -> None:
    (tmp_path / "offer.json").write_text(told)
    assert news(tmp_path / "offer.json", tmp_path / "none").latest is None


def test_an_update_goes_on_untold_where_it_cannot_be_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with telling(tmp_path / "file" / "progress.json") as tell:
        tell(50, "")
