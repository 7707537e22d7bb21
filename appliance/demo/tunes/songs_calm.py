"""Songs that are sad or neutral, or disgusted: at most at walking pace. See `songbook`."""

from __future__ import annotations

from appliance.demo.tunes.score import Part, Tune

SAD = (
    Tune(
        mood="sad",
        title="Rain on the Sill",
        artist="Ada Lindqvist Trio",
        genre="Classical",
        bpm=56,
        tonic=57,
        scale="minor",
        melody="5:1.5 4:.5 3:1 2:1 | 4:1.5 3:.5 1:2 | 3:1.5 2:.5 1:2 | 2:2 0#:2",
        chords="1 | 4 | 6 | 5M",
        lead=(Part("felt", 0.6, 0, held=1.0, pan=-0.1),),
        band=(
            Part("felt", 0.26, -1, "0.1.2.1.", held=1.3, pan=0.2),
            Part("strings", 0.14, -1, "C.......", held=1.0, pan=-0.3),
        ),
        contrast=0.3,
        unsteady_s=0.018,
        room=0.4,
        room_s=2.4,
        peak_db=-7.0,
    ),
    Tune(
        mood="sad",
        title="Empty Platform",
        artist="North Harbour Strings",
        genre="Ambient",
        bpm=60,
        tonic=50,
        scale="minor",
        melody="1:1 3:1 5:1.5 4:.5 | 3:2 1:2 | 4:1 3:1 2:1 1:1 | 2:1.5 1:.5 0#:2",
        chords="1 | 6 | 4 | 5M",
        lead=(Part("cello", 0.42, 0, held=1.02, pan=0.15),),
        band=(
            Part("strings", 0.16, 0, "C.......", held=1.0, pan=-0.3),
            Part("felt", 0.3, -1, "0...2...", held=1.4, pan=0.1),
        ),
        contrast=0.3,
        unsteady_s=0.02,
        room=0.45,
        room_s=2.8,
        peak_db=-7.0,
    ),
)

NEUTRAL = (
    Tune(
        mood="neutral",
        title="Afternoon Desk",
        artist="Low Lamp",
        genre="Lo-fi",
        bpm=88,
        tonic=60,
        scale="major",
        melody="r:1 6:.5 5:.5 6:1 r:1 | r:.5 7:.5 5:1 4:1 r:1 | r:1 5:.5 3:.5 5:1 7:1 | 6:1.5 5:.5 3:2",
        chords="27 | 57 | 17 | 67",
        lead=(Part("tines", 0.5, 1, held=0.9, pan=0.2),),
        band=(
            Part("tines", 0.3, -1, "C..C....", held=0.95, pan=-0.15),
            Part("bass", 0.5, -2, "0..0..2.", held=0.9),
        ),
        drums={"kick": "x....x..", "snare": "..o...o.", "hat": "oooooooo"},
        swing=0.22,
        room=0.2,
        room_s=1.1,
        peak_db=-5.0,
    ),
    Tune(
        mood="neutral",
        title="Slow Train Window",
        artist="Field Notes",
        genre="Acoustic",
        bpm=96,
        tonic=55,
        scale="major",
        melody="3:1 5:1 6:1.5 5:.5 | 3:2 2:2 | 1:1 2:1 3:1.5 5:.5 | 2:4 | 6:1 5:1 3:1.5 2:.5 | 3:2 5:2"
        "| 6:1 8:1 6:1.5 5:.5 | 2:2 3:2",
        chords="1 | 6 | 4 | 5 | 4 | 1 | 6 | 5",
        lead=(Part("clarinet", 0.28, 1, held=0.95, pan=0.2),),
        band=(
            Part("pluck", 0.5, -1, "02343432", held=1.0, pan=-0.2),
            Part("bass", 0.42, -2, "0...2...", held=0.9),
        ),
        drums={"shaker": "o.o.o.o."},
        room=0.22,
        room_s=1.3,
        peak_db=-5.0,
    ),
)

DISGUST = (
    Tune(
        mood="disgust",
        title="Swamp Waltz",
        artist="Professor Bog",
        genre="Cabaret",
        bpm=92,
        tonic=43,
        scale="minor",
        beats=3,
        melody="1!:1 2b:.5 1:.5 0#:1 | 3:1 4#:.5 3:.5 2b:1 | 5!:1 5b:1 4:1 | 4#:.5 3:.5 2b:1 0#:1"
        "| 1!:1 2b:.5 3:.5 4#:1 | 6:1 5:.5 5b:.5 4:1 | 5b:1 3:1 2b:1 | 0#:1 1:.5 2b:.5 1:1",
        chords="1 | 1o | 1 | 5M | 1 | 2b | 1o | 5M",
        lead=(Part("bassoon", 0.5, 0, held=0.8, pan=-0.1), Part("clarinet", 0.16, 1, held=0.6, pan=0.3)),
        band=(
            Part("accordion", 0.3, 0, "--C-C-", held=0.7, pan=0.3),
            Part("bassoon", 0.4, -1, "0.----", held=0.9, pan=-0.25),
        ),
        drums={"block": "....o.", "tom": "o....."},
        swing=0.25,
        contrast=0.25,
        unsteady_s=0.03,
        room=0.2,
        room_s=1.0,
        peak_db=-5.0,
    ),
    Tune(
        mood="disgust",
        title="Sour Milk Tango",
        artist="The Crooked Spoons",
        genre="Tango",
        bpm=88,
        tonic=50,
        scale="minor",
        melody="1!:1.5 2b:.5 1:1 0#:1 | 4#!:1.5 4:.5 3:1 2b:1 | 5b!:1 4:.5 5b:.5 3:1 2b:1 | 0#!:1 2b:1 1:2"
        "| 8!:1.5 7:.5 6:.5 5b:.5 4:1 | 4#!:1 3:1 2b:1 3:1 | 2b:1.5 3:.5 4#:1 6:1 | 5b:1 2b:1 0#:2",
        chords="1 | 2b | 1o | 5M | 1 | 1o7 | 2b | 5M",
        lead=(Part("clarinet", 0.42, 0, held=0.9, pan=0.15), Part("bassoon", 0.22, -1, held=0.7, pan=-0.2)),
        band=(
            Part("accordion", 0.32, 0, "C--CC-C-", held=0.55, pan=-0.35),
            Part("bass", 0.5, -1, "0--02-2-", held=0.7),
        ),
        drums={"tom": "x..oo.o.", "shaker": "........|......oo"},
        contrast=0.25,
        unsteady_s=0.025,
        room=0.2,
        room_s=1.0,
        peak_db=-5.0,
    ),
)
