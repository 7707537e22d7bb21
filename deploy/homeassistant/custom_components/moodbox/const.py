"""Names that several modules of this integration share."""

DOMAIN = "moodbox"
NAME = "Home Assistant"
"""Of our token, on the box's page."""
PORT = 8080
CONF_FINGERPRINT = "fingerprint"
"""SHA-256 of the certificate that the box has made itself, in hex; empty where it has none."""
MOODS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
AUTOMATIC, EVERYBODY = "automatic", "everybody"
