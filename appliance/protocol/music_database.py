"""The tables of `music.db`, the one file of what the box learns of songs and listeners (`state.music`).

Each entry of `FORMS` is an SQL script that leads from one form of the file to the next; a released one never
changes. What a table holds is its room's business, named above it.
"""

from __future__ import annotations

COACH = """
-- appliance/coach: what a song's file sounds like, by MPD's name of it.
CREATE TABLE heard (
    uri TEXT PRIMARY KEY,
    changed INTEGER NOT NULL,
    size INTEGER NOT NULL,
    version INTEGER NOT NULL,
    ears INTEGER NOT NULL,
    reason TEXT,
    is_song INTEGER NOT NULL,
    length_s REAL,
    loudness REAL,
    head TEXT,
    valence REAL,
    arousal REAL,
    valence_error REAL,
    arousal_error REAL,
    artist TEXT NOT NULL DEFAULT '',
    genre TEXT NOT NULL DEFAULT '',
    told TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
-- Its features as float16, ours before the second ear's: apart, since places are read often and these hardly.
CREATE TABLE sound (uri TEXT PRIMARY KEY, features BLOB NOT NULL) WITHOUT ROWID;
-- How often a song was begun without an end: such wait until the others were heard.
CREATE TABLE tried (uri TEXT PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
-- The scan that runs, or ran last: one row.
CREATE TABLE scan (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    left_s REAL,
    problem TEXT
);
-- What a person said of a song: its mood, and where it belongs on the circumplex.
CREATE TABLE correction (
    uri TEXT PRIMARY KEY,
    mood TEXT NOT NULL,
    valence REAL NOT NULL,
    arousal REAL NOT NULL
) WITHOUT ROWID;
"""

TASTE = """
-- appliance/taste: the songs of which there are events, by MPD's names of them.
CREATE TABLE tasted (id INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE, artist TEXT NOT NULL);
-- What listeners did with them. The day counts from 1970; it is empty where nobody had told the box the time.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    day INTEGER,
    person TEXT NOT NULL,
    mood TEXT NOT NULL,
    song INTEGER NOT NULL REFERENCES tasted,
    verdict TEXT NOT NULL,
    weight REAL NOT NULL
);
-- Songs whose stickers in MPD must be set anew, because something was taken back or forgotten.
CREATE TABLE unmarked (uri TEXT PRIMARY KEY) WITHOUT ROWID;
-- Counts how often something was forgotten, for the box that runs to notice.
CREATE TABLE edition (number INTEGER NOT NULL);
INSERT INTO edition VALUES (0);
"""

REST = """
-- appliance/taste: how a person's face rests, as that network reads it: nats above neutral of each emotion.
CREATE TABLE rest (
    person TEXT PRIMARY KEY,
    day INTEGER,
    network TEXT NOT NULL,
    angry REAL NOT NULL,
    disgust REAL NOT NULL,
    fear REAL NOT NULL,
    happy REAL NOT NULL,
    sad REAL NOT NULL,
    surprise REAL NOT NULL
) WITHOUT ROWID;
"""

STICKERS = """
-- appliance/coach: what other programs' stickers in MPD say of songs, as the last scan has found them.
CREATE TABLE sticker (uri TEXT PRIMARY KEY, told TEXT NOT NULL, genre TEXT NOT NULL) WITHOUT ROWID;
"""

FORGOTTEN = """
-- appliance/taste: what was forgotten, until the box has forgotten it also in what it had not written yet.
-- An empty person, or song, is every one.
CREATE TABLE forgotten (person TEXT, uri TEXT);
DROP TABLE edition;
"""

FORMS: tuple[str, ...] = (COACH, TASTE, REST, STICKERS, FORGOTTEN)
