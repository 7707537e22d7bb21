"""Songs that are happy, angry, surprised or afraid: fast or restless. See `songbook`."""

from __future__ import annotations

from appliance.demo.tunes.score import Part, Tune

HAPPY = (
    Tune(
        mood="happy",
        title="Sunny Side Street",
        artist="The Paper Lanterns",
        genre="Pop",
        bpm=132,
        tonic=67,
        scale="major",
        melody="3:.5 5:.5 5:.5 6:.5 5:1 3:.5 5:.5 | 2:.5 5:.5 5:.5 6:.5 7:1 r:1"
        "| 8:.5 8:.5 7:.5 6:.5 5:.5 6:.5 3:1 | 4:.5 6:.5 8:.5 6:.5 6:1 r:1"
        "| 3:.5 5:.5 5:.5 6:.5 5:1 8:1 | 9:.5 9:.5 8:.5 7:.5 9:1 7:1"
        "| 8:.5 6:.5 4:.5 6:.5 8:.5 6:.5 5:.5 4:.5 | 3:.5 5:.5 8:1 7:1 5:1",
        chords="1 | 5 | 6 | 4 | 1 | 5 | 4 | 1 5",
        lead=(Part("marimba", 0.55, 1, held=0.5, pan=-0.2), Part("flute", 0.2, 1, held=0.55, pan=0.15)),
        band=(
            Part("pluck", 1.0, 0, "--CC-CC-", held=0.6, pan=0.4),
            Part("bass", 0.42, -2, "0--0--2-", held=0.7),
        ),
        drums={"kick": "x...x...", "clap": "..o...o.", "shaker": "oxoxoxox"},
        contrast=0.1,
        room=0.15,
        room_s=0.9,
    ),
    Tune(
        mood="happy",
        title="Market Day Polka",
        artist="Odd Socks Orchestra",
        genre="Folk",
        bpm=144,
        tonic=65,
        scale="major",
        melody="5:.5 5:.5 8:.5 8:.5 9:.5 9:.5 10:1 | 10:.5 9:.5 8:.5 7:.5 8:1 5:1"
        "| 6:.5 6:.5 8:.5 8:.5 11:1 10:.5 9:.5 | 10:.5 8:.5 9:.5 7:.5 8:1 r:1"
        "| 9:.5 9:.5 7:.5 7:.5 5:.5 5:.5 9:1 | 11:.5 11:.5 9:.5 9:.5 7:1 5:1"
        "| 10:.5 9:.5 8:.5 10:.5 9:.5 8:.5 7:.5 9:.5 | 8:1 8:.5 8:.5 8:1 r:1",
        chords="1 | 1 | 4 | 1 | 5 | 5 | 1 5 | 1",
        lead=(Part("clarinet", 0.34, 0, held=0.5, pan=-0.25), Part("bell", 0.16, 1, pan=0.3)),
        band=(
            Part("accordion", 0.38, -1, "-C-C-C-C", held=0.45, pan=0.35),
            Part("bass", 0.35, -2, "0-2-0-2-", held=0.6),
        ),
        drums={"kick": "x...x...", "hat": ".x.x.x.x", "block": "........|......oo"},
        contrast=0.1,
        room=0.15,
        room_s=0.8,
    ),
)

