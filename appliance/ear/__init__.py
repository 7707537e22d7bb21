"""Listens to songs: features of their sound, and the valence and arousal that these suggest.

Begin with `hearing.py`; `head.py` judges what was heard.

It works for a second for each song, and so belongs into a process of its own: the loop never loads it.
"""
