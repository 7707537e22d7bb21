"""The loop of the box and what it puts together. Begin with `service.py`.

`assembly` makes parts of settings, `page` the page of them, `outside` opens what people touch, `optional`
keeps those that may be missing. `entrance` lets in what any thread asks for, `shutter` closes the camera
ahead of the loop, `inbox` is what the loop takes from, `agenda` what it has still to do, `keeping` has the
memory written. `usable` tries settings, `coaching` speaks for the library coach, `tasting` to the keeper of
tastes, `boot_times` tells how long a start took.
"""
