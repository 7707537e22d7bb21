"""Makes the parts of the box (brain, player, vision) of its settings, for `service` to put together."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from appliance import state
from appliance.brain.mood import REACTIONS
from appliance.brain.settings import BrainSettings, switched_on
from appliance.coach.places import Places
from appliance.config import Config
from appliance.errors import ModelError
from appliance.machine import clock, systemd
from appliance.machine.machine import OWN_MPD
from appliance.player import Player, Source
from appliance.protocol.memory import Memory
from appliance.protocol.messages import PartChanged, Placed, Transition
from appliance.protocol.snapshot import Snapshot
from appliance.service.inbox import Inbox
from appliance.taste import Marks, Store, Taste

if TYPE_CHECKING:
    from appliance.player.library import LibraryClient
    from appliance.vision import Vision


CAMERA, OFF, LISTENER = "MOODBOX_CAMERA", "off", "MOODBOX_LISTENER"
"""In the environment of a service that begins anew: its settings may keep the state elsewhere, or nowhere."""
NOTHING_KEPT = state.Recalled(None, None, None, True)
CLOSED = (
    "nobody knows any more who listens: until somebody is chosen (on the page, or by `moodbox person`) the "
    "box plays what {} may hear, and nothing else"
)


def brain_settings(config: Config) -> BrainSettings:
    """Make the brain's settings of the file's."""
    return BrainSettings(
        reaction=REACTIONS[config.mood.reaction],
        away_after_s=config.mood.away_after_s,
        start_mood=config.music.start,
        transition=config.music.transition,
        least_play_s=config.music.least_play_s,
        hold_s=config.hand.hold_s,
        policies=dict(config.music.policies),
        policies_of=config.persons.own_policies(),
        persons=config.persons.folders(),
        is_rotation=config.music.order == "rotation",
        go_back_s=config.music.go_back_s,
        is_work_whole=config.music.works == "whole",
        pause_when_away_s=config.presence.after_s if config.presence.when_away == "pause" else None,
        sleep_fade_s=config.sleep.fade_s,
        alarm_mood=config.alarm.mood,
        alarm_rise_s=config.alarm.rise_s,
        alarm_volume=min(config.alarm.volume, config.volume.max),  # never above it, whoever asks
        alarm_days=config.alarm.weekdays(),
        announce_volume=config.announce.volume,
        quiet_hours=config.quiet.hours(),
        quiet_effect=config.quiet.effect,
        quiet_volume=config.quiet.volume,
    )


def remember(config: Config) -> tuple[Memory, str | None]:
    """Read what the box goes on with. Returns it, and what is wrong with its file; None when nothing is.

    The settings say how a box goes on that was switched off. Where only the service began anew (an update,
    changed settings, a crash), nothing changes: what was paused stays paused, and nothing gets louder.
    """
    path = Path(config.state.file) if config.state.file else None
    memory, trouble, camera_on, is_listener_known = state.recall(path) if path else NOTHING_KEPT
    is_new = memory is None
    # A memory of the same start of the kernel was left by a service that merely began anew: no power cut.
    if memory is None or not memory.boot or memory.boot != state.boot_id():
        volume = None if config.volume.start < 0 else config.volume.start
        memory = switched_on(memory or Memory(), config.music.resume, volume)
        memory = replace(memory, queue=replace(memory.queue, began=None))  # monotonic time has begun anew
    volume = None if memory.volume is None else min(memory.volume, config.volume.max)
    choice = _choice(config, camera_on)
    is_on = (choice is None or choice.is_on) and os.environ.get(CAMERA) != OFF  # whoever says off is believed
    is_doubtful = not is_listener_known or (is_new and choice is not None and choice.doubt is not None)
    memory, limited = _protected(memory, config, is_doubtful)
    troubles = [each for each in (trouble, choice and choice.doubt, limited) if each]
    return replace(memory, volume=volume, camera_on=is_on), "; ".join(troubles) or None


def _protected(memory: Memory, config: Config, is_doubtful: bool) -> tuple[Memory, str | None]:
    """Keep to a child's folders: whoever listens to the service that began anew, or may listen where nobody
    knows. Returns the memory, and what is to be told."""
    if LISTENER in os.environ:
        person, *folders = json.loads(os.environ[LISTENER])
        return replace(memory, person=person, folders=tuple(folders)), None
    children = config.persons.children() if is_doubtful else None
    if children is None:
        return memory, None
    return replace(memory, person=children[0], folders=children[1]), CLOSED.format(children[0])


def hand_on(camera_on: bool, box: Snapshot) -> None:
    """Leave word in the environment, for the service that begins anew in this process, of a camera that is
    off, and of a child that listens: its new settings may keep the state elsewhere."""
    for word in (CAMERA, LISTENER):
        os.environ.pop(word, None)
    if not camera_on:
        os.environ[CAMERA] = OFF
    if box.folders is not None:
        os.environ[LISTENER] = json.dumps([box.person, *box.folders])


def camera_choice(config: Config, memory: Memory) -> state.CameraChoice | None:
    """Make the keeper of the camera's switch; None without a state file. memory: as `remember` gave it."""
    return _choice(config, memory.camera_on)


