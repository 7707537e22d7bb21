"""Names that several modules of this integration share."""

DOMAIN = "moodbox"
NAME = "Home Assistant"
"""Of our token, on the box's page."""
PORT = 8080
MOODS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
AUTOMATIC, EVERYBODY = "automatic", "everybody"
