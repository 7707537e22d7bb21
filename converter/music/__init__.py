"""The ear for moods: a network of others made into a .tflite file, and a head of ours from sound to mood.

Begin with `commands.py`.
"""
