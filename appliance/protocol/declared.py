"""All that is said of each command, once: `COMMANDS`, a table that people read from its top.

From it come the control socket's words, the command line and its manual, the REST routes and their OpenAPI
document, the MQTT orders and their entities, what a button can be set to, and the page's round buttons;
docs/commands.md is held against it. The commands themselves are the classes of `commands.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.protocol import commands as cmd
from appliance.protocol.declared_playing import PLAYING
from appliance.protocol.declaring import (
    Choice,
    Declared,
    Entity,
    Label,
    Name,
    Number,
    Sound,
    Switch,
    TimeOfDay,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.policies import BY_MOOD, Policy
from appliance.protocol.rest import RestStep

POLICIES = (BY_MOOD, *Policy)
POLICY = Choice("policy", ", ".join(POLICIES), POLICIES)

COMMANDS: Mapping[str, Declared] = {
    each.name: each
    for each in (
        *PLAYING,
        Declared(
            "like",
            cmd.Like,
            "mark the song that plays",
            "Marks the song that plays as one that you like.",
            entity=Entity("Like", "heart"),
            button="any",
            label=Label("I like this song", "heart"),
        ),
        Declared(
            "dislike",
            cmd.Dislike,
            "do not play this song for ninety days, never after a second time",
            "Plays another song, and this one not for ninety days; one that is disliked twice is chosen no "
            "more. `moodbox undo` takes it back.",
            entity=Entity("Dislike", "thumb-down"),
            button="any",
            label=Label("Not this song", "dislike"),
        ),
        Declared(
            "undo",
            cmd.Undo,
            "take back what you said last of a song",
            "Takes back what a hand said last for who listens: a dislike, a like, a skip; once more, the "
            "one before.",
            entity=Entity("Undo", "undo"),
            button="any",
            label=Label("Take that back"),
        ),
        Declared(
            "power-off",
            cmd.PowerOff,
            "shut the machine down",
            "Shuts the machine down, as the button held for three seconds does.",
            entity=Entity("Power off", "power"),
            button="long",
            button_was="power",
        ),
        Declared(
            "install-update",
            cmd.InstallUpdate,
            "install the newest release that is known",
            "Has the newest release installed that update.address in the settings offers, as `sudo moodbox "
            "update` does; one that is not well is taken back by itself.",
            entity=Entity("Update", "package-up"),
        ),
        Declared(
            "next-mood",
            cmd.NextMood,
            "choose the next mood by hand, after the last one follow the camera again",
            "Chooses the mood after the one chosen by hand, or the first; after the last the camera's again.",
            button="any",
            button_was="mood",
        ),
        Declared(
            "next-person",
            cmd.NextPerson,
            "say that the next person listens, after the last one everybody",
            "Says that the next person of persons.who listens, or the first; after the last one everybody.",
            button="any",
        ),
        Declared(
            "toggle-camera",
            cmd.ToggleCamera,
            "close the camera, or open it again if it is off",
            "Really closes the camera, or opens it again if it is off: what the camera button does.",
            button="any",
            button_was="camera",
        ),
        Declared(
            "volume",
            cmd.SetVolume,
            "set the volume",
            "Sets the volume in percent; nothing makes it louder than volume.max in the settings.",
            argument=Number("percent", "0 to 100", 0, 100, "%"),
            entity=Entity("Volume", "volume-high"),
            label=Label("Volume"),
        ),
        Declared(
            "volume-step",
            cmd.StepVolume,
            "change the volume by so many percentage points",
            "Changes the volume, such as 5 for louder, -5 for softer.",
            argument=Number("by", "-100 to 100", -100, 100, "%"),
        ),
        Declared(
            "mood",
            cmd.ChooseMood,
            "choose the mood by hand",
            "Chooses the mood by hand; it holds for half an hour, whatever the camera sees.",
            argument=Choice("mood", ", ".join(EMOTIONS), EMOTIONS),
            label=Label("Choose a mood"),
        ),
        Declared(
            "policy",
            cmd.ChoosePolicy,
            "choose what the music does about a mood that is seen",
            "match plays the mood's own music, lift leads from it to happy in some six songs, calm lets the "
            "arousal fall first, steady ignores what lasts under ten minutes; by_mood goes by the settings. "
            "It holds for who listens, or --person, and over a restart; who never chose has everybody's.",
            argument=POLICY,
            option=Name("person", "whose; who listens, if you name nobody"),
            entity=Entity("Policy", "map-marker-path"),
            label=Label("What the music does about your mood"),
        ),
        Declared(
            "mood-policy",
            cmd.ChooseMoodPolicy,
            "choose what the music does about one mood alone",
            "As policy, for who listens; by_mood takes it back, and so does a policy for every mood.",
            argument=POLICY,
            option=Choice("mood", "which; the one that is followed, if you name none", EMOTIONS),
            entity=Entity("Policy of this mood", "map-marker-path"),
            label=Label("About one mood alone"),
        ),
        Declared(
            "person",
            cmd.ChoosePerson,
            "say who listens",
            "Follows the taste of this person of persons.who in the settings, and plays only what they may "
            "hear; everybody is for when nobody in particular listens. It holds over a restart.",
            argument=Name("person", "everybody, or a name of persons.who"),
            entity=Entity("Person", "account"),
            label=Label("Who listens"),
        ),
        Declared(
            "face-at-rest",
            cmd.MindRest.of,
            "measure how the face of who listens looks at rest",
            "measure looks at the face of who listens for thirty seconds of rest, so that a mouth which "
            "always hangs is not taken for sadness; cancel ends that, forget takes away what was measured. "
            "Only six numbers are kept. `moodbox status` says how far it is.",
            argument=Choice("step", ", ".join(RestStep), tuple(RestStep)),
        ),
        Declared(
            "camera",
            cmd.SwitchCamera,
            "really close the camera, or open it again",
            "off really closes the camera's device, and it stays closed over a restart and a power cut; "
            "on opens it again.",
            argument=Switch("on", "off closes the device"),
            entity=Entity("Camera", "cctv"),
            label=Label("Camera"),
        ),
        Declared(
            "sleep",
            cmd.Sleep.after_min,
            "fade out and pause after a while",
            "Fades out and pauses after so many minutes, such as 30; 0 takes the timer back.",
            argument=Number("minutes", "from now; 0 takes the timer back", 0, 24 * 60, "min", is_whole=False),
            entity=Entity("Sleep timer", "sleep"),
            label=Label("Sleep timer"),
        ),
        Declared(
            "alarm",
            cmd.SetAlarm,
            "wake up to music that rises softly",
            "Wakes you at that time, on the days of alarm.days, with music that rises softly; off takes "
            "it back.",
            argument=TimeOfDay("at", "such as 07:00; off takes it back"),
            entity=Entity("Alarm as text", "alarm"),
            label=Label("Alarm"),
        ),
        Declared(
            "alarm-switch",
            cmd.SwitchAlarm,
            "switch the alarm on or off, at the time that it had",
            "on has the alarm ring at the time that it had last, or at 07:00; off keeps that time for later.",
            argument=Switch("on", "off keeps its time"),
            entity=Entity("Alarm", "alarm"),
        ),
        Declared(
            "mute",
            cmd.Mute,
            "turn the volume down to nothing, or back to what it was",
            "on turns the volume down to nothing, off brings back what it was. Whoever sets a volume "
            "meanwhile ends it, as does the alarm; announcements have a volume of their own.",
            argument=Switch("on", "off brings the volume back"),
            entity=Entity("Mute", "volume-off"),
        ),
        Declared(
            "announce",
            cmd.Announce,
            "say something: the music waits and goes on where it was",
            "Plays a spoken text, a bell or another short sound, a minute of it at most. The music fades, "
            "waits, and goes on where it was; a box that was silent is silent again. The volume is "
            "announce.volume of the settings, or --volume; volume.max and quiet hours hold.",
            argument=Sound("sound", "an http or https address, or a song by its path in the music folder"),
            option=Number("volume", "percent, 0 to 100", 0, 100, "%"),
            entity=Entity("Announce", "bullhorn"),
        ),
    )
}
"""Name -> what is said of it, in the order in which people read them."""
