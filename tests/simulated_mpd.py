"""MPD for simulated time: the one double. It passes the same contract tests as the real one.

Songs play out by a clock that the test moves. `link` stands where `appliance.player.link.MpdLink` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpd

from appliance.player import Source
from appliance.player.link import Connected, Lost, Report, Stirred
from appliance.player.songs import Library
from appliance.protocol.messages import LibraryChanged, Placed, Song

UNKNOWN = 5
ABSENT = 50
SYNC = 55
NO_MIXER = 52


@dataclass
class Clock:
    """Monotonic seconds, moved by hand."""

    now: float = 1000.0


@dataclass
class Entry:
    id: int
    song: Song
    version: int = 1
    """Of the queue, when this entry was added or moved."""

    def tags(self, position: int) -> dict[str, str]:
        return {
            "file": self.song.uri,
            "title": self.song.title,
            "artist": self.song.artist,
            "album": self.song.album,
            "duration": f"{self.song.duration_s:.3f}",
            "pos": str(position),
            "id": str(self.id),
        }


@dataclass
class SimulatedMpd:
    """One MPD, and all that its clients share."""

    songs: Iterable[Song]
    clock: Clock = field(default_factory=Clock)
    undecodable: set[str] = field(default_factory=set)
    volume: int | None = 100
    empty: set[str] = field(default_factory=set)
    """Songs whose files hold no sound, whatever their duration says."""
    empty_s: float = 0.0
    """How long it takes to find that out."""
    settling_s: float = 0.0
    """How long its queue takes to know that it has come to its end: for so long that looks like a stop."""
    minds_seeking: bool = False
    """Whether it stops with an error where a song is to begin beyond its end."""

    is_slow: bool = False
    """Whether it answers the next `addid` too late, once it is done."""
    is_short: bool = False
    """Whether our memory runs out while the next status is read."""
    stands_still_s: float = 0.0
    """For how long our machine stands still before the next status is read; this MPD plays on elsewhere."""

    def __post_init__(self) -> None:
        self.links: list[SimulatedLink] = []
        self.is_up = True
        self.stickers: dict[tuple[str, str], str] | None = {}
        """None: it was set up without a sticker_file."""
        self.modes = dict.fromkeys(("repeat", "random", "single", "consume"), "0")
        self.hung_at: float | None = None
        """Since when its output takes no sound: it says that it plays, and nothing moves."""
        self.switched: list[str] = []
        """What was done to its outputs."""
        self._begin(())

    def _begin(self, queue: Iterable[Song]) -> None:
        self.began = self.clock.now
        self.version = self.next_id = 1
        self.state, self.error = "stop", ""
        self.current: int | None = None
        self.settled_at: float | None = None
        self.elapsed, self.elapsed_at = 0.0, self.clock.now
        self.queue: list[Entry] = []
        for song in queue:
            self.add(song, len(self.queue))

    # --- what the test does to it ------------------------------------------------------------------------

    def client(self) -> SimulatedClient:
        """Another user's connection."""
        return SimulatedClient(self)

    def link(
        self,
        address: str,
        port: int,
        password: str | None,
        sources: Mapping[str, Source],
        wake: Callable[[], None],
        placed: Callable[[], Mapping[str, Placed]] = dict,
    ) -> SimulatedLink:
        """Takes the place of `MpdLink`."""
        return SimulatedLink(self, Library(sources, placed), wake)

    def kill(self) -> None:
        self.is_up = False
        for link in self.links:
            link.report(Lost("no MPD at simulated"))

    def start(self, restored: Iterable[Song] = ()) -> None:
        """After `kill`: the queue is what its state file had, numbered anew; the volume is forgotten."""
        self.is_up, self.volume = True, 100
        self._begin(restored)
        self.version = 2  # also of an empty queue: it has written its state before
        self._touch(0, 1)
        for link in self.links:
            link.connect()

    # --- its own doing -----------------------------------------------------------------------------------

    def run(self) -> None:
        """Do what the time that has passed brings."""
        while self.state == "play" and (left := self._left_s()) < 1e-6:
            self._end_song(self.clock.now + left)
        if self.settled_at is not None and self.clock.now >= self.settled_at:
            self._go(None)

    def ends_at(self) -> float | None:
        """When the song that plays ends, or the queue knows that it has ended (monotonic)."""
        return self.clock.now + self._left_s() if self.state == "play" else self.settled_at

    def _left_s(self) -> float:
        assert self.current is not None
        song = self.queue[self.current].song
        duration_s = self.empty_s if song.uri in self.empty else song.duration_s
        return duration_s - self.elapsed - self._moved_s()

    def _next(self) -> int | None:
        assert self.current is not None
        if self.current + 1 < len(self.queue):
            return self.current + 1
        is_gone = self.modes["consume"] != "0" and self.current == 0
        return 0 if self.modes["repeat"] != "0" and not is_gone else None

    def _end_song(self, at: float) -> None:
        target = self._next()
        if target is not None and self._is_broken(target):
            self._fail(target)  # MPD decodes ahead: it stops on the old song
        elif target is None and self.settling_s:
            self.state, self.settled_at = "stop", at + self.settling_s
            self.stir("player")
        else:
            self._go(target, at)
            if target is not None and self.modes["single"] != "0":
                self.elapsed, self.state = 0.0, "pause"
                self.modes["single"] = "0" if self.modes["single"] == "oneshot" else "1"

    def _go(self, target: int | None, at: float | None = None, failures: int = 0) -> None:
        """Leave the current song, for another or, at the queue's end, for none.

        failures: how many songs have failed on the way to this one; once each has, MPD gives up.
        """
        self.settled_at = None
        if self.modes["consume"] != "0" and self.current not in (None, target):
            self.queue.pop(self.current)
            self._touch(self.current)
            target = target - 1 if target is not None and target > self.current else target
        self.current, self.state = target, "stop" if target is None else "play"
        self.elapsed, self.elapsed_at = 0.0, self.clock.now if at is None else at
        self.stir("player", "playlist")
        if target is not None and self._is_broken(target):
            self._fail(target)
            if self._next() is not None and failures < len(self.queue):
                self._go(self._next(), failures=failures + 1)

    def _is_broken(self, position: int) -> bool:
        return self.queue[position].song.uri in self.undecodable

    def _fail(self, position: int) -> None:
        self.error = f"Failed to decode {self.queue[position].song.uri}"
        self.state = "stop"
        self.stir("player")

    def stir(self, *subsystems: str) -> None:
        self.version += "playlist" in subsystems
        for link in self.links:
            link.report(Stirred(frozenset(subsystems)))

    def _touch(self, first: int, version: int | None = None) -> None:
        """Note that the entries from this one on were changed."""
        for entry in self.queue[first:]:
            entry.version = self.version if version is None else version

    def add(self, song: Song, position: int) -> int:
        self.queue.insert(position, Entry(self.next_id, song))
        self._touch(position)
        if self.current is not None and position <= self.current:
            self.current += 1
        self.next_id += 1
        self.stir("playlist")
        return self.next_id - 1

    def remove(self, position: int) -> None:
        playing = position == self.current and self.state == "play"
        successor = self._next() if position == self.current else None
        if position == self.current:
            self.current, self.state = None, "stop"
        elif self.current is not None and position < self.current:
            self.current -= 1
        self.queue.pop(position)
        self._touch(position)
        self.stir("playlist", "player")
        if playing and successor is not None:
            self._go(position)

    def play_from(self, position: int, seconds: float) -> None:
        if self.modes["consume"] != "0" and self.current == position:
            self.current = None
        self._go(position)
        self.elapsed = seconds
        if self.minds_seeking and seconds and self._left_s() < 0:
            self.error, self.state = "Decoder failed to seek", "stop"

    def hold(self, state: str) -> None:
        self.elapsed, self.elapsed_at = self.position(), self.clock.now
        self.state = state
        self.stir("player")

    def position(self) -> float:
        return self.elapsed + (self._moved_s() if self.state == "play" else 0.0)

    def _moved_s(self) -> float:
        now = self.clock.now if self.hung_at is None else max(self.hung_at, self.elapsed_at)
        return now - self.elapsed_at

    def let_go(self) -> None:
        """The output takes sound again."""
        self.elapsed, self.elapsed_at, self.hung_at = self.position(), self.clock.now, None


