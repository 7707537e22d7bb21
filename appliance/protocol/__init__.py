"""What the rooms tell each other. Begin with `messages.py`: what is so, the `Snapshot` above all.

Then `commands` (what people ask for; `declaring` has the means), `actions` (what the brain wants done),
`emotions` (the seven words), `encoding` (commands and the snapshot as JSON). All of it is public.
"""
