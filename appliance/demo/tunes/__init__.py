"""The demo's seven tunes: composed in `songbook`, performed by `score` and `synth`, written by `tunes`."""
