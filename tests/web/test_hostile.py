"""A thousand hostile requests, settings and backups: none is a mistake of the box."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webbing import Served

KEYS = st.sampled_from(["camera.fps", "mood.reaction", "page.hosts", "music.moods.sad", "mqtt", "", "a.b"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["about.json", "moodbox.toml", "secrets/password", "secrets/tokens.json", "../x"])
FILES = st.dictionaries(NAMES, st.binary(max_size=60) | st.just(b'{"moodbox": "1"}'), max_size=4)
KINDS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
LINE = r"\A(\[[a-z.]{1,9}\]|[a-z.]{1,5} ?= ?.{0,9})\Z"
MANY = settings(max_examples=334, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
def test_a_thousand_hostile_requests_settings_and_backups_are_no_mistake_of_the_box(tmp_path: Path) -> None:
    with Served(tmp_path) as served:

        @MANY
        @given(st.dictionaries(KEYS, JSON, max_size=3))
        def change(changes: dict[str, object]) -> None:
            assert served.client.ask("PATCH", "/api/settings", {"changes": changes}).status < 500

        @MANY
        @given(st.text(st.characters(codec="utf-8")) | st.from_regex(LINE))
        def write(text: str) -> None:
            body = text.encode("utf-8", "surrogatepass")
            answer = served.client.ask("PUT", "/api/settings/file", body, Content_Type="text/plain")
            assert answer.status < 500

        @MANY
        @given(FILES, KINDS, st.integers(0, 10**6), st.integers(0, 255))
        def restore(files: dict[str, bytes], kind: int, place: int, change: int) -> None:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", kind) as made:
                for name, content in files.items():
                    made.writestr(name, content)
            damaged = bytearray(packed.getvalue())
            damaged[place % len(damaged)] ^= change
            path = "/api/restore?secrets=true"
            assert served.client.post(path, bytes(damaged), Content_Type="application/zip").status < 500

        for attack in (change, write, restore):
            attack()
