"""The box as a media player."""

from __future__ import annotations

from typing import Any

from homeassistant.components import media_source
from homeassistant.components.media_player import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_ENQUEUE,
    ATTR_MEDIA_EXTRA,
    BrowseMedia,
    MediaPlayerDeviceClass,
    MediaPlayerEnqueue,
    MediaPlayerEntity,
    MediaPlayerState,
    MediaType,
    SearchMedia,
    SearchMediaQuery,
    async_process_play_media_url,
)
from homeassistant.components.media_player import MediaPlayerEntityFeature as Can
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from . import browse
from .client import BoxError
from .const import AUTOMATIC, DOMAIN, EVERYBODY, MOODS
from .coordinator import BoxEntry, Coordinator

PARALLEL_UPDATES = 0
STATES = {"music": MediaPlayerState.PLAYING, "paused": MediaPlayerState.PAUSED}
ALWAYS = (
    (Can.PLAY | Can.PAUSE | Can.STOP | Can.NEXT_TRACK | Can.PREVIOUS_TRACK | Can.SEEK)
    | (Can.TURN_ON | Can.TURN_OFF | Can.SELECT_SOURCE)
    | (Can.PLAY_MEDIA | Can.BROWSE_MEDIA | Can.SEARCH_MEDIA | Can.MEDIA_ENQUEUE | Can.MEDIA_ANNOUNCE)
)
WITH_A_MIXER = Can.VOLUME_SET | Can.VOLUME_STEP | Can.VOLUME_MUTE


