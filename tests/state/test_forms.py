"""Whatever the state's file holds, the box starts, plays, and writes a state that it can read again."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from listening import SimulatedListening
from remembering import FULL
from simulated_mpd import SimulatedMpd

from appliance import config, state
from appliance.brain import Brain
from appliance.protocol import messages as msg
from appliance.protocol.actions import CloseCamera, OpenCamera, ShutDown
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.encoding import describe
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import Playing
from appliance.service import assembly

SONGS = [Song(f"{mood}/{n}.flac", f"{mood} {n}", "artist", "", 100.0) for mood in EMOTIONS for n in range(2)]
HERE = timezone(timedelta(hours=1))
ALARM = datetime(2026, 11, 28, 7, 0, tzinfo=HERE)

strange = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
times = st.sampled_from(
    [
        "07:00",
        "07:00:00Z",
        "07:00:00+02:00",
        "24:00",
        "06:59:60",
        "07:00:00.5",
        "2026-11-28T07:00:00Z",
        "2026-11-28T07:00:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59+14:00",
    ]
)
numbers = st.integers(-(10**40), 10**40) | st.floats() | st.integers(0, 100)
pieces = st.recursive(
    st.none() | st.booleans() | numbers | strange | times | st.sampled_from([*EMOTIONS, *Playing, "", "joy"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strange, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([*vars(FULL), "of a later release"])
songs = st.fixed_dictionaries(
    {}, optional={"uri": pieces | st.just("sad/0.flac"), "title": pieces, "duration_s": pieces}
)
rounds = st.dictionaries(st.sampled_from([*EMOTIONS, ""]) | strange, st.lists(strange | pieces), max_size=3)
changes = st.dictionaries(names, pieces | songs | rounds, max_size=4)


def whole() -> dict[str, Any]:
    said: dict[str, Any] = json.loads(state.FORM.dump_json(state._File(1, FULL)))
    return said


def start(content: bytes) -> None:
    """A start of the service as far as the state reaches, on a simulated MPD; and the next one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.json"
        path.write_bytes(content)
        own = config.check(
            {"state": {"file": str(path)}, "quiet": {"begin": "22:00", "end": "06:00"}}, "test"
        )
        memory, trouble = assembly.remember(own)
        said = _live(own, memory, [msg.PartChanged("state", trouble)])
        state.save(path, said)
        assert state.load(path) == (said, None), "what was written is refused"
        choice = Path(f"{path}.camera")
        assert memory.camera_on is (choice.exists() and choice.read_bytes().startswith(b"on"))


def _live(own: config.Config, memory: Memory, events: list[msg.Event]) -> Memory:
    """From the night to the morning, with the clock at first unknown."""
    listening = SimulatedListening(SimulatedMpd(SONGS), start_volume=memory.volume)
    brain = Brain(assembly.brain_settings(own), listening.now(), memory=memory)
    moments = [None, *(ALARM + timedelta(seconds=s) for s in (-90_000, -40_000, -1, 0, 1, 1_000, 90_000))]
    for clock in moments:
        events.append(msg.Tick(clock))
        while events:
            actions = [action for event in events for action in brain.handle(event, listening.now())]
            listening.perform(
                *(one for one in actions if not isinstance(one, OpenCamera | CloseCamera | ShutDown))
            )
            events = [*listening.player.turn(listening.now())]
        listening.wait(listening.now() + 5.0)
    json.dumps(describe(brain.snapshot(listening.now()), listening.now()), allow_nan=False).encode()
    listening.close()
    if memory.playing is Playing.MUSIC and memory.silence is None:  # else a guest left what was before him
        assert brain.snapshot(listening.now()).song
    return brain.memory(listening.now())


@settings(deadline=None, max_examples=100)
@given(changes)
@example({"alarm": "07:00:00Z"})
@example({"coming": {"": []}})
@example({"policies": {"\ud800": None}})
@example({"policies": {"": "lift", "everybody": "calm"}})
@example({"policies": {"everybody": "calm"}})
@example({"alarm": "07:00:00", "rang": "2026-11-28T07:00:00+05:00"})
@example({"sleep_s": 1e300, "volume": 10**40, "song": {"uri": "\ud800"}})
def test_the_box_starts_with_any_value_in_any_field(change: dict[str, Any]) -> None:
    said = whole()
    said["memory"] |= change
    start(json.dumps(said).encode())


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60), st.integers(0, 700), st.integers(0, 60))
def test_the_box_starts_with_a_state_that_is_damaged_anywhere(put: bytes, at: int, instead_of: int) -> None:
    content = json.dumps(whole()).encode()
    start(content[:at] + put + content[at + instead_of :])


@settings(deadline=None, max_examples=100)
@given(pieces)
def test_the_box_starts_with_any_json(said: Any) -> None:
    start(json.dumps(said).encode())
    start(json.dumps({"moodbox_state": 1, "memory": said}).encode())
