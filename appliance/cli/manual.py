"""The manual: what `moodbox COMMAND --help` says at length. A test wants every command here."""

from __future__ import annotations

from appliance.machine.machine import ways
from appliance.protocol.declared import COMMANDS

BOX = "Asks the running box. You must be in group moodbox, or use sudo."

DETAILS: dict[str, str] = {
    "run": (
        "Runs the box until it is told to stop (Ctrl-C, SIGTERM). On a box systemd does this, as "
        "moodbox.service; by hand it is for development: `moodbox --config my.toml run`."
    ),
    "boot": (
        "Says how long the last start took, from the kernel's first moment to the first song asked of "
        "MPD, by systemd's clock and the box's own times; then what only a person can tell of a start. "
        "Asks nothing of the box; needs moodbox.service to have started."
    ),
    "demo": (
        "Plays to a drawn listener, or to you in front of a webcam, with an MPD and tunes of its own. "
        "Nothing has to be set up, and nothing of yours is touched. The page is at http://127.0.0.1:8080; "
        "Ctrl-C ends it."
    ),
    "doctor": (
        "Examines every part: service, camera, networks, GPIO, sound, MPD and music, MQTT, page, Wi-Fi, "
        "power supply, clock, card. One line each, with the remedy where something is wrong; then a list "
        "of what only a person can judge. Changes nothing, opens no camera, plays nothing. Status 1 if "
        "something is wrong. Without sudo it cannot see what belongs to others."
    ),
    "password": (
        "Makes a new password for the page and shows it, this once; only its hash is kept. Every session "
        "ends. On a box: sudo moodbox password."
    ),
    "update": (
        "Installs another release beside the one that runs, and switches to it. Its signature must stand "
        "beside it, its name ending in .sig. A release that is not well (doctor, first song) is taken "
        "back by itself, also after a power cut. Settings and state stay. Without a file or address "
        "it is the newest at update.address. Needs sudo."
    ),
    "rollback": "Goes back to the release before this one, with settings and state as they are. Needs sudo.",
    "bench": (
        "Measures how long one look takes on this machine: a frame of 640x480 with one face, to seven "
        "probabilities, and the two networks alone. Takes about half a minute; the box may go on playing."
    ),
    "library": "The coach: it hears each song once, and says which mood it suits. See docs/library.md.",
    "library scan": (
        "Hears every song of MPD's library that is new or has changed, one at a time and gently, about a "
        "hundredth of its length each. May be killed at any moment: the next scan goes on. At night it "
        "runs by itself. Moves, rewrites and retags nothing."
    ),
    "library report": (
        "Says how much music each mood has, what is missing, of which songs the coach is not sure, and which "
        "files could not be heard, with the reason."
    ),
    "library correct": (
        "Gives a song the mood that you say, at once, and moves what is thought of its artist's other songs "
        "a little. What you have put into a mood's folder stays there: move such a song instead."
    ),
    "taste": "What people like, learnt on the box alone. On a box: sudo moodbox taste … See docs/taste.md.",
    "taste show": "Says of each person which artists they finish in which mood, and what they like or not.",
    "taste export": "Prints every event as JSON: who heard, skipped, liked or disliked what, on which day.",
    "taste forget": (
        "Forgets a song, a person or all, at once, also while the box runs; what was learnt of it is learnt "
        "anew without it. There is no way back but a backup."
    ),
    "taste forget song": "Forgets a song, for everybody.",
    "taste forget person": "Forgets a person; the name stays in the settings.",
    "taste forget all": "Forgets what everybody likes.",
    "config": (
        "The settings: /etc/moodbox/moodbox.toml, or another file by --config or MOODBOX_CONFIG; without "
        "one, the defaults."
    ),
    "config check": (
        "Says everything that is wrong in the settings, each with its place and the remedy. Changes "
        "nothing. Status 2 if something is wrong."
    ),
    "config show": (
        "Prints every setting that is in force, with its documentation. Secrets are masked. This is the "
        "reference of all settings."
    ),
    "config init": "Writes a file with every setting, its default and its documentation. Overwrites none.",
    "config migrate": (
        "Brings a settings file to this release's form, with a copy beside it; one of a newer release gives "
        "way to the copy that was kept of ours. The installer does this; older forms are read as they are."
    ),
    "mqtt": (
        "The way to Home Assistant, set by [mqtt] in the settings; docs/homeassistant.md has the story."
    ),
    "mqtt check": (
        "Does once at the broker what the box does, leaves everything there as it was, and says what is "
        "wrong and what to do. A running box is not disturbed."
    ),
    "mqtt purge": (
        "Empties every topic of this box that the broker keeps, so that Home Assistant forgets it; also "
        "where it was before its id or a prefix changed. With --id, --prefix or --discovery-prefix: only "
        "there. A running box fills them again at its next connection: stop it first, or empty mqtt.broker."
    ),
    "status": (
        f"Says what the box does, why it plays this song, what it sees, and what does not work. {BOX}"
    ),
    **{name: f"{declared.manual} {BOX}" for name, declared in COMMANDS.items()},
}

CLOSING = f"""\
Steering (from play on, and status) asks the running box; you must be in group moodbox, or use sudo.
Settings: /etc/moodbox/moodbox.toml; `moodbox config show` explains each. Log: {ways().log}.
Every command has a --help of its own. Exit status: 0 good, 1 something is wrong, 2 the command line
or the settings are wrong.

  moodbox status             what it plays, and why
  moodbox mood happy         half an hour of that, whatever it sees
  moodbox sleep 30           fade out in half an hour
  sudo moodbox doctor        what is wrong, and what to do
"""