ANGRY = (
    Tune(
        mood="angry",
        title="Red Signal",
        artist="Iron Kettle",
        genre="Metal",
        bpm=160,
        tonic=52,
        scale="phrygian",
        melody="1!:.5 1:.5 r:.5 2:.5 1!:1 r:1 | 1!:.5 1:.5 r:.5 2:.5 4:.5 3:.5 2:1"
        "| 2!:.5 2:.5 r:.5 4:.5 6!:1 5:1 | 1:.5 2:.5 1:.5 0:.5 1!:2"
        "| 8!:.5 8:.5 r:.5 9:.5 8!:1 5b:1 | 8!:.5 8:.5 r:.5 9:.5 7:.5 6:.5 5:1"
        "| 6!:.5 6:.5 8:.5 8:.5 10!:1 8:1 | 9!:.5 8:.5 6:.5 4:.5 2!:1 2!:1",
        chords="1p | 1p | 2p | 1p | 1p | 1p | 6p | 2p",
        lead=(Part("guitar", 0.36, 1, held=0.8, pan=0.25),),
        band=(
            Part("guitar", 0.34, -1, "CCC-CC-C", held=0.55, pan=-0.35),
            Part("bass", 0.4, -2, "00000000", held=0.8),
        ),
        drums={"kick": "x.xx..x.", "snare": "..x...x.", "hat": "xxxxxxxx"},
        contrast=0.05,
        room=0.12,
        room_s=0.7,
        peak_db=-3.0,
    ),
    Tune(
        mood="angry",
        title="Hammer and Brass",
        artist="The Ninth Floor",
        genre="Soundtrack",
        bpm=146,
        tonic=50,
        scale="minor",
        melody="1!:1 1!:.5 1:.5 3!:1 2:1 | 1!:1 1!:.5 1:.5 4!:1 3:1"
        "| 6!:1 5:.5 6:.5 8!:2 | 7#!:1 5:1 4:.5 2:.5 0#!:1"
        "| 8!:1 8!:.5 8:.5 10!:1 9:1 | 8:.5 7:.5 6:.5 5:.5 4!:1 3:1"
        "| 4!:1 6!:1 4:.5 6:.5 9b!:1 | 5!:.5 5:.5 7#!:.5 7#:.5 9!:1 7#!:1",
        chords="1 | 1 | 6 | 5M | 1 | 4 | 2b | 5M",
        lead=(Part("brass", 0.5, 0, held=0.7, pan=-0.1), Part("brass", 0.25, 1, held=0.6, pan=0.2)),
        band=(
            Part("strings", 0.42, 0, "CC-CCC-C", held=0.5, pan=0.35),
            Part("bass", 0.32, -2, "0000000000000000", held=0.6),
        ),
        drums={"timpani": "x..x..x.", "snare": "..xo..xx", "kick": "x...x..."},
        contrast=0.05,
        room=0.2,
        room_s=1.1,
    ),
)

SURPRISE = (
    Tune(
        mood="surprise",
        title="Jack in the Box",
        artist="Pop Goes the Quartet",
        genre="Novelty",
        bpm=138,
        tonic=60,
        scale="lydian",
        melody="1:.25 3:.25 5:.25 8:.25 r:1 15!:.5 r:1.5 | r:1 5:.25 6:.25 7:.25 8:.25 r:1 2!:.5 r:.5"
        "| 1:.5 r:.5 12!:.5 r:.5 3:.5 r:.5 14!:1 | r:1.5 8!:.25 9:.25 10:.25 11:.25 12:.25 13:.25 15!:1"
        "| 8:.25 7:.25 6:.25 5:.25 r:1 12!:.5 r:.5 1!:1 | r:.5 4:.5 r:.5 11!:.5 r:2"
        "| 2:.25 4:.25 6:.25 9:.25 r:.5 13!:.5 r:.5 6!:.5 r:1 | 15!:.5 r:1 1!:.5 r:2",
        chords="1 | 2M | 1 | 5 | 1 | 2M | 6 | 5",
        lead=(Part("pluck", 0.6, 0, held=0.4, pan=-0.25), Part("bell", 0.3, 1, pan=0.3)),
        band=(
            Part("brass", 0.5, 0, "----C-----------", held=0.7, pan=0.25),
            Part("pluck", 0.4, -2, "0---2-----0-----", held=0.4, pan=-0.1),
        ),
        drums={
            "snare": "....x...........|..............ox",
            "block": "o.......o.o.....|..o...o.........",
            "timpani": "................|........x.......",
        },
        contrast=0.6,
        room=0.25,
        room_s=1.2,
        peak_db=-4.0,
    ),
    Tune(
        mood="surprise",
        title="Confetti Switch",
        artist="Trapdoor Parade",
        genre="Electronic",
        bpm=126,
        tonic=62,
        scale="lydian",
        melody="1:.5 8!:.5 r:1 5:.25 6:.25 7:.25 8:.25 12!:1 | r:2 11:.25 9:.25 7:.25 4:.25 r:1"
        "| 1:.5 10!:.5 r:1 6:.25 7:.25 8:.25 9:.25 13!:1 | r:1 15!:.5 r:.5 8!:.5 r:1.5"
        "| 5:.25 8:.25 10:.25 12:.25 r:.5 15!:.5 r:2 | r:1 3:.5 11!:.5 r:2"
        "| 2:.25 4:.25 6:.25 8:.25 9:.25 11:.25 13:.25 15:.25 r:1 16!:1 | r:1 9!:.5 r:.5 2!:.5 r:1.5",
        chords="1 | 2M | 6 | 5 | 1 | 3 | 2M | 5",
        lead=(Part("bell", 0.5, 1, pan=0.2), Part("flute", 0.22, 0, held=0.5, pan=-0.3)),
        band=(
            Part("tines", 0.4, 0, "C-----C---------", held=0.6, pan=0.3),
            Part("bass", 0.5, -2, "0---0-----2-0---", held=0.5),
        ),
        drums={
            "kick": "x...x.....x.x...",
            "clap": "......x.........|..............xx",
            "hat": "..x...x...x...x.",
        },
        contrast=0.5,
        room=0.25,
        room_s=1.4,
        peak_db=-4.0,
    ),
)

