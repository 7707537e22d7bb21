"""Events, commands and actions, which the rooms share. Begin with `snapshot.py`: the whole box at one moment.

`looks` (frames, faces, moods), `messages` (songs, and every other event), `memory` (what survives a power
cut), `commands` (what people ask for; `declared` says all of each, by the means of `declaring`), `actions`
(what the brain wants done), `emotions` (the seven words), `encoding` (commands and the snapshot as JSON).
All of it is public.
"""
