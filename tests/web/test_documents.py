"""What the page says about itself: OpenAPI, catalogues, size, nothing from outside."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from jinja2 import Template
from webbing import Served

from appliance import config
from appliance.brain.mood import MoodTracker
from appliance.brain.music import _borrowed
from appliance.brain.wish import Wish
from appliance.protocol.declared import COMMANDS
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Mood
from appliance.web import openapi
from appliance.web.care import settings_form
from appliance.web.http.app import make_app

WEB = Path(openapi.__file__).parent.parent
PAGES = {("GET", "/"), ("GET", "/favicon.ico"), ("GET", "/login"), ("POST", "/login")}
PAGES.add(("GET", "/static/{filename}"))
"""For people, not for scripts."""
LANGUAGES = ("de", "es", "hi")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


def routes(served: Served) -> set[tuple[str, str]]:
    found = set()
    for rule in make_app(served.page._parts).url_map.iter_rules():
        path = re.sub(r"<(?:any\(([^)]*)\):|\w+:)?(\w+)>", r"{\2}", rule.rule)
        words = re.search(r"<any\(([^)]*)\):word>", rule.rule)
        paths = (
            [path.replace("{word}", word) for word in re.findall(r'"([^"]+)"', words[1])] if words else [path]
        )
        methods = rule.methods or set()
        found |= {(method, path) for path in paths for method in methods - {"HEAD", "OPTIONS"}}
    return found


def test_every_route_is_documented_and_every_documented_route_is_there(served: Served) -> None:
    assert routes(served) - PAGES == openapi.operations()


def test_the_document_is_served(served: Served) -> None:
    document = served.client.get("/api/openapi.json").json
    assert document["openapi"].startswith("3.")
    assert document["paths"]["/api/volume"]["post"]["requestBody"]["required"]


def words(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(
        (WEB / "static" / "words" / f"{language}.json").read_text(encoding="utf-8")
    )
    return found


def of_templates() -> dict[str, str]:
    """Key and English of what the templates say, as the box fills them in."""
    found: dict[str, str] = {}
    for file in (WEB / "templates").glob("*.html"):
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"data-t(?:-label)?(?=[\s>])", source), f"{file.name}: words without a key"
        for problem in (None, "wrong", "wait"):
            filled = {"has_password": problem, "problem": problem, "command": "{command}"}
            text = Template(source).render(commands=COMMANDS, **filled)
            found |= dict(re.findall(r'<\w+[^>]*\bdata-t="(\w+)"[^>]*>\s*([^<]+)<', text))
            labels = re.findall(r'aria-label="([^"]*)" data-t-label="(\w+)"', text)
            found |= {key: english for english, key in labels}
    return found


def of_scripts() -> set[str]:
    """The keys that the scripts name: as `t("key")`, in a table of theirs, or for a table of the settings."""
    found = {f"section_{table['section']}" for table in settings_form.form(config.check({}, "test"), None)}
    for file in (WEB / "static" / "js").glob("*.js"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'\bt\(\s*"([^"]+)"', text))
        found |= set(re.findall(r'"((?:mood|mode|panel|claim|because|policy|rest)_\w+)"', text))
    return found


def of_commands() -> dict[str, str]:
    return {f"command_{name}": each.label.words for name, each in COMMANDS.items() if each.label}


def test_the_page_has_words() -> None:
    assert len(of_scripts()) > 150
    assert len(of_templates()) > 30


def test_whatever_the_page_says_has_english_words_once() -> None:
    """In the templates, or else in en.json; what the box makes (`because_…`) is English already."""
    templates, english = of_templates(), words("en")
    made = {key for key in of_scripts() if key.startswith("because_")}
    assert of_scripts() - made <= english.keys() | templates.keys()
    assert english.keys() <= of_scripts()
    for key in english.keys() & templates.keys():  # said by the login's template, too
        assert english[key] == templates[key]
    for key in english.keys() & of_commands().keys():
        assert english[key] == of_commands()[key]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_is_in_every_language(language: str) -> None:
    wanted = of_scripts() | of_templates().keys()
    assert wanted - of_commands().keys() == words(language).keys()  # static/commands.json has those


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_filled_in_in_every_language(language: str) -> None:
    english, other = of_templates() | words("en"), words(language)
    for key, text in other.items():
        assert text.strip()
        if not key.startswith("because_"):
            assert set(re.findall(r"\{\w+\}", english[key])) == set(re.findall(r"\{\w+\}", text)), key


def test_the_documentation_of_every_setting_is_translated() -> None:
    """By the setting's path. A translation says of which English words it is one: none grows stale."""
    sections = settings_form.form(config.check({}, "test"), None)
    docs = {key["path"]: key["doc"] for section in sections for key in section["keys"]}
    found = json.loads((WEB / "static" / "settings.json").read_text(encoding="utf-8"))
    english = {words["en"] for words in found.values()}
    missing = {path: doc for path, doc in docs.items() if doc not in english}
    assert not missing, "appliance/web/static/settings.json has no translation of these"
    for path, words in found.items():
        assert docs.get(path) == words["en"], path
        assert set(words) == {"en", *LANGUAGES}, path
        assert all(map(str.strip, words.values())), path


def test_the_page_knows_every_reason_that_the_box_gives() -> None:
    """It puts them into its languages by these patterns."""
    text = (WEB / "static" / "js" / "words.js").read_text(encoding="utf-8")
    table = re.search(r"SENTENCES = \[(.*?)\];", text, re.DOTALL)
    assert table
    patterns = re.findall(r"\[\s*/(.*?)/,\s", table[1])
    for mood in EMOTIONS:
        for hand, face in ((mood, "unsure"), (None, mood), (None, "unsure")):
            wish = Wish(cast(MoodTracker, SimpleNamespace(mood=Mood(face, 0.0))), hand, 0.0)
            for source in (mood, "happy", "sad", ""):
                for part in f"{wish.because(mood)}{_borrowed(mood, source)}".split("; "):
                    assert [pattern for pattern in patterns if re.search(pattern, part)], part


def test_the_whole_page_is_under_a_hundred_kilobytes() -> None:
    files = [
        path for folder in ("static", "templates") for path in (WEB / folder).rglob("*") if path.is_file()
    ]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 100_000


def test_the_page_takes_nothing_from_outside() -> None:
    for folder in ("static", "templates"):
        for path in (WEB / folder).rglob("*.*"):
            text = path.read_text(encoding="utf-8")
            for name in (
                "http://www.w3.org/2000/svg",
                "http://moodbox.local:8080",
            ):  # not fetched: a name, the box
                text = text.replace(name, "")
            assert not re.search(r"https?://|src=\"//|@import", text), path


def test_there_is_one_style_sheet_and_no_style_or_script_in_the_page() -> None:
    assert [path.name for path in (WEB / "static").rglob("*.css")] == ["page.css"]
    for path in (WEB / "templates").glob("*.html"):
        assert not re.search(
            r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", path.read_text(encoding="utf-8")
        )
