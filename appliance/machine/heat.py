"""How hot the processor is."""

from __future__ import annotations

from pathlib import Path


def soc_temperature(zones: Path = Path("/sys/class/thermal")) -> float | None:
    """Read the processor's temperature in degrees Celsius; None where the machine does not say."""
    for zone in sorted(zones.glob("thermal_zone*")):
        try:
            kind = (zone / "type").read_text(encoding="ascii").strip()
            if kind.startswith(("cpu", "soc", "x86_pkg", "bcm")):
                return int((zone / "temp").read_text(encoding="ascii")) / 1000
        except (OSError, ValueError):  # a zone may refuse to be read while its sensor is off
            continue
    return None
