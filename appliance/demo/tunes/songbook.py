"""The demo's songs: two for each mood, composed for it.

What makes music sound like an emotion is taken from
- A. Gabrielsson & E. Lindström, "The role of structure in the musical expression of emotions", in: Juslin &
  Sloboda (eds.), Handbook of Music and Emotion, Oxford University Press, 2010: tempo, mode, loudness, pitch,
  intervals, harmony, articulation;
- P. N. Juslin & P. Laukka, "Expression, Perception, and Induction of Musical Emotions", Journal of New Music
  Research 33(3), 2004: the cues of happiness, sadness, anger, fear and tenderness;
- R. Bresin & A. Friberg, "Emotion rendering in music: range and characteristic values of seven musical
  variables", Cortex 47(9), 2011: tempo, level, articulation, phrasing, register, timbre as players set them.

So: happy is fast, major, high, staccato and bright; sad slow, minor, low, legato, soft and dull, and falls;
angry fast, minor, loud, low and rough; fear soft, uneven, staccato, minor, between very high and very low;
disgust (of which less is known) slow, low, dissonant and lurching; surprise major, fast, full of leaps,
rests and sudden changes of loudness; neutral keeps to the middle of everything.
"""

from __future__ import annotations

from appliance.demo.tunes.songs_calm import DISGUST, NEUTRAL, SAD
from appliance.demo.tunes.songs_lively import ANGRY, FEAR, HAPPY, SURPRISE

TUNES = HAPPY + SAD + ANGRY + FEAR + DISGUST + SURPRISE + NEUTRAL
