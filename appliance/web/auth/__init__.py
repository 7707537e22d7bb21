"""Who is let in: names, passwords, tokens, and how often they may be tried. Begin with `guard.py`."""
