"""Settings, log, doctor, backup: over real requests, with real files."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import threading
import time
import tomllib
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from webbing import PASSWORD, Client, Served

from appliance import config as settings
from appliance.errors import ConfigError
from appliance.machine.mpd_config import read_settings
from appliance.state import is_sound, put_back
from appliance.update.settings import convert
from appliance.web.auth import rights
from appliance.web.care import masks

OWN = """\
# My box
version = 1

[mood]
reaction = "slow"   # we are slow people

[mpd]
password = "sesame"
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    state = tmp_path / "state.json"
    with Served(
        tmp_path, keepsakes={"state.json": state}, put_back={"state.json": put_back(state)}
    ) as served:
        served.settings_file.write_text(OWN)
        yield served


def keys(served: Served) -> dict[str, dict[str, object]]:
    sections = served.client.get("/api/settings").json["sections"]
    return {key["path"]: key for section in sections for key in section["keys"]}


# --- settings ----------------------------------------------------------------------------------------------


def test_every_setting_comes_with_its_documentation_and_its_range(served: Served) -> None:
    found = keys(served)
    assert all(key["doc"] for path, key in found.items()), [
        path for path, key in found.items() if not key["doc"]
    ]
    assert not [path for path, key in found.items() if "#" in str(key["doc"])]
    assert found["camera.fps"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 30}
    assert found["mood.reaction"]["schema"] == {"type": "string", "enum": ["instant", "steady", "slow"]}
    assert "looks per second" in str(found["camera.fps"]["doc"])
    assert found["mood.reaction"]["own"] is True
    assert found["camera.fps"]["own"] is False


def test_a_changed_setting_is_written_back_with_the_owners_comments(served: Served) -> None:
    changes = {"mood.reaction": "instant", "camera.fps": 12, "music.moods.sad": {"playlist": "blue"}}
    assert served.client.ask("PATCH", "/api/settings", {"changes": changes}).status == 200
    text = served.settings_file.read_text()
    assert text.startswith(OWN.replace('"slow"', '"instant"'))
    written = tomllib.loads(text)
    assert written["camera"]["fps"] == 12
    assert written["music"]["moods"]["sad"] == {"playlist": "blue"}
    assert served.box.reloads == 1


def test_of_settings_that_many_change_at_once_none_is_lost(served: Served) -> None:
    """Each reads the file, changes it and writes it: the last one used to put the others' settings back."""
    paths = ("volume.start", "volume.max", "quiet.volume", "alarm.volume")
    with ThreadPoolExecutor(len(paths)) as many:
        asked = [
            many.submit(served.client.ask, "PATCH", "/api/settings", {"changes": {path: 31}})
            for path in paths
        ]
        assert {each.result(60).status for each in asked} == {200}
    found = tomllib.loads(served.settings_file.read_text())
    assert [found[section][name] for section, _, name in (path.partition(".") for path in paths)] == [31] * 4


def test_null_takes_a_setting_back_to_its_default(served: Served) -> None:
    served.client.ask("PATCH", "/api/settings", {"changes": {"mood.reaction": None}})
    assert "reaction" not in tomllib.loads(served.settings_file.read_text())["mood"]


def test_wrong_settings_are_all_named_and_none_is_written(served: Served) -> None:
    changes = {"mood.reaction": "hasty", "camera.fps": 500, "camera.fsp": 3}
    answer = served.client.ask("PATCH", "/api/settings", {"changes": changes})
    assert answer.status == 422
    assert len(answer.json["problems"]) == 3
    assert any("did you mean 'fps'" in problem for problem in answer.json["problems"])
    assert served.settings_file.read_text() == OWN
    assert served.box.reloads == 0


NONSENSE: list[dict[str, object]] = [{"mood": 3}, {"mood.reaction.deeper": 1}, {"": 1}, {"mood.x": [None]}]


@pytest.mark.parametrize("changes", [*NONSENSE, {"a\nb.c": 1}])
def test_changes_that_make_no_sense_are_refused(served: Served, changes: dict[str, object]) -> None:
    answer = served.client.ask("PATCH", "/api/settings", {"changes": changes})
    assert answer.status == 422
    assert served.settings_file.read_text() == OWN


