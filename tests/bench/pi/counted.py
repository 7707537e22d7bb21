"""Turn what count.c said into millions for each kind of work: `counted.py OUTPUT`. Marks come in pairs."""

import re
import sys
from pathlib import Path
from statistics import median


def main(output: Path) -> None:
    before: list[tuple[int, ...]] = []
    print("| work | instructions, millions | MB loaded | MB stored |\n| --- | --- | --- | --- |")
    for line in output.read_text(encoding="utf-8").splitlines():
        if line.startswith("COUNT"):
            before.append(tuple(map(int, line.split()[1:])))
        elif re.fullmatch(r"\w+_ms", line):
            pairs = zip(before[::2], before[1::2], strict=True)
            taken = [[after - begun for begun, after in zip(*pair, strict=True)] for pair in pairs]
            medians = [f"{median(column) / 1e6:.1f}" for column in zip(*taken, strict=True)]
            print(f"| {line} | {' | '.join(medians)} |")
            before = []


if __name__ == "__main__":
    main(Path(sys.argv[1]))
