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
from appliance.brain.wish import Wish
from appliance.commands import COMMANDS
from appliance.messages import EMOTIONS, Mood
from appliance.music import _borrowed
from appliance.web import openapi, settings_form
from appliance.web.app import make_app

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


def wanted() -> set[str]:
    """Every English sentence of the page, but the settings' documentation."""
    found = set()
    for file in (WEB / "static" / "js").glob("*.js"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'\bt\(\s*"((?:[^"\\]|\\.)*)"', text))
        for table in re.findall(r"(?:NAMES|TITLES) = \{(.*?)\};", text, re.DOTALL):
            found |= set(re.findall(r'"?[\w-]+"?: "([^"]+)"', table))
        for table in re.findall(r"PANELS = \{(.*?)\};", text, re.DOTALL):
            found |= set(re.findall(r'\[\s*"\w+",\s*"([^"]+)"', table))
        for table in re.findall(r"SENTENCES = \[(.*?)\];", text, re.DOTALL):
            found |= set(re.findall(r'/,\s*"([^"]+)",?\s*\]', table))
    for file in (WEB / "templates").glob("*.html"):
        text = Template(file.read_text(encoding="utf-8")).render(commands=COMMANDS)
        found |= {words.strip() for words in re.findall(r"<\w+[^>]*\bdata-t(?=[\s>])[^>]*>([^<]+)<", text)}
        found |= set(re.findall(r'data-t-label="([^"]+)"', text))
    return found


def test_the_page_has_sentences() -> None:
    assert len(wanted()) > 150


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_page_is_translated(language: str) -> None:
    catalogue = json.loads((WEB / "static" / "words" / f"{language}.json").read_text(encoding="utf-8"))
    labels = {declared.label.words for declared in COMMANDS.values() if declared.label}
    assert wanted() - set(catalogue) == labels & wanted()  # which static/commands.json has
    for english, other in catalogue.items():
        assert other.strip()
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", other)), english


def test_the_documentation_of_every_setting_is_translated() -> None:
    """By the setting's path. A translation says of which English words it is one: none grows stale."""
    sections = settings_form.form(config.check({}, "test"), None)
    docs = {key["path"]: key["doc"] for section in sections for key in section["keys"]}
    found = json.loads((WEB / "static" / "settings.json").read_text(encoding="utf-8"))
    for path, words in found.items():
        assert docs.get(path) == words["en"], path
        assert set(words) == {"en", *LANGUAGES}, path
        assert all(map(str.strip, words.values())), path
    assert {words["en"] for words in found.values()} == set(docs.values())


def test_the_page_knows_every_reason_that_the_box_gives() -> None:
    """It puts them into its languages by these patterns."""
    text = (WEB / "static" / "js" / "words.js").read_text(encoding="utf-8")
    table = re.search(r"SENTENCES = \[(.*?)\];", text, re.DOTALL)
    assert table
    patterns = re.findall(r"\[\s*/(.*?)/,\s", table[1])
    for mood in EMOTIONS:
        for hand, face in ((mood, "unsure"), (None, mood), (None, "unsure")):
            wish = cast(Wish, SimpleNamespace(hand=hand, face=Mood(face, 0.0)))
            for source in (mood, "happy", "sad", ""):
                for part in f"{Wish.because(wish, mood)}{_borrowed(mood, source)}".split("; "):
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
