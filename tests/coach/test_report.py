"""The map of the library."""

from __future__ import annotations

from appliance.coach.report import points
from appliance.protocol.messages import LibraryChanged, Placed, Song

ALL = [*(f"children/{number}.mp3" for number in range(4)), *(f"grown/{number}.mp3" for number in range(96))]


def test_a_childs_map_is_of_its_folders_alone_and_whole_where_it_has_room() -> None:
    library = LibraryChanged({}, tuple(map(Song, ALL)))
    placed = {uri: Placed("", (0.1, -0.2), "") for uri in ALL}
    assert len(points(library, placed, most=50)) == 50
    assert [point.uri for point in points(library, placed, ["children"], most=50)] == ALL[:4]
    assert points(library, placed, []) == []
