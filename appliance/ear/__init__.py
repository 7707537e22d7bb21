"""What a song sounds like, and how that feels. Begin with `hearing.py`; `head.py` judges what was heard.

It works for a second for each song, and so belongs into a process of its own: the loop never loads it.
"""
