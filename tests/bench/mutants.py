"""Change the product at random, one place at a time, and see whether a test notices: tests/bench/mutants.sh.

For each room a fork of this process runs the room's quick tests once, with those of other rooms that name a
file asked for. It learns which of them reach which line, and how long each takes. Then each change has a fork
of that fork, which gives the functions in memory their changed code, and runs the tests that reach the line,
the quickest first. What lies outside functions, or is called while modules are imported, is changed before
the import instead, in a fork of this process that runs all those tests.

Noticed is a change with which a test fails, a process dies, or a test takes ten times as long and 5 s.
What no test reaches is left. Only what runs in a test's own process counts as reached, so a change that only
a program meets which a test has started is left, too. Nothing is written into the tree.
"""

from __future__ import annotations

import argparse
import ast
import functools
import gc
import importlib
import os
import pickle
import random
import resource
import select
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # as tests/conftest.py wants it

import hypothesis
import pytest
from mutations import Change, changes

ROOT = Path.cwd()
MEMORY = 6 << 30
"""Bytes that a changed test may take."""
QUICK = ["-q", "-m", "not slow", "-p", "no:cacheprovider", "-o", "tmp_path_retention_policy=failed"]
LEFT = {"passes": "left", "unreached": "left, for no test reaches it"}
TOLD = {**LEFT, "hangs": "noticed by its time alone"}
Tick = Callable[[], object]
"""To be called after each step."""


class Found(NamedTuple):
    """What a room's fork finds out."""

    possible: dict[str, int]
    verdicts: dict[Change, str]
    """ "passes", "fails", "hangs" or "unreached"; "" for one that must be there before the import."""
    limits: dict[str, dict[str, float]]
    """File -> the seconds that each test may take, in the order in which they are run."""


class Tests:
    """The quick tests of a room, as a plugin of pytest that runs them in a loop of ours."""

    def __init__(self, files: Sequence[str], loop: Callable[[Tests], object]) -> None:
        self.files = {str(ROOT / file): file for file in files}
        self._loop = loop
        self.reached: dict[str, set[tuple[str, int]]] = defaultdict(set)
        """Test, fixture that tests share, or "" for imports -> file and line, within functions."""
        self._now = self.reached[""]

    def pytest_collection(self) -> None:
        # The same examples for each change, none kept, and no search for the smallest.
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile("changes", database=None, derandomize=True, phases=phases)
        hypothesis.settings.load_profile("changes")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._session = session
        self.items = {item.nodeid: item for item in session.items}
        self._loop(self)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        before = self._now
        if fixturedef.scope != "function":
            self._now = self.reached[request.fixturename]
        try:
            return (yield)
        finally:
            self._now = before

    def trace(self, frame: FrameType, event: str, argument: object) -> Any:
        file = self.files.get(frame.f_code.co_filename)
        if not file or not is_function(frame.f_code):
            return None
        self._now.add((file, frame.f_lineno))
        return self.trace

    def run(self, names: Sequence[str], tick: Tick = int) -> int:
        """Run these tests until one fails. Returns 1 then, else 0."""
        items = [self.items.get(name) for name in names]
        for item, following in zip(items, [*items[1:], None], strict=False):
            if item:
                self._now = self.reached[item.nodeid]
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                return 1
            tick()
        return 0

    @functools.cache  # noqa: B019
    def reach_of(self, name: str) -> set[tuple[str, int]]:
        """What a test reaches, itself or by its fixtures."""
        each = (name, *getattr(self.items[name], "fixturenames", ()))
        return set().union(*(self.reached.get(one, set()) for one in each))


class Instead(MetaPathFinder, SourceFileLoader):  # type: ignore[misc]
    """Finds one module before anybody else does, and loads it with its change."""

    def __init__(self, change: Change) -> None:
        super().__init__(change.file.removesuffix(".py").replace("/", "."), str(ROOT / change.file))
        self._code = compiled(change.file, change.code)

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        return self._code


def compiled(file: str, code: str) -> CodeType:
    return compile(code, str(ROOT / file), "exec", dont_inherit=True)