def test_a_secret_never_reaches_the_page(served: Served) -> None:
    assert b"sesame" not in served.client.get("/api/settings").body
    assert b"sesame" not in served.client.get("/api/settings/file").body


def test_a_masked_secret_that_comes_back_stays_as_it_was(served: Served) -> None:
    text = served.client.get("/api/settings/file").body.decode()
    sent = text.replace('"slow"', '"steady"').encode()
    assert served.client.ask("PUT", "/api/settings/file", sent, Content_Type="text/plain").status == 200
    assert served.settings_file.read_text() == OWN.replace('"slow"', '"steady"')


@pytest.mark.parametrize(
    "own",
    [
        '[mpd]\npassword = "sesame"   # mine\n',
        "[mpd]\npassword = 'sesame'\n",
        'mpd.password = "sesame"\n[mqtt]\nbroker = "here"\n',
        'mpd = { address = "/x", password = "sesame" }\n',
        '[mpd]\n"password" = "sesame"\n',
        '[mpd]\npassword = """\nsesame"""\n',
        '[ mpd ]\npassword="se\\u0073ame"\n[mqtt]\nusername = "me"\npassword = "sesame, too"\n',
    ],
)
def test_however_a_secret_is_written_it_is_masked_and_kept(served: Served, own: str) -> None:
    served.settings_file.write_text(own)
    shown = served.client.get("/api/settings/file").body
    assert "••••".encode() in shown
    for packed in (shown, unzip(served.client.get("/api/backup").body)["moodbox.toml"]):
        assert not [word for word in (b"sesame", b"u0073", b"too") if word in packed]
    assert served.client.ask("PUT", "/api/settings/file", shown, Content_Type="text/plain").status == 200
    assert tomllib.loads(served.settings_file.read_text()) == tomllib.loads(own)


@pytest.mark.parametrize(
    "own",
    [
        '[mpd]\npassword = "sesame"\n[mood\n',
        '[mood\nmpd.password = "sesame"\n',
        '[mpd\npassword = "sesame\n',
        '[mqtt]\nmpd = { password = "sesame", }\n=',
        'password = """\nsesame',
        '[mqtt\npasswd = "sesame"',
        '[mqtt\npasword="sesame"',
        '[mqtt\npassword: "ses=ame sesame"',
        "[mqtt\n\"pass\" = 'sesame'",
        '[mqtt\nport = 1883, pw = "sesame"',
        '[mqtt\nusername = "me"  # and my kennwort is sesame',
        'mqtt = { "pw" = "sesame"\n[mood',
        "[x\npw = '''\nport = 1\nsesame = 3\n[sesame]",
        '[mqtt] secret "sesame" =',
        'hosts = [\n"sesame",\n[mood',
    ],
)
def test_a_secret_in_a_broken_file_is_masked_too(served: Served, own: str) -> None:
    served.settings_file.write_text(own)
    assert b"sesame" not in served.client.get("/api/settings/file").body
    assert b"sesame" not in unzip(served.client.get("/api/backup").body)["moodbox.toml"]


def test_a_broken_file_is_mended_without_typing_the_secret_anew(served: Served) -> None:
    served.settings_file.write_text('[mpd]\npassword = "sesame"   # mine\n[mood\n')
    shown = served.client.get("/api/settings/file").body
    mended = shown.replace(b"[mood\n", b"[mood]\n")
    assert served.client.ask("PUT", "/api/settings/file", mended, Content_Type="text/plain").status == 200
    assert tomllib.loads(served.settings_file.read_text())["mpd"]["password"] == "sesame"


