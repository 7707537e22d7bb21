"""The table of what each plain command, such as skip, does to what plays.

A command that concerns more than that (the mood, the camera, the timers) has its line in `Brain._do`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from appliance.brain.programme import Programme
from appliance.protocol import commands as cmd
from appliance.protocol.actions import Action
from appliance.protocol.snapshot import Playing

Rule: TypeAlias = Callable[[Programme], list[Action]]

RULES: Mapping[tuple[type[cmd.Command], Playing], Rule] = {
    (cmd.Play, Playing.MUSIC): Programme.insist,
    (cmd.Play, Playing.PAUSED): Programme.resume,
    (cmd.Play, Playing.STOPPED): Programme.begin,
    (cmd.Pause, Playing.MUSIC): Programme.pause,
    (cmd.Toggle, Playing.MUSIC): Programme.pause,
    (cmd.Toggle, Playing.PAUSED): Programme.resume,
    (cmd.Toggle, Playing.STOPPED): Programme.begin,
    (cmd.Skip, Playing.MUSIC): Programme.skip,
    (cmd.Skip, Playing.PAUSED): Programme.skip,
    (cmd.Skip, Playing.STOPPED): Programme.another,
    (cmd.Previous, Playing.MUSIC): Programme.previous,
    (cmd.Previous, Playing.PAUSED): Programme.previous,
    (cmd.Stop, Playing.MUSIC): Programme.stop,
    (cmd.Stop, Playing.PAUSED): Programme.stop,
    (cmd.Stop, Playing.STOPPED): Programme.stay_silent,
    (cmd.Guest, Playing.MUSIC): Programme.resume_guest,
    (cmd.Guest, Playing.PAUSED): Programme.resume_guest,
    (cmd.Guest, Playing.STOPPED): Programme.resume_guest,
    (cmd.Dislike, Playing.MUSIC): Programme.turn_down,
}
"""(command, what people last wanted of the box) -> what is done; what is not listed changes nothing."""