def is_function(code: CodeType) -> bool:
    return bool(code.co_flags & 1)  # CO_OPTIMIZED: neither a module nor a class's body


def codes(code: CodeType, inside: bool) -> Iterator[CodeType]:
    """Give each code in a module's, that one first; with the insides of functions or without functions."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType) and (inside or not is_function(inner)):
            yield from codes(inner, inside)


def exchange(file: str, after: CodeType) -> dict[CodeType, CodeType] | None:
    """Which code takes which one's place. None where more has changed than the insides of functions."""
    text = (ROOT / file).read_text()
    before, plain = compiled(file, text), compiled(file, ast.unparse(ast.parse(text)))

    def outline(module: CodeType) -> list[object]:
        without = [
            (
                each.co_code,
                each.co_names,
                [repr(one) for one in each.co_consts if not isinstance(one, CodeType)],
            )
            for each in codes(module, inside=False)
        ]
        return [without, [each.co_freevars for each in codes(module, inside=True)]]

    if outline(plain) != outline(after):  # not `before`: code depends on its lines, too
        return None
    return dict(zip(codes(before, inside=True), codes(after, inside=True), strict=True))


def in_fork(work: Callable[[Tick], int], limits: Sequence[float]) -> tuple[str, list[float]]:
    """Do work of many steps in a fork: whether it "passes", "fails" or "hangs", and the seconds of each step.

    limits: seconds after which a step counts as one that hangs.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            code = work(lambda: os.write(writing, b"."))
        finally:
            os._exit(code)
    os.close(writing)
    took: list[float] = []
    hangs = False
    for limit in [*limits, 60.0]:  # the last is for the end of the process
        began = time.monotonic()
        hangs = not select.select([reading], [], [], limit)[0]
        if hangs or not os.read(reading, 1):
            break
        took.append(time.monotonic() - began)
    os.close(reading)
    if hangs:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it has started
    return "hangs" if hangs else "fails" if status else "passes", took


def judge(tests: Tests, files: dict[str, set[int]], sample: int, seed: int, out: Any) -> Found | None:
    """Learn what each test reaches, and try the changes. None: a test fails without one."""
    names = list(tests.items)
    if tests.run(names):
        return None
    sys.settrace(None)
    threading.settrace(None)
    end, took = in_fork(lambda tick: tests.run(names, tick), [600.0] * len(names))
    if end != "passes":
        print(f"{names[len(took)]} {end} in a fork", file=out)
        return None
    print(f"{len(names)} tests, {sum(took):.0f} s", file=out, flush=True)
    seconds = dict(zip(names, took, strict=False))
    everything = gc.get_objects()
    functions = [each for each in everything if isinstance(each, FunctionType)]
    functions = [each for each in functions if each.__code__.co_filename in tests.files]
    caches = [each for each in everything if isinstance(each, functools._lru_cache_wrapper)]
    del everything
    gc.freeze()  # a fork that looks for garbage copies the memory in which it looks

    def swap(pairs: dict[CodeType, CodeType], chosen: list[str], tick: Tick) -> int:
        for each in functions:
            each.__code__ = pairs.get(each.__code__, each.__code__)
        for cache in caches:
            cache.cache_clear()
        return tests.run(chosen, tick)

    found = Found({}, {}, {})
    for file, lines in files.items():
        here = {name for name in names if any(of == file for of, _ in tests.reach_of(name))}
        order = sorted(names, key=lambda name: (name not in here, seconds[name]))
        limits = found.limits[file] = {name: 10 * seconds[name] + 5 for name in order}
        found.possible[file], some = changes(file, lines, sample, random.Random(f"{seed} {file}"))
        for change in some:
            pairs = exchange(file, compiled(file, change.code))
            reach = {(file, line) for line in change.lines}
            chosen = [name for name in order if reach & tests.reach_of(name)]
            verdict = "unreached"
            if pairs is None or reach & tests.reached[""]:
                verdict = ""
            elif chosen:
                work = functools.partial(swap, pairs, chosen)
                verdict, _ = in_fork(work, [limits[name] for name in chosen])
            found.verdicts[change] = verdict
            tell(change, verdict, out)
    return found


def judge_afresh(change: Change, paths: list[str], limits: dict[str, float]) -> str:
    """Try a change that is there before the import, with every test."""

    def work(tick: Tick) -> int:
        def loop(tests: Tests) -> None:
            tests.run([name for name in tests.items if name not in limits])  # named by what is changed
            tick()
            tests.run(list(limits), tick)

        log()
        sys.meta_path.insert(0, Instead(change))
        return int(pytest.main([*QUICK, *paths], [Tests([], loop)]))

    return in_fork(work, [120.0, *limits.values()])[0]


def log() -> Path:
    """Let this process write into a file, as all that it starts."""
    file, name = tempfile.mkstemp()
    os.dup2(file, 1), os.dup2(file, 2)
    return Path(name)


def tell(change: Change, verdict: str, out: Any = None) -> None:
    if verdict in TOLD:
        told = f"{change.file}:{change.lines[0]} {TOLD[verdict]}\n  - {change.was}\n  + {change.now}"
        print(told, file=out, flush=True)


def judge_room(room: str, files: dict[str, set[int]], sample: int, seed: int) -> Found:
    modules = [file.removesuffix(".py").replace("/", ".") for file in files]
    own = [str(path) for path in sorted(Path("tests", room).glob("test_*.py"))]
    every = [(str(path), path.read_text()) for path in sorted(Path("tests").glob("**/test_*.py"))]
    more = [path for path, text in every if path not in own and any(module in text for module in modules)]
    print(f"tests/{room} and", ", ".join(more) or "no others", "without the slow", end=": ", flush=True)
    result = Path(tempfile.mkstemp()[1])
    child = os.fork()
    if child == 0:
        out = os.fdopen(os.dup(1), "w")
        said = log()
        founds: list[Found | None] = []
        tests = Tests(list(files), lambda tests: founds.append(judge(tests, files, sample, seed, out)))
        threading.settrace(tests.trace)
        sys.settrace(tests.trace)
        pytest.main([*QUICK, *own, *more], [tests])
        if not founds or not founds[0]:
            print(f"red without a change\n{said.read_text()[-3000:]}", file=out, flush=True)
            os._exit(1)
        result.write_bytes(pickle.dumps(founds[0]))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(1)
    found: Found = pickle.loads(result.read_bytes())
    later = [change for change, verdict in found.verdicts.items() if not verdict]
    for file in {change.file for change in later[:1]}:
        unchanged = Change(file, range(1), "", "", (ROOT / file).read_text())
        if (end := judge_afresh(unchanged, own + more, found.limits[file])) != "passes":
            raise SystemExit(f"{file}, imported without a change: a test {end}")
    for change in later:
        found.verdicts[change] = judge_afresh(change, own + more, found.limits[change.file])
        tell(change, found.verdicts[change])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="FILE, or FILE:LINE for every change of that line")
    parser.add_argument("--sample", type=int, default=20, metavar="N", help="changes per file (20)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other changes (1)")
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    for name in ("numpy", "cv2", "pydantic", "mpd", "flask", "tomlkit", "soundfile", "cheroot.wsgi"):
        with suppress(ImportError):
            importlib.import_module(name)  # for the forks to have it
    rooms: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for each in asked.files:
        file, _, line = each.partition(":")
        rooms[Path(file).parts[1]][file].update({int(line)} if line else ())  # web/auth is in the room web
    rows = ["| file | changes possible | tried | noticed | left |", "| --- | --- | --- | --- | --- |"]
    with tempfile.TemporaryDirectory(prefix="m") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        for room, files in rooms.items():
            found = judge_room(room, files, asked.sample, asked.seed)
            for file, possible in found.possible.items():
                ends = [end for change, end in found.verdicts.items() if change.file == file]
                left = sum(end in LEFT for end in ends)
                hung = f" ({ends.count('hangs')} hung)" if "hangs" in ends else ""
                rows.append(f"| `{file}` | {possible} | {len(ends)} | {len(ends) - left}{hung} | {left} |")
    print("", *rows, sep="\n")


if __name__ == "__main__":
    main()
