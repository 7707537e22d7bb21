"""The errors that Moodbox raises on purpose.

Each message says what is wrong, where, and what to do. The leaves are also the builtin that a caller
who knows nothing of Moodbox would expect.
"""

from __future__ import annotations


class MoodboxError(Exception):
    """The root of all errors of Moodbox: who catches it catches each of them."""


class ConfigError(MoodboxError, ValueError):
    """One or more settings are wrong; `problems` holds a line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PageMissing(ConfigError):
    """The page's packages are not installed."""

    def __init__(self, error: ImportError) -> None:
        super().__init__([f"page: {error}; install the extra `page`, or set page.enabled = false"])


class ModelError(MoodboxError, OSError):
    """A model file is missing, damaged or not ours."""


class CameraLost(MoodboxError, OSError):
    """The camera is absent, busy, gone or hung."""


class BadPicture(CameraLost):
    """One picture is broken; the device is open, and the next may be well."""


class RecordingEnded(MoodboxError, EOFError):
    """A recording that does not loop has shown its last frame."""


class EmptyCrop(MoodboxError, ValueError):
    """A face box lies outside its frame."""


class PlayerLost(MoodboxError, ConnectionError):
    """MPD does not answer."""


class PlayerRefused(MoodboxError, RuntimeError):
    """MPD answers, but will not do this."""


class CommandRejected(MoodboxError, ValueError):
    """A command from outside makes no sense; nothing was changed."""


class NotRunning(MoodboxError, ConnectionError):
    """No service answers on the control socket."""


class PanelLost(MoodboxError, OSError):
    """Buttons and lights cannot be reached: no GPIO, no right to it, or another program has the pin."""


class PageLost(MoodboxError, ConnectionError):
    """The page is served no more."""


class BrokerLost(MoodboxError, ConnectionError):
    """The MQTT broker does not answer, or will not have us."""


class UpdateFailed(MoodboxError, RuntimeError):
    """A release is not installed, or was taken back; the message says which runs now."""


class AnnouncementLost(MoodboxError, ConnectionError):
    """A sound that is to be announced cannot be had."""


class SongUnheard(MoodboxError, ValueError):
    """A song's sound cannot be read."""


class SongPassedOver(SongUnheard):
    """A file is sound, but by its length no song."""


class EarMissing(MoodboxError, OSError):
    """The programs that read songs are not there."""


class TasteUnable(MoodboxError, OSError):
    """The file of what people like cannot be read or written."""


class CoachUnable(MoodboxError, OSError):
    """The library coach cannot do its work, or what it knows cannot be read or written."""