def test_lines_that_are_masked_alike_in_a_broken_file_come_back_in_their_order(served: Served) -> None:
    own = '[camera]\nfps = 5 5\n[page]\nhosts = [\n  "a",\n  "b",\n]\n'
    served.settings_file.write_text(own)
    shown = served.client.get("/api/settings/file").body
    assert b"fps = 5 5" in shown
    mended = shown.replace(b"5 5", b"5")
    assert served.client.ask("PUT", "/api/settings/file", mended, Content_Type="text/plain").status == 200
    assert served.settings_file.read_text() == own.replace("5 5", "5")


def test_a_mask_is_never_taken_for_a_secret(served: Served) -> None:
    sent = '[mqtt]\npassword = "••••••••"\n'.encode()
    answer = served.client.ask("PUT", "/api/settings/file", sent, Content_Type="text/plain")
    assert answer.status == 422
    assert "write the password itself" in answer.json["error"]
    assert served.settings_file.read_text() == OWN


def test_a_single_setting_cannot_be_changed_in_a_file_that_is_broken(served: Served) -> None:
    served.settings_file.write_text("[mood")
    answer = served.client.ask("PATCH", "/api/settings", {"changes": {"camera.fps": 5}})
    assert answer.status == 422
    assert "mend the file itself first" in answer.json["error"]


@pytest.mark.parametrize("text", [b"[mood", b'[mood]\nreaction = "hasty"', b"\xff\xfe"])
def test_a_file_that_is_wrong_is_not_written(served: Served, text: bytes) -> None:
    answer = served.client.ask("PUT", "/api/settings/file", text, Content_Type="text/plain")
    assert answer.status in (400, 422)
    assert served.settings_file.read_text() == OWN


def test_safe_mode_shows_what_to_mend_and_lets_it_be_mended(tmp_path: Path) -> None:
    problem = "moodbox.toml: not TOML: Expected ']'"
    with Served(tmp_path, problems=(problem,)) as served:
        served.settings_file.write_text("[mood")
        assert served.client.get("/api/state").json["problems"] == [problem]
        assert served.client.get("/api/settings/file").body == b"[mood"
        fixed = b'[mood]\nreaction = "slow"\n'
        assert served.client.ask("PUT", "/api/settings/file", fixed, Content_Type="text/plain").status == 200
        assert served.box.reloads == 1


def test_safe_mode_is_still_behind_the_login(tmp_path: Path) -> None:
    with Served(tmp_path, problems=("mood.reaction: wrong",)) as served:
        served.with_password()
        assert served.client.get("/api/settings/file").status == 401


def test_without_a_file_nothing_is_pretended(tmp_path: Path) -> None:
    with Served(tmp_path, settings_file=None) as served:
        assert served.client.get("/api/settings").json["writable"] is False
        answer = served.client.ask("PATCH", "/api/settings", {"changes": {"camera.fps": 5}})
        assert answer.status == 422
        assert "config init" in answer.json["error"]


# --- log, doctor, broker -----------------------------------------------------------------------------------


def test_the_log_is_shown_from_a_level_on(served: Served) -> None:
    logging.getLogger("appliance.test").warning("the %s squeaks", "door")
    lines = served.client.get("/api/log?level=warning").json["lines"]
    assert lines[-1] | {"ago_s": 0} == {
        "ago_s": 0,
        "level": "warning",
        "name": "appliance.test",
        "text": "the door squeaks",
    }
    grave = served.client.get("/api/log?level=error").json["lines"]
    assert "the door squeaks" not in [line["text"] for line in grave]
    assert served.client.get("/api/log?level=loud").status == 422


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    fix: str
    found: str = ""


def test_what_the_doctor_says_is_passed_on(tmp_path: Path) -> None:
    with Served(tmp_path, checks=lambda: [Check("camera", False, "plug it in")]) as served:
        assert served.client.get("/api/doctor").json == {
            "checks": [{"name": "camera", "ok": False, "fix": "plug it in", "found": ""}]
        }


def test_the_broker_is_tried_with_what_the_form_says(tmp_path: Path) -> None:
    with Served(
        tmp_path, try_broker=lambda form: None if form["host"] == "here" else "nobody there"
    ) as served:
        assert served.client.post("/api/broker-test").status == 422
        assert served.client.post("/api/broker-test", {"host": "here"}).json == {"ok": True, "problem": None}
        assert served.client.post("/api/broker-test", {"host": "x"}).json["problem"] == "nobody there"


