"""The machine under the box. No file leads: each is one matter. Imports nothing of third parties.

`machine` (an installed box, or a folder), `clock`, `limits` (handles, threads, memory), `memory` (no core
dump holds a frame), `systemd`, `mpd_config` (MPD's configuration, made at boot), `terminal`.
All of it is public.
"""