class SimulatedClient:
    """What the player and the tests use of `mpd.MPDClient`, in its words and with its errors."""

    def __init__(self, box: SimulatedMpd) -> None:
        self._box = box
        self._is_open = True

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name != "disconnect":
            box = self._box
            if not (box.is_up and self._is_open):
                raise mpd.ConnectionError("Connection lost while reading line")
            box.run()
        return object.__getattribute__(self, name)

    def disconnect(self) -> None:
        self._is_open = False

    def status(self) -> dict[str, str]:
        box = self._box
        if box.is_short:
            box.is_short = False
            raise MemoryError
        box.clock.now, box.stands_still_s = box.clock.now + box.stands_still_s, 0.0
        box.run()
        found = {"state": box.state, "playlist": str(box.version), "playlistlength": str(len(box.queue))}
        found |= box.modes
        if box.volume is not None:
            found["volume"] = str(box.volume)
        if box.error:
            found["error"] = box.error
        if box.current is None:
            return found
        found |= {"song": str(box.current), "songid": str(box.queue[box.current].id)}
        following = box._next()
        if following is not None:
            found["nextsongid"] = str(box.queue[following].id)
        if box.state != "stop":
            found["elapsed"] = f"{box.position():.3f}"
        return found

    def currentsong(self) -> dict[str, str]:
        box = self._box
        return {} if box.current is None else box.queue[box.current].tags(box.current)

    def stats(self) -> dict[str, str]:
        return {"uptime": str(int(self._box.clock.now - self._box.began))}

    def playlistinfo(self, part: tuple[int, int] = (0, 1 << 30)) -> list[dict[str, str]]:
        queue = [entry.tags(position) for position, entry in enumerate(self._box.queue)]
        return queue[part[0] : part[1]]

    def playlistid(self, song_id: int | str) -> list[dict[str, str]]:
        position = self._position("playlistid", song_id)
        return self.playlistinfo((position, position + 1))

    def playlistfind(self, tag: str, needle: str) -> list[dict[str, str]]:
        assert tag == "file", "the double finds by name only"
        return [entry for entry in self.playlistinfo() if entry["file"] == needle]

    def plchangesposid(self, version: int) -> list[dict[str, str]]:
        return [
            {"cpos": str(position), "id": str(entry.id)}
            for position, entry in enumerate(self._box.queue)
            if entry.version >= version
        ]

    def lines(self, command: str, *arguments: Any) -> list[str]:
        if command in ("tagtypes", "listplaylists"):
            return []
        if command == "sticker find":
            named = {
                uri: value
                for (uri, name), value in (self._box.stickers or {}).items()
                if name == arguments[2]
            }
            return [
                line
                for uri, value in named.items()
                for line in (f"file: {uri}", f"sticker: {arguments[2]}={value}")
            ]
        expression, keyword, window = arguments
        assert (command, expression, keyword) == ("find", "(base '')", "window"), "the double knows no other"
        songs = [Entry(0, song).tags(0) for song in self._box.songs][window[0] : window[1]]
        return [f"{name}: {value}" for tags in songs for name, value in tags.items()]

    def addid(self, uri: str, position: str = "") -> str:
        box = self._box
        song = next((song for song in box.songs if song.uri == uri), None)
        if song is None:
            raise refusal(ABSENT, "addid", "No such song")
        if position and box.current is None:
            raise refusal(SYNC, "addid", "No current song")
        at = len(box.queue) if box.current is None or not position else box.current + 1
        new = box.add(song, at)
        if box.is_slow:
            box.is_slow = False
            raise TimeoutError("timed out")
        return str(new)

    def playid(self, song_id: int | str) -> None:
        self._box.play_from(self._position("playid", song_id), 0.0)

    def seek(self, position: int, seconds: float) -> None:
        self._box.play_from(position, float(seconds))

    def seekid(self, song_id: int | str, seconds: float | str) -> None:
        was_paused = self._box.state == "pause"
        self._box.play_from(self._position("seekid", song_id), float(seconds))
        if was_paused and self._box.state == "play":
            self._box.hold("pause")

    def seekcur(self, seconds: float | str) -> None:
        box = self._box
        if box.current is None or box.state == "stop":
            raise refusal(SYNC, "seekcur", "Not playing")
        # Beyond its end the song ends now, and not as long ago as it would have.
        longest_s = box.queue[box.current].song.duration_s or float(seconds)
        box.elapsed, box.elapsed_at = min(float(seconds), longest_s), box.clock.now
        box.stir("player")

    def deleteid(self, song_id: int | str) -> None:
        self._box.remove(self._position("deleteid", song_id))

    def moveid(self, song_id: int | str, to: int) -> None:
        box = self._box
        playing = None if box.current is None else box.queue[box.current]
        at = self._position("moveid", song_id)
        box.queue.insert(to, box.queue.pop(at))
        for entry in box.queue[min(at, to) : max(at, to) + 1]:
            entry.version = box.version
        box.current = None if playing is None else box.queue.index(playing)
        box.stir("playlist")

    def clear(self) -> None:
        self._box.queue.clear()
        self._box.current, self._box.state = None, "stop"
        self._box.stir("playlist", "player")

    def play(self, position: int | None = None) -> None:
        box = self._box
        if position is None and box.state == "pause":
            box.hold("play")
        elif position is not None or (box.state == "stop" and box.queue):
            box.play_from(position if position is not None else box.current or 0, 0.0)

    def pause(self, flag: int) -> None:
        if self._box.state != "stop":
            self._box.hold("pause" if flag else "play")

    def stop(self) -> None:
        self._box.elapsed, self._box.state, self._box.settled_at = 0.0, "stop", None
        self._box.stir("player")

    def next(self) -> None:
        if self._box.state == "stop":
            raise refusal(SYNC, "next", "Not playing")
        self._box._go(self._box._next())

    def previous(self) -> None:
        box = self._box
        if box.state == "stop" or box.current is None:
            raise refusal(SYNC, "previous", "Not playing")
        box._go(max(0, box.current - 1))

    def setvol(self, percent: int) -> None:
        if self._box.volume is None:
            raise refusal(NO_MIXER, "setvol", "problems setting volume")
        self._box.volume = int(percent)
        self._box.stir("mixer")

    def sticker_set(self, kind: str, uri: str, name: str, value: str) -> None:
        assert kind == "song"
        if self._box.stickers is None:
            raise refusal(UNKNOWN, "", 'unknown command "sticker"')
        self._box.stickers[uri, name] = value
        self._box.stir("sticker")

    def sticker_delete(self, kind: str, uri: str, name: str) -> None:
        self.sticker_get(kind, uri, name)
        assert self._box.stickers is not None
        del self._box.stickers[uri, name]
        self._box.stir("sticker")

    def sticker_list(self, kind: str, uri: str) -> dict[str, str]:
        return {name: value for (of, name), value in (self._box.stickers or {}).items() if of == uri}

    def sticker_get(self, kind: str, uri: str, name: str) -> str:
        if self._box.stickers is None:
            raise refusal(UNKNOWN, "", 'unknown command "sticker"')
        if (uri, name) not in self._box.stickers:
            raise refusal(ABSENT, "sticker", "no such sticker")
        return self._box.stickers[uri, name]

    def outputs(self) -> list[dict[str, str]]:
        return [
            {"outputid": "0", "outputname": "dac", "plugin": "alsa", "outputenabled": "1"},
            {"outputid": "1", "outputname": "nothing", "plugin": "null", "outputenabled": "1"},
        ]

    def disableoutput(self, output: str) -> None:
        self._box.switched.append(f"{output} off")

    def enableoutput(self, output: str) -> None:
        self._box.switched.append(f"{output} on")

    def clearerror(self) -> None:
        self._box.error = ""

    def repeat(self, flag: int | str) -> None:
        self._set_mode("repeat", flag)

    def random(self, flag: int | str) -> None:
        self._set_mode("random", flag)

    def single(self, flag: int | str) -> None:
        self._set_mode("single", flag)

    def consume(self, flag: int | str) -> None:
        self._set_mode("consume", flag)

    def _set_mode(self, mode: str, flag: int | str) -> None:
        self._box.modes[mode] = str(flag)
        self._box.stir("options")

    def _position(self, command: str, song_id: int | str) -> int:
        for position, entry in enumerate(self._box.queue):
            if entry.id == int(song_id):
                return position
        raise refusal(ABSENT, command, "No such song")