def _choice(config: Config, said: bool | None) -> state.CameraChoice | None:
    path = Path(config.state.file) if config.state.file else None
    return state.CameraChoice(path, said, refused=state.foreign(path)) if path else None


def player(
    config: Config, memory: Memory, wake: Callable[[], None], placed: Callable[[], Mapping[str, Placed]]
) -> Player:
    """Make the player. wake: called from its threads when there is something to do. placed: see `places`."""
    return Player(
        address=config.mpd.address,
        port=config.mpd.port,
        password=config.mpd.secret,
        sources=sources(config),
        fade_s=config.music.fade_s,
        start_volume=memory.volume,
        max_volume=config.volume.max,
        wake=wake,
        restart=systemd.restart_mpd if config.mpd.address == OWN_MPD else None,  # not somebody else's
        known=memory.queue,
        placed=placed,
        blend_s=config.music.fade_s if config.music.transition is Transition.BLEND else 0.0,
        counts_plays=config.music.stickers,
    )


def places(config: Config, changed: Callable[[], None]) -> Places | None:
    """Make what tells where the library coach has put songs; None where the box learns nothing.

    changed: called from its thread when they are others.
    """
    path = config.state.music_file()
    return Places(path, changed) if path else None


def today() -> int | None:
    """Days since 1970; None while nobody vouches for the clock."""
    now = clock.now()
    return None if now is None else now.date().toordinal() - date(1970, 1, 1).toordinal()


def taste(config: Config, tell: Callable[[PartChanged], None], mark: Callable[[Marks], None]) -> Store | None:
    """Make the keeper of what people like; None where nothing is to be kept. tell, mark: as in `Store`."""
    path = config.state.music_file()
    return Store(path, Taste(today), tell, today, mark, lambda: network(config)) if path else None


def network(config: Config) -> str:
    """Name the network that reads faces, with what changes its answer; "" where its card cannot be read.

    Takes as long as importing it does.
    """
    from appliance.vision import emotion

    try:
        card = emotion.read_card(emotion.located(config.vision.model).with_suffix(".json"))
    except ModelError:  # vision will tell
        return ""
    return f"{card.sha256[:16]} {config.vision.sensitivity:g}"


def sources(config: Config) -> dict[str, Source]:
    """Mood -> where its music is, by the settings."""
    return {mood: Source(**source.model_dump()) for mood, source in config.music.moods.items()}


def library(config: Config, count: Callable[[], Mapping[str, int]] | None = None) -> LibraryClient:
    """Make what asks MPD for queue and covers, on connections of its own. count: the songs of each mood."""
    from appliance.player.library import LibraryClient

    mpd = config.mpd
    return LibraryClient(mpd.address, mpd.port, mpd.secret, sources(config), count)


def vision(config: Config, inbox: Inbox, sensor: Callable[[bool], None]) -> Vision:
    """Make the thread that looks, of camera, face detector and emotion network.

    sensor: told, in that thread, when the device is about to be opened, and once it is closed.
    """
    # Imported here because OpenCV and the TFLite runtime take seconds on a Pi, and the music does not wait.
    from appliance.camera import open_camera
    from appliance.vision import Vision, emotion, faces

    camera, settings = config.camera, config.vision
    detector, network = faces.located(settings.detector), emotion.located(settings.model)
    return Vision(
        open_camera=lambda: open_camera(
            camera.source,
            camera.width,
            camera.height,
            camera.fps,
            sensor=sensor,
            rotation=camera.rotation,
            mirror=camera.mirror,
        ),
        open_detector=lambda: faces.open_detector(detector),
        open_classifier=lambda: emotion.Classifier(network, settings.sensitivity),
        put=inbox.see,
        fps=camera.fps,
        is_recorded=camera.source.startswith("replay:"),
        rotation=camera.rotation,
        mirror=camera.mirror,
        note=lambda trouble: inbox.put(PartChanged("view", trouble)),
    )
