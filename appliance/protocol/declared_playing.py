"""What is said of the commands that say what plays, and whether any does: part of `declared.COMMANDS`."""

from __future__ import annotations

from appliance.protocol import commands as cmd
from appliance.protocol.declaring import Declared, Entity, Label, Number, PlaylistName, SongName, SongNames

WAS = SongNames("was", "the list that you have changed: what has come or gone since then stays so")

PLAYING: tuple[Declared, ...] = (
    Declared(
        "play",
        cmd.Play,
        "go on, or start",
        "Goes on, or starts, as the mood of the moment wants.",
        entity=Entity("Play", "play"),
    ),
    Declared(
        "pause",
        cmd.Pause,
        "hold the song where it is",
        "Holds the song where it is; `moodbox play` goes on.",
        entity=Entity("Pause", "pause"),
    ),
    Declared(
        "toggle",
        cmd.Toggle,
        "pause when playing, play when not",
        "Pauses when the box plays, plays when it does not: what the button does.",
        button="any",
        button_was="pause",
    ),
    Declared(
        "skip",
        cmd.Skip,
        "another song of the same mood",
        "Plays another song of the same mood.",
        entity=Entity("Skip", "skip-next"),
        button="any",
        label=Label("Another song", "skip"),
    ),
    Declared(
        "previous",
        cmd.Previous,
        "the song before",
        "Goes back to the song before.",
        entity=Entity("Previous", "skip-previous"),
        button="any",
        label=Label("Previous song", "previous"),
    ),
    Declared(
        "seek",
        cmd.Seek,
        "go to a place in the song",
        "Goes to so many seconds from the song's beginning, such as 90; a radio has no such places.",
        argument=Number("seconds", "from the song's beginning", 0, 86_400, "s", is_whole=False),
    ),
    Declared(
        "play-song",
        cmd.PlaySong,
        "play this song now",
        "Plays a song of the library now, as MPD names it, such as sad/song.flac; then the mood's music "
        "goes on.",
        argument=SongName("song", "as MPD names it, such as sad/song.flac"),
    ),
    Declared(
        "playlist",
        cmd.PlayPlaylist,
        "play a playlist that MPD keeps",
        "Plays the first hundred songs of a playlist that MPD keeps, in its order. No face takes them "
        "away; another mood or song that is chosen by hand, or `moodbox auto`, does.",
        argument=PlaylistName("playlist", "by its name"),
        entity=Entity("Playlist", "playlist-music"),
        label=Label("Playlist"),
    ),
    Declared(
        "up-next",
        cmd.SetUpNext,
        "play these songs next, in this order",
        "Plays a song of the library next, in place of those chosen so before; none takes them back.",
        argument=SongNames("songs", "as MPD names them, in their order; none takes them back"),
        option=WAS,
    ),
    Declared(
        "look-ahead",
        cmd.LookAhead,
        "see the songs that come if the mood stays",
        "Chooses the next songs of the mood that plays; from then on they come in this order.",
    ),
    Declared(
        "coming",
        cmd.SetComing,
        "order the songs that come if the mood stays",
        "Of the songs that look-ahead has shown, these come, in this order; those left out rest, as if "
        "they had played.",
        argument=SongNames("songs", "as MPD names them, in their order"),
        option=WAS,
    ),
    Declared(
        "stop",
        cmd.Stop,
        "silence until somebody asks for music",
        "Silence until somebody asks for music, whatever the camera sees.",
        entity=Entity("Stop", "stop"),
        button="any",
        label=Label("Stop", "stop"),
    ),
    Declared(
        "auto",
        cmd.Automatic,
        "follow the camera again",
        "Takes back a mood chosen by hand: the box follows the camera again.",
        button="any",
        button_was="automatic",
        label=Label("Automatic"),
    ),
    Declared(
        "guest",
        cmd.Guest,
        "let somebody else's songs go on that wait behind the box's",
        "Lets somebody else's songs go on where they were, with their random or repeat: those that "
        "wait because a mood chosen by hand or an alarm went first.",
        entity=Entity("Guest", "account-music-outline"),
        label=Label("Let their songs go on"),
    ),
)
"""In the order in which people read them."""