class SimulatedLink:
    """Stands where `MpdLink` does: the same reports, without threads."""

    def __init__(self, box: SimulatedMpd, library: Library, wake: Callable[[], None]) -> None:
        self._box, self._library, self._wake = box, library, wake
        self._reports: list[Report] = []
        box.links.append(self)
        self.connect()

    @property
    def counts(self) -> Mapping[str, int]:
        return self._library.counts

    def connect(self) -> None:
        if not self._box.is_up:
            self.report(Lost("no MPD at simulated"))
            return
        self.report(Connected(self._box.client()))
        self.list_songs()

    @property
    def library(self) -> LibraryChanged | None:
        return self._library.last

    def place(self) -> None:
        self.report(self._library.again())

    def list_songs(self) -> None:
        """As after MPD has updated its database."""
        library: LibraryChanged = self._library.read(self._box.client())
        self.report(library)

    def report(self, report: Report) -> None:
        self._reports.append(report)
        self._wake()

    def take(self) -> list[Report]:
        if self._box.is_up:
            self._box.run()
        reports, self._reports = self._reports, []
        return reports

    def drop(self, client: Any) -> None:
        client.disconnect()
        self.connect()

    def close(self) -> None:
        if self in self._box.links:
            self._box.links.remove(self)


def refusal(code: int, command: str, reason: str) -> mpd.CommandError:
    return mpd.CommandError(f"[{code}@0] {{{command}}} {reason}")
