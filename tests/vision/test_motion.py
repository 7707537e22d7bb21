"""An empty, still room is not worth a look."""

from __future__ import annotations

import numpy as np

from appliance.vision.motion import ANYWAY_S, LINGER_S, MotionGate

NOISE = np.random.default_rng(1)


def room(level: int = 90) -> np.ndarray:
    """A still, empty room through a noisy sensor."""
    return np.clip(level + NOISE.normal(0, 8, (240, 320)), 0, 255).astype(np.uint8)


def settled() -> tuple[MotionGate, float]:
    """A gate that has seen a still room for so long that it is closed, and the time."""
    gate = MotionGate()
    now = 0.0
    while now <= LINGER_S + 0.15:
        gate.is_open(room(), now)
        now += 0.1
    return gate, now


def test_the_first_picture_is_looked_at() -> None:
    assert MotionGate().is_open(room(), 0.0)


def test_a_noisy_but_still_room_is_hardly_looked_at() -> None:
    gate, now = settled()
    opened = sum(gate.is_open(room(), now + 0.1 * count) for count in range(100))
    assert 0 < opened <= 10 / ANYWAY_S + 1


def test_a_far_face_that_comes_in_opens_the_gate_at_once_and_for_a_while() -> None:
    gate, now = settled()
    came = room()
    came[100:130, 200:225] += 40
    assert gate.is_open(came, now)
    assert all(gate.is_open(came, now + 0.1 * count) for count in range(1, int(LINGER_S * 10)))


def test_movement_too_slow_to_tell_from_one_frame_to_the_next_opens_the_gate() -> None:
    gate, now = settled()
    gate.is_open(room(), now)
    opened = [gate.is_open(room(90 + count // 2), now + 0.01 * count) for count in range(100)]
    assert sum(opened) > 50


def test_pictures_of_one_pixel_do_not_trouble_it() -> None:
    gate = MotionGate()
    assert gate.is_open(np.zeros((1, 1), np.uint8), 0.0)
    assert gate.is_open(np.full((1, 1), 255, np.uint8), LINGER_S + 1)
