"""Change the product at random, one place at a time, and see whether a test notices: tests/bench/mutants.sh.

The changes are cosmic-ray's; each is run in a fork of this process, which has imported what tests need, and
never touches the tree. What only changes an annotation is no change. A change that makes the tests fail, hang
or crash is noticed; the others are printed with their line, to be looked at by people.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import resource
import sys
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import hypothesis
import mpd
import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"player": ["-k", "not real"]}
"""Room -> which of its tests are left out: those with a real MPD."""
CPU_S = 120
"""Seconds of processor time after which a change counts as one that hangs."""


class Change(NamedTuple):
    """One place in a file, changed in one way."""

    file: str
    operator: str
    code: str
    line: int
    was: str
    now: str


class Changed(SourceFileLoader):
    """Loads one module with other code."""

    def __init__(self, name: str, path: str, code: str) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._code, self.path, "exec")


class Instead(MetaPathFinder):
    """Finds that module before anybody else does."""

    def __init__(self, change: Change) -> None:
        self._name = change.file.removesuffix(".py").replace("/", ".")
        self._path, self._code = str(ROOT / change.file), change.code

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        loader: Loader = Changed(name, self._path, self._code)
        return spec_from_file_location(name, self._path, loader=loader)


def changes(file: str) -> Iterator[Change]:
    """Give every change of the file that is one."""
    code = (ROOT / file).read_text()
    seen = {_meaning(code)}
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments():
            continue  # it wants to be told the name of a variable
        occurrence = 0
        while mutated := mutate_code(code, operator(), occurrence):
            occurrence += 1
            meaning = _meaning(mutated)
            if meaning and meaning not in seen:
                seen.add(meaning)
                yield Change(file, name.split("/")[-1], mutated, *_where(code, mutated))


def _meaning(code: str) -> str:
    """The code without its annotations; "" where it is no code."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


def _where(before: str, after: str) -> tuple[int, str, str]:
    lines = zip(before.splitlines(), after.splitlines(), strict=False)
    for number, (was, now) in enumerate(lines, 1):
        if was != now:
            return number, was.strip(), now.strip()
    return 0, "", "(shorter)"


def is_noticed(change: Change) -> bool:
    """Whether the tests fail with this change."""
    child = os.fork()
    if child == 0:
        os._exit(_test(change))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def _test(change: Change) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1), os.dup2(nowhere, 2)
    sys.meta_path.insert(0, Instead(change))
    sys.dont_write_bytecode = True
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not slow"]
    return int(pytest.main([*options, *tests_of(change.file)]))


def tests_of(file: str) -> list[str]:
    """Find what ought to notice a change: tests of the file's room, first those that import or name it."""
    path = Path(file)
    module, room = file.removesuffix(".py").replace("/", "."), path.parts[1]  # web/auth is in the room web

    def is_of_another(test: Path) -> bool:
        return module not in test.read_text() and path.stem not in test.stem

    tests = sorted((ROOT / "tests" / room).glob("test_*.py"), key=lambda test: (is_of_another(test), test))
    if not tests:
        raise SystemExit(f"{file}: there are no tests in tests/{room}")
    return [*map(str, tests), *QUICK.get(room, [])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="such as appliance/brain/mood.py")
    parser.add_argument("--sample", type=int, default=50, metavar="N", help="changes per file (50)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other changes (1)")
    asked = parser.parse_args()
    for file in asked.files:
        every = list(changes(file))
        some = random.Random(f"{asked.seed} {file}").sample(every, min(asked.sample, len(every)))
        survivors = []
        for change in some:
            if not is_noticed(change):
                survivors.append(change)
                print(
                    f"{file}:{change.line} {change.operator}\n  - {change.was}\n  + {change.now}", flush=True
                )
        noticed = len(some) - len(survivors)
        share = noticed / len(some)
        print(f"{file}: {noticed} of {len(some)} noticed ({share:.0%}), of {len(every)} possible", flush=True)


if __name__ == "__main__":
    assert hypothesis
    assert mpd  # both are imported for the forks to have them
    main()