FEAR = (
    Tune(
        mood="fear",
        title="Something in the Hall",
        artist="Moth and Lamp",
        genre="Soundtrack",
        bpm=84,
        tonic=60,
        scale="minor",
        melody="r:1 5:.5 6:.5 r:2 | r:.5 8:.5 7#:.5 r:2.5 | r:1.5 6:.25 5:.25 6:.25 5:.25 r:1.5"
        "| 9b!:.5 r:3.5 | r:.5 5:.5 5b:.5 r:1 4:.25 3:.25 r:1"
        "| 8:.25 7#:.25 8:.25 9b:.25 r:3 | r:2 6!:.5 r:1.5 | 5b:.5 r:3.5",
        chords="1 | 1o7 | 6 | 2b | 1o7 | 1 | 4 | 5M",
        lead=(Part("bell", 0.4, 2, held=0.3, pan=0.35), Part("pluck", 0.7, 0, held=0.3, pan=-0.3)),
        band=(
            Part("strings", 0.15, 2, "CCCCCCCCCCCCCCCC", held=0.6, pan=-0.25),
            Part("cello", 0.24, -2, "0.......", held=1.0),
        ),
        drums={"heart": "x.o.............", "hat": "............o...|..............o."},
        contrast=0.55,
        unsteady_s=0.045,
        room=0.5,
        room_s=2.6,
        peak_db=-7.0,
    ),
    Tune(
        mood="fear",
        title="Footsteps Behind",
        artist="Cellar Door Ensemble",
        genre="Suspense",
        bpm=104,
        tonic=64,
        scale="minor",
        melody="r:2 8:.25 r:.25 9b:.25 r:1.25 | r:1 7#:.25 8:.25 r:2.5 | r:2.5 5:.25 5b:.25 5:.25 5b:.25 r:.5"
        "| r:1 12!:.25 r:2.75 | r:.5 6:.25 r:.75 5:.25 r:2.25 | 4#:.25 5:.25 r:3.5"
        "| r:1.5 8:.25 9b:.25 8:.25 9b:.25 r:1.5 | r:3 7#!:.25 r:.75",
        chords="1 | 1 | 4 | 2b | 1 | 1o7 | 6 | 5M",
        lead=(Part("flute", 0.32, 1, held=0.7, pan=0.4),),
        band=(
            Part("pluck", 0.34, -2, "0-2-0-1-", held=0.4, pan=-0.3),
            Part("strings", 0.1, 1, "C.......", held=1.0, pan=0.2),
        ),
        drums={"heart": "x...o...", "block": "........|.....o..|........|..o....."},
        contrast=0.5,
        unsteady_s=0.035,
        room=0.45,
        room_s=2.2,
        peak_db=-7.0,
    ),
)
