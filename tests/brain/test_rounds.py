"""What has played of late, and what is forgotten of it."""

from __future__ import annotations

import pytest

from appliance.brain.rounds import Played


def played(*uris: str) -> Played:
    made = Played()
    for uri in uris:
        made.add(uri)
    return made


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_what_played_last_is_kept(count: int) -> None:
    made = played("a", "b", "c")
    made.keep(count)
    kept = ["a", "b", "c"][3 - count :]
    assert list(made.uris) == kept
    assert [uri for uri in "abc" if uri in made] == kept
    made.add("d")
    assert made.is_among_last(1, "d")
    assert not made.is_among_last(1, "c")