async def async_setup_entry(
    hass: HomeAssistant, entry: BoxEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the box."""
    async_add_entities([Player(entry.runtime_data)])


class Player(CoordinatorEntity[Coordinator], MediaPlayerEntity):
    """The box as a media player: the song that plays, and all that can be asked of it."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_translation_key = "box"
    _attr_device_class = MediaPlayerDeviceClass.SPEAKER
    _attr_media_content_type = MediaType.MUSIC
    _attr_volume_step = 0.05

    def __init__(self, coordinator: Coordinator) -> None:
        super().__init__(coordinator)
        self._attr_unique_id = coordinator.about["id"]
        self._attr_device_info = coordinator.device
        self._turned_off = False
        """Whether somebody turned it off here: the box itself knows one silence only."""
        self._show()

    @callback
    def _handle_coordinator_update(self) -> None:
        self._show()
        super()._handle_coordinator_update()

    def _show(self) -> None:
        """Show what the box has told."""
        box = self.coordinator.data
        song = box["song"] or dict.fromkeys(("uri", "title", "artist", "album"))
        self._turned_off = self._turned_off and box["playing"] == "stopped"
        silent = MediaPlayerState.OFF if self._turned_off else MediaPlayerState.IDLE
        self._attr_state = STATES.get(box["playing"], silent)
        self._attr_media_content_id = song["uri"]
        self._attr_media_title = song["title"]
        self._attr_media_artist = song["artist"] or None
        self._attr_media_album_name = song["album"] or None
        self._attr_media_image_hash = song["uri"]
        self._attr_media_duration = box["duration_s"]
        self._attr_media_position = box["elapsed_s"] if box["song"] else None
        self._attr_media_position_updated_at = self.coordinator.heard_at if box["song"] else None
        self._attr_volume_level = None if box["volume"] is None else box["volume"] / 100
        self._attr_is_volume_muted = box["muted"]
        self._attr_supported_features = ALWAYS if box["volume"] is None else ALWAYS | WITH_A_MIXER
        self._attr_source_list = [AUTOMATIC, *MOODS, *self._persons, *self._playlists]
        person = box["person"] if box["person"] in self._persons else AUTOMATIC
        self._attr_source = box["by_hand"] or box.get("playlist") or person
        self._attr_extra_state_attributes = {"mood": box["song_mood"], "why": box["why"]}

    @property
    def _persons(self) -> list[str]:
        """Who can be said to listen, beside everybody. One named as a mood is chosen on the box's page."""
        taken = (EVERYBODY, AUTOMATIC, *MOODS)
        return [person for person in self.coordinator.data["persons"] if person not in taken]

    @property
    def _playlists(self) -> list[str]:
        """The playlists that MPD keeps. One named as another source is chosen by browsing."""
        taken = (EVERYBODY, AUTOMATIC, *MOODS, *self._persons)
        return [name for name in self.coordinator.data.get("playlists", ()) if name not in taken]

    async def async_media_play(self) -> None:
        await self.coordinator.ask("play")

    async def async_media_pause(self) -> None:
        await self.coordinator.ask("pause")

    async def async_media_stop(self) -> None:
        await self.coordinator.ask("stop")

    async def async_turn_on(self) -> None:
        await self.coordinator.ask("play")

    async def async_turn_off(self) -> None:
        await self.coordinator.ask("stop")
        self._turned_off = True
        self._show()
        self.async_write_ha_state()

    async def async_media_next_track(self) -> None:
        await self.coordinator.ask("skip")

    async def async_media_previous_track(self) -> None:
        await self.coordinator.ask("previous")

    async def async_media_seek(self, position: float) -> None:
        await self.coordinator.ask("seek", seconds=position)

    async def async_set_volume_level(self, volume: float) -> None:
        await self.coordinator.ask("volume", percent=round(volume * 100))

    async def async_mute_volume(self, mute: bool) -> None:
        await self.coordinator.ask("mute", on=mute)

    async def async_select_source(self, source: str) -> None:
        """Choose a mood by hand, a playlist or who listens.

        Automatic follows the camera again, then for everybody.
        """
        by_hand = self.coordinator.data["by_hand"] or self.coordinator.data.get("playlist")
        if source in MOODS:
            await self.coordinator.ask("mood", mood=source)
        elif source in self._playlists:
            await self.coordinator.ask("playlist", playlist=source)
        elif source in self._persons or (source == AUTOMATIC and not by_hand):
            await self.coordinator.ask("person", person=EVERYBODY if source == AUTOMATIC else source)
        elif source != AUTOMATIC:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_source",
                translation_placeholders={"source": source},
            )
        if by_hand and source not in (*MOODS, *self._playlists):
            await self.coordinator.ask("auto")

    async def async_play_media(self, media_type: MediaType | str, media_id: str, **kwargs: Any) -> None:
        """Play a song, a mood or a playlist of the box's library, or announce an address of the house."""
        if kwargs.get(ATTR_MEDIA_ANNOUNCE):
            await self._announce(media_id, kwargs.get(ATTR_MEDIA_EXTRA) or {})
        elif media_type == browse.MOOD:
            await self.coordinator.ask("mood", mood=media_id)
        elif media_type == browse.PLAYLIST:
            await self.coordinator.ask("playlist", playlist=media_id)
        elif "://" in media_id:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="only_announced")
        else:
            await self._play(media_id, kwargs.get(ATTR_MEDIA_ENQUEUE))

    async def _play(self, song: str, enqueue: MediaPlayerEnqueue | None) -> None:
        waiting = [each["uri"] for each in self.coordinator.data["up_next"]]
        if enqueue == MediaPlayerEnqueue.NEXT:
            await self.coordinator.ask("up-next", songs=[song, *waiting], was=waiting)
        elif enqueue == MediaPlayerEnqueue.ADD:
            await self.coordinator.ask("up-next", songs=[*waiting, song], was=waiting)
        else:
            await self.coordinator.ask("play-song", song=song)

    async def _announce(self, sound: str, extra: dict[str, Any]) -> None:
        if media_source.is_media_source_id(sound):
            sound = (await media_source.async_resolve_media(self.hass, sound, self.entity_id)).url
        if sound.startswith(("/", "http://", "https://")):
            sound = async_process_play_media_url(self.hass, sound)
        volume = {"volume": extra["volume"]} if "volume" in extra else {}
        await self.coordinator.announce(sound, **volume)

    async def async_browse_media(
        self, media_content_type: MediaType | str | None = None, media_content_id: str | None = None
    ) -> BrowseMedia:
        """Show the moods, the playlists and the folders of the box's library."""
        words, playlists = await browse.words(self.hass), self.coordinator.data.get("playlists", [])
        place = media_content_type, media_content_id
        return await browse.show(self.coordinator.client, words, playlists, place, self._picture)

    async def async_search_media(self, query: SearchMediaQuery) -> SearchMedia:
        """Find songs by words of title, artist, album or name."""
        return SearchMedia(
            result=await browse.search(self.coordinator.client, query.search_query, self._picture)
        )

    def _picture(self, song: str) -> str:
        return self.get_browse_image_url(MediaType.TRACK, song)

    async def async_get_media_image(self) -> tuple[bytes | None, str | None]:
        return await self._cover(self._attr_media_content_id)

    async def async_get_browse_image(
        self, media_content_type: str, media_content_id: str, media_image_id: str | None = None
    ) -> tuple[bytes | None, str | None]:
        return await self._cover(media_content_id)

    async def _cover(self, song: str | None) -> tuple[bytes | None, str | None]:
        """Fetch a song's cover. The box shows it to whoever has a token, and a browser has none."""
        if not song:
            return None, None
        try:
            return await self.coordinator.client.cover(song)
        except BoxError:
            return None, None