# --- backup ------------------------------------------------------------------------------------------------


def unzip(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_backup_has_no_secrets_and_no_history_unless_asked(served: Served, tmp_path: Path) -> None:
    client = served.with_password()
    (tmp_path / "state.json").write_text('{"played": []}')
    files = unzip(client.get("/api/backup").body)
    assert set(files) == {"about.json", "moodbox.toml"}
    assert b"sesame" not in files["moodbox.toml"]
    everything = unzip(client.get("/api/backup?secrets=true&history=true").body)
    assert {"secrets/password", "history/state.json"} < set(everything)
    assert b"sesame" in everything["moodbox.toml"]
    assert PASSWORD.encode() not in everything["secrets/password"]


def test_a_backup_brings_everything_back_on_another_box(served: Served, tmp_path: Path) -> None:
    client = served.with_password()
    packed = client.get("/api/backup?secrets=true").body
    with Served(tmp_path / "other") as other:
        other.settings_file.parent.mkdir(exist_ok=True)
        answer = other.client.post("/api/restore?secrets=true", packed, Content_Type="application/zip")
        assert answer.json["restored"] == ["moodbox.toml", "secrets/password", "secrets/tokens.json"]
        assert answer.json["left_out"] == []
        assert other.settings_file.read_text() == OWN
        assert other.client.get("/api/state").status == 401
        assert other.client.log_in().status == 303


HASHED = b"scrypt:16384:8:5$salt$" + b"0" * 128
EVIL = "moodbox_evil"


def with_secrets(own: str = "", name: str = "evil", **more: bytes) -> bytes:
    tokens = json.dumps({rights._digest(EVIL): name}).encode()
    return archive(
        about_dot_json=ABOUT, moodbox_dot_toml=own.encode(),
        secrets__password=HASHED, secrets__tokens_dot_json=tokens, **more,
    )  # fmt: skip


def test_secrets_of_a_backup_are_named_and_taken_only_when_asked_for(served: Served) -> None:
    client = served.with_password()
    packed = with_secrets('[mqtt]\nusername = "me"\npassword = "theirs"\n')
    answer = client.post("/api/restore", packed, Content_Type="application/zip").json
    assert answer["restored"] == ["moodbox.toml"]
    assert answer["left_out"] == ["the page's password", "token evil", "mqtt.password"]
    assert "theirs" not in served.settings_file.read_text()
    script = Client(served.page.port, {"Authorization": f"Bearer {EVIL}"})
    assert script.get("/api/state").status == 401
    assert client.get("/api/state").status == 200
    client.post("/api/restore?secrets=true", packed, Content_Type="application/zip")
    assert script.get("/api/state").status == 200


@pytest.mark.parametrize("name", ["", " ", "../x", "a/b", "a.b", "\u202ex", "\u3164", "x" * 41])
def test_a_token_that_could_not_be_seen_is_not_restored(served: Served, name: str) -> None:
    packed = with_secrets(name=name)
    answer = served.client.post("/api/restore?secrets=true", packed, Content_Type="application/zip")
    assert answer.status == 422
    assert served.settings_file.read_text() == OWN


def test_tokens_that_will_not_do_hold_nothing_up_where_none_are_wanted(served: Served) -> None:
    packed = with_secrets(name="a/b")
    answer = served.client.post("/api/restore", packed, Content_Type="application/zip")
    assert answer.json["restored"] == ["moodbox.toml"]
    assert answer.json["left_out"] == ["the page's password", "tokens"]


def hold_the_place_of(file: Path) -> None:
    """Nothing can be written there, as on a card that has become read-only."""
    file.mkdir(parents=True)


@pytest.mark.parametrize("name", ["tokens.json", "state.json.put-back"])
def test_a_restore_that_cannot_write_one_of_its_files_leaves_all_of_them_as_they_were(
    served: Served, tmp_path: Path, name: str
) -> None:
    folder = tmp_path if name.startswith("state") else tmp_path / "page"
    hold_the_place_of(folder / name)
    packed = with_secrets(history__state_dot_json=b"{}")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    answer = served.client.post("/api/restore?secrets=true", packed, Content_Type="application/zip")
    assert answer.status == 422
    assert f"{name}: Is a directory; the box may not write there, and nothing was" in answer.json["error"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert served.box.reloads == 0


def test_a_backups_damaged_memory_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    put = {"state.json": put_back(tmp_path / "state.json")}
    packed = with_secrets(history__state_dot_json=b"{torn")
    with Served(tmp_path, put_back=put, is_sound=lambda name, content: is_sound(content)) as served:
        answer = served.client.post("/api/restore", packed, Content_Type="application/zip")
        assert answer.status == 422
        assert "the backup's history/state.json is damaged" in answer.json["error"]
        assert not served.settings_file.exists()
        good = with_secrets(history__state_dot_json=b'{"moodbox_state": 1, "memory": {"volume": 40}}')
        answer = served.client.post("/api/restore", good, Content_Type="application/zip")
        assert answer.json["restored"] == ["history/state.json", "moodbox.toml"]


def test_a_password_that_would_cost_every_login_a_minute_is_not_restored(served: Served) -> None:
    dear = HASHED.replace(b"16384:8:5", b"1073741824:8:5")
    packed = archive(about_dot_json=ABOUT, secrets__password=dear)
    answer = served.client.post("/api/restore?secrets=true", packed, Content_Type="application/zip")
    assert answer.status == 422
    assert not served.client.get("/api/session").json["has_password"]


ELSEWHERE = [
    '[mqtt]\nbroker = "evil"\nusername = "me"\npassword = "{mask}"\n',
    '[mqtt]\nbroker = "here"\nport = 1\nusername = "me"\npassword = "{mask}"\n',
    '[mqtt]\nbroker = "here"\nusername = "you"\npassword = "{mask}"\n',
    '[mpd]\naddress = "evil"\npassword = "{mask}"\n',
]


@pytest.mark.parametrize("sent", ELSEWHERE)
def test_a_masked_secret_stays_behind_when_it_would_go_elsewhere(served: Served, sent: str) -> None:
    own = '[mqtt]\nbroker = "here"\nusername = "me"\npassword = "sesame"\n[mpd]\npassword = "sesame"\n'
    served.settings_file.write_text(own)
    text = sent.format(mask="••••••••")
    answer = served.client.ask(
        "PUT", "/api/settings/file", text.encode(), Content_Type="text/plain; charset=utf-8"
    )
    assert answer.status == 422
    packed = archive(about_dot_json=ABOUT, moodbox_dot_toml=text.encode())
    assert served.client.post("/api/restore", packed, Content_Type="application/zip").status == 200
    assert "sesame" not in served.settings_file.read_text()


def test_a_changed_broker_does_not_get_the_old_ones_password(served: Served) -> None:
    own = '[mqtt]\nbroker = "here"\nusername = "me"\npassword = "sesame"\n'
    served.settings_file.write_text(own)
    answer = served.client.ask("PATCH", "/api/settings", {"changes": {"mqtt.broker": "evil"}})
    assert answer.json["dropped"] == ["mqtt.password"]
    assert "sesame" not in served.settings_file.read_text()


def test_a_backup_sends_no_file_of_the_box_to_a_place_of_its_own(served: Served) -> None:
    """The box would send the file's first line there as the password: of tokens, of the page's password."""
    theirs = (
        '[mqtt]\nbroker = "evil"\nusername = "me"\npassword_file = "/etc/moodbox/mqtt"\n'
        '[mpd]\naddress = "evil"\npassword_file = "/etc/moodbox/mpd-password"\n'
    )
    packed = archive(about_dot_json=ABOUT, moodbox_dot_toml=theirs.encode())
    answer = served.client.post("/api/restore", packed, Content_Type="application/zip")
    assert answer.json["left_out"] == ["mqtt.password_file", "mpd.password_file"]
    written = tomllib.loads(served.settings_file.read_text())
    assert written["mqtt"] == {"broker": "evil", "username": "me"}
    assert written["mpd"] == {"address": "evil"}


def test_a_backup_of_the_same_place_keeps_the_passwords_file(served: Served) -> None:
    own = '[mqtt]\nbroker = "here"\nusername = "me"\npassword_file = "/etc/moodbox/mqtt"\n'
    served.settings_file.write_text(own)
    packed = served.client.get("/api/backup").body
    answer = served.client.post("/api/restore", packed, Content_Type="application/zip")
    assert answer.json["left_out"] == []
    assert served.settings_file.read_text() == own
    answer = served.client.ask("PATCH", "/api/settings", {"changes": {"mqtt.broker": "evil"}})
    assert answer.json["dropped"] == ["mqtt.password_file"]
    assert "password_file" not in served.settings_file.read_text()


LEFT_LYING = [
    '[mpd]\n# password = "sesame"\n',
    "[mpd]\n# the old pass was sesame\n",
    '[mqqt]\npassword = "sesame"\n',
    '[mqtt]\npasword = "sesame"\n',
    '[mqtt]\nPassword = "sesame"\n',
    '[mqtt]\nname = "x"   # token: sesame\n',
    '[mqtt]\nbroker = "mqtt://me:sesame@here"\n',
    'secret = "sesame"\n',
    '[mqtt.more]\nwifi_pw = ["sesame"]\n',
    "[mood\n# pwd sesame\n",
]


@pytest.mark.parametrize("own", LEFT_LYING)
def test_a_secret_that_lies_where_none_belongs_is_masked_and_kept(served: Served, own: str) -> None:
    own += "# a note of ours\n"
    served.settings_file.write_text(own)
    shown = served.client.get("/api/settings/file").body.decode()
    assert "sesame" not in shown
    assert "a note of ours" in shown
    assert b"sesame" not in unzip(served.client.get("/api/backup").body)["moodbox.toml"]
    assert masks.unmasked(shown, own) == own


def test_the_settings_file_is_the_owners_alone(served: Served) -> None:
    client = served.with_password()
    token = client.post("/api/tokens", {"name": "doorbell"}).json["token"]
    script = Client(served.page.port, {"Authorization": f"Bearer {token}"})
    assert script.get("/api/settings/file").status == 403
    assert client.get("/api/settings/file").status == 200


HUGE = {
    "comments": "# x\n" * 100_000,
    "brackets": "a = " + "[" * 3000,
    "digits": "a = " + "9" * 5000,
    "dots": "a" + ".a" * 30_000 + " = 1",
    "quoted dots": "a" + '."a"' * 10_000 + " = 1",
    "keys": "\n".join(f"a.b.c.k{number} = 1" for number in range(4000)),
    "number": "camera.fps = 99999999999999999999999",
    "not a number": "presence.after_s = nan",
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_settings_that_cost_too_much_are_refused_wherever_they_come_from(
    served: Served, tmp_path: Path, text: str
) -> None:
    began = time.process_time()
    body = text.encode()
    answer = served.client.ask("PUT", "/api/settings/file", body, Content_Type="text/plain")
    assert answer.status in (413, 422)
    packed = archive(about_dot_json=ABOUT, moodbox_dot_toml=body)
    assert served.client.post("/api/restore", packed, Content_Type="application/zip").status == 422
    file = tmp_path / "hostile.toml"
    file.write_bytes(body)
    config, problems = settings.salvage(file)
    assert config == settings.check({}, "defaults")
    assert problems
    with pytest.raises(ConfigError):
        settings.load(file)
    read_settings(settings.DEFAULTS, file)
    with contextlib.suppress(ConfigError):
        convert(file)
    assert time.process_time() - began < 10


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_backup_of_any_packing_is_refused_with_words(served: Served, kind: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", kind) as made:
        made.writestr("about.json", ABOUT * 20)
    whole = packed.getvalue()
    for place in range(40, len(whole) - 80, 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        answer = served.client.post("/api/restore", bytes(damaged), Content_Type="application/zip")
        assert answer.status == 422, place


@pytest.mark.parametrize("value", ['"\\ud800"', "9" * 4000, "9" * 5000, "[" * 3000, "NaN", "1e999"])
def test_json_that_no_setting_can_be_is_refused_with_words(served: Served, value: str) -> None:
    for name in ("mood.reaction", "camera.fps", "page.hosts"):
        body = f'{{"changes": {{"{name}": {value}}}}}'.encode()
        answer = served.client.ask("PATCH", "/api/settings", body, Content_Type="application/json")
        assert answer.status in (400, 422)
        assert answer.json["error"]


def test_the_box_is_examined_once_at_a_time(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def examine() -> list[Check]:
        begun.set()
        go_on.wait(30)
        return []

    with Served(tmp_path, checks=examine) as served, ThreadPoolExecutor(1) as other:
        first = other.submit(served.client.get, "/api/doctor")
        begun.wait(30)
        assert [served.client.get("/api/doctor").status for _ in range(20)] == [503] * 20
        go_on.set()
        assert first.result(30).status == 200


def test_a_restored_history_waits_for_the_box_to_begin_anew(served: Served, tmp_path: Path) -> None:
    """The running box still writes its own, and must not write over it."""
    state = tmp_path / "state.json"
    state.write_text("before")
    packed = served.client.get("/api/backup?history=true").body
    state.write_text("now")
    answer = served.client.post("/api/restore", packed, Content_Type="application/zip")
    assert "history/state.json" in answer.json["restored"]
    assert state.read_text() == "now"
    assert put_back(state).read_text() == "before"


def test_a_backup_without_secrets_leaves_the_boxs_own_as_they_are(served: Served, tmp_path: Path) -> None:
    packed = served.client.get("/api/backup").body
    served.client.post("/api/restore", packed, Content_Type="application/zip")
    assert served.settings_file.read_text() == OWN
    with Served(tmp_path / "other") as other:
        other.settings_file.parent.mkdir(exist_ok=True)
        assert other.client.post("/api/restore", packed, Content_Type="application/zip").status == 200
        assert "password" not in tomllib.loads(other.settings_file.read_text()).get("mpd", {})


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return packed.getvalue()


ABOUT = json.dumps({"moodbox": "1"}).encode()


def tampered(packed: bytes, offset: int, value: int) -> bytes:
    """With that byte in the directory's first entry: 8 is 1 for a password, 10 the kind of compression."""
    changed, entry = bytearray(packed), packed.index(b"PK\1\2")
    changed[entry + offset] = value
    return bytes(changed)


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (b"", "no backup"),
        (b"PK\x03\x04 not really", "no backup"),
        (tampered(archive(about_dot_json=ABOUT), 8, 1), "no backup"),
        (tampered(archive(about_dot_json=ABOUT), 10, 99), "no backup"),
        (archive(moodbox_dot_toml=b""), "about.json"),
        (archive(about_dot_json=ABOUT, bomb=bytes(9 * 1024 * 1024)), "too large"),
        (archive(about_dot_json=ABOUT, moodbox_dot_toml=b"[mood]\nreaction = 3"), "mood.reaction"),
    ],
)
def test_what_is_no_backup_changes_nothing(served: Served, packed: bytes, words: str) -> None:
    answer = served.client.post("/api/restore", packed, Content_Type="application/zip")
    assert answer.status == 422
    assert words in answer.json["error"]
    assert served.settings_file.read_text() == OWN


def test_a_backup_cannot_write_anywhere_else(served: Served, tmp_path: Path) -> None:
    packed = archive(
        **{"about_dot_json": ABOUT, "..__..__evil": b"x", "secrets__evil": b"x", "__etc__evil": b"x"}
    )
    assert served.client.post("/api/restore", packed, Content_Type="application/zip").json["restored"] == []
    assert not list(tmp_path.rglob("evil"))
