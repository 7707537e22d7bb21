"""Words of tags and folders that name a mood, or say that a file is no song. In four languages.

A name counts for a mood only as a whole: "Sad songs" does, "Happy Mondays" does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from unicodedata import category, normalize

from appliance.protocol.emotions import EMOTIONS

MOODS: Mapping[str, str] = {
    "happy": "happy happiness cheerful joy joyful upbeat uplifting fröhlich fröhliche fröhliches glücklich "
    "glückliche heiter gute_laune good_mood feel_good feelgood alegre alegres feliz felices alegría ख़ुश खुश "
    "आनंद",
    "sad": "sad sadness melancholy melancholic mournful sorrowful depressing traurig traurige trauriges "
    "melancholisch melancholische wehmütig triste tristes tristeza melancólico melancólica उदास दुखी",
    "angry": "angry anger aggressive furious rage wütend wütende zornig aggressiv aggressive enojado furioso "
    "agresivo agresiva rabia गुस्सा क्रोध",
    "fear": "fear scary spooky creepy eerie gruselig gruselige unheimlich unheimliche angst miedo "
    "tenebroso डर डरावना",
    "surprise": "surprise surprised überraschung sorpresa आश्चर्य",
    "disgust": "disgust ekel asco घृणा",
    "neutral": "neutral calm calming relaxed relaxing peaceful mellow chill chillout chilled ruhig ruhige "
    "ruhiges entspannt entspannte entspannung gelassen tranquilo tranquila calma relajante relajado शांत शांति",
}
"""Words for each mood; "_" stands for a space. Neutral is the mood of calm music."""

BESIDE = frozenset(
    {"a", "and", "the", "my", "for", "of", "songs", "song", "music", "mood", "moods", "playlist", "mix"}
    | {"tracks", "hits", "best", "musik", "lieder", "lied", "stimmung", "canciones", "música", "musica"}
    | {"para", "mis", "de", "la", "गाने", "संगीत"}
)
"""Words that may stand beside such a word in a folder's name, like any number."""

TENSE: Mapping[str, str] = {
    "angry": "metal punk hardcore grindcore thrash metalcore deathcore industrial screamo gangsta drill "
    "crust noise_rock",
    "fear": "dark_ambient horror halloween witch_house grusel",
}
"""Genres that part angry from fear where a song sounds tense; the sound itself does not."""

NO_SONGS = (
    "audiobook audiobooks audio_book audio_books hörbuch hörbücher audiolibro audiolibros ऑडियोबुक hörspiel "
    "hörspiele radio_play radio_plays radio_drama radioteatro podcast podcasts spoken_word speech speeches "
    "lecture lectures sermon sermons vortrag vorträge predigt sprachkurs language_course comedy kabarett "
    "sound_effects soundeffekte children_s_music children_s_songs childrens_music kids_music kids_songs "
    "children_s kinderlieder kindermusik kinderhörspiel nursery_rhymes canciones_infantiles música_infantil "
    "infantil बच्चों_के_गाने"
)
CHRISTMAS = "christmas xmas weihnachten weihnachtslieder weihnachtsmusik navidad villancicos क्रिसमस"
DECEMBER = 12
STICKERS = ("mood", "genre", "comment")
"""MPD's stickers that are read as the tags of these names. The box writes none of them, so whatever stands
there is another program's word."""


def _phrases(words: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in normalize("NFC", words).split())


_MOOD = {phrase: mood for mood in EMOTIONS for phrase in _phrases(MOODS[mood])}
_TENSE = {phrase: mood for mood, words in TENSE.items() for phrase in _phrases(words)}
_NO_SONGS, _CHRISTMAS = _phrases(NO_SONGS), _phrases(CHRISTMAS)


@lru_cache(4096)  # songs share their folders and genres
def plain(text: str) -> str:
    """The text's words in one case and spelling, with one space between them; signs and commas are spaces."""
    folded = normalize("NFC", normalize("NFC", text).casefold())
    return " ".join("".join(sign if category(sign)[0] in "LMN" else " " for sign in folded).split())


@lru_cache(4096)
def mood_of(name: str) -> str:
    """The mood that a folder, a tag or a part of one names as a whole; empty when it names none."""
    words = plain(name)
    if words in _MOOD:
        return _MOOD[words]
    left = [word for word in words.split() if word not in BESIDE and not word.isdigit()]
    return _MOOD.get(" ".join(left), "")


def mood_in(tag: str) -> str:
    """The one mood that a tag names, alone or in a list; empty for none, and for several."""
    named = {mood for part in re.split(r"[;,/|\0]", tag) if (mood := mood_of(part))}
    return named.pop() if len(named) == 1 else ""


def said_by(stickers: Mapping[str, Mapping[str, str]]) -> Mapping[str, tuple[str, str]]:
    """Song's name -> the mood and the genre that MPD's `STICKERS` name, as tags of these names would."""
    moods, genres, comments = (stickers.get(name, {}) for name in STICKERS)
    return {
        uri: (mood_in(moods.get(uri, "")) or mood_in(comments.get(uri, "")), genres.get(uri, ""))
        for uri in {*moods, *genres, *comments}
    }


@lru_cache(4096)
def tense_mood(genre: str) -> str:
    """The mood to which a tense song of this genre belongs; empty when the genre does not say."""
    named = {mood for phrase, mood in _TENSE.items() if _holds(genre, (phrase,))}
    return named.pop() if len(named) == 1 else ""


@lru_cache(4096)
def excluded(name: str, month: int) -> bool:
    """Whether a genre or a folder of this name holds nothing to set a mood with, in this month (1 to 12)."""
    return _holds(name, _NO_SONGS) or (month != DECEMBER and _holds(name, _CHRISTMAS))


def _holds(text: str, phrases: tuple[str, ...]) -> bool:
    words = f" {plain(text)} "
    return any(f" {phrase} " in words for phrase in phrases)
