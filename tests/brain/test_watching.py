"""Whether the camera looks, and is told to hang: to the second."""

from __future__ import annotations

import pytest
from brain_room import Room

from appliance.brain.watching import Watching
from appliance.protocol.actions import CloseCamera, OpenCamera
from appliance.protocol.commands import SwitchCamera
from appliance.protocol.looks import Box, CameraGone, Nobody, Reading
from appliance.protocol.snapshot import CameraState

FACE = Reading((1 / 7,) * 7, Box(0, 0, 9, 9), 1.0)


@pytest.mark.parametrize("on", [True, False])
def test_a_camera_that_is_switched_as_it_is_already_goes_on_undisturbed(on: bool) -> None:
    room = Room().connect()
    room.tell(SwitchCamera(on))
    room.see("happy")
    before = room.snapshot
    assert room.tell(SwitchCamera(on)) == []
    assert room.snapshot == before
    assert room.tell(SwitchCamera(not on)) == [CloseCamera() if on else OpenCamera()]


def test_a_device_is_told_to_hang_five_seconds_after_each_time_it_was_switched_off() -> None:
    camera = Watching(is_wanted=True, now=0.0)
    camera.count(is_open=True)
    for off_at in (2.0, 60.0):
        assert camera.switch(False, off_at)
        assert [bool(camera.trouble(off_at + after)) for after in (0.0, 4.9, 5.0, 9.0)] == [False] * 2 + [
            True
        ] * 2
        assert camera.switch(True, off_at + 10)


def test_two_openings_of_the_device_take_two_closings() -> None:
    """Switched off and on quickly, the next thread opens it before the last one has closed it."""
    camera = Watching(is_wanted=True, now=0.0)
    told = []
    for is_open in (True, True, False, False):
        camera.count(is_open)
        told.append(camera.is_sensor_open)
    assert told == [True, True, True, False]


def test_what_it_sees_says_whether_it_works_and_only_a_face_is_a_reading() -> None:
    camera = Watching(is_wanted=True, now=0.0)
    assert (camera.see(FACE), camera.state, camera.reading) == (None, CameraState.ON, FACE)
    gone = CameraGone("unplugged", 2.0)
    assert (camera.see(gone), camera.state, camera.reading) == ("unplugged", CameraState.LOST, None)
    assert not camera.is_off, "a look of it is still to be heeded"
    assert (camera.see(Nobody(3.0)), camera.state, camera.reading) == (None, CameraState.ON, None)
    camera.switch(False, 4.0)
    assert (camera.state, camera.looked, camera.is_off) == (CameraState.OFF, None, True)
