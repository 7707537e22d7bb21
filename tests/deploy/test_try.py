"""What deploy/try.sh and tests/run.sh do on odd machines: pip, apt and Python are played here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TOOLS = ("bash", "cat", "cut", "cp", "env", "grep", "id", "mkdir", "sed", "sha256sum")
FAKE_PYTHON = """\
#!/bin/bash
echo "$*" >>calls
case "$*" in
    -V) echo "Python ${VERSION:-3.11.2}" ;;
    "-m venv"*)
        mkdir -p .venv/bin
        cp "$0" .venv/bin/python
        echo "#!$PWD/.venv/bin/python" >.venv/bin/pip
        ;;
    "-m pip install"*) echo "  Downloading numpy.whl (18.0 MB)" && exit "${PIP:-0}" ;;
    *picamera2*) exit 1 ;;
esac
"""


class Machine:
    """A checkout in a folder, with the tools that the scripts need and no more."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools = folder / "a checkout", folder / "bin"
        self.tools.mkdir()
        (self.root / "deploy").mkdir(parents=True)
        shutil.copy(DEPLOY / "environment.sh", self.root / "deploy")
        (self.root / "setup.cfg").write_text("[metadata]\n")
        (self.root / "pyproject.toml").write_text("")
        for tool in TOOLS:
            (self.tools / tool).symlink_to(shutil.which(tool) or f"/usr/bin/{tool}")
        self.put("played-python", FAKE_PYTHON)

    def put(self, tool: str, script: str) -> None:
        (self.tools / tool).unlink(missing_ok=True)
        (self.tools / tool).write_text(script)
        (self.tools / tool).chmod(0o755)

    def run(self, *lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
        script = "\n".join(("set -euo pipefail", "source deploy/environment.sh", *lines))
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.root,
            env={"PATH": str(self.tools), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def make_venv(self, extras: str = "demo", **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("find_python() { echo played-python; }", f"need_venv {extras}", **environment)

    def calls(self) -> list[str]:
        """What Python was asked to do since the last time, its version left aside."""
        path = self.root / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line for line in lines if "install" in line or "venv" in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


# --- packages --------------------------------------------------------------------------------------------


def test_without_root_and_sudo_it_says_what_to_install(machine: Machine) -> None:
    machine.put("apt-get", "#!/bin/bash\n")
    machine.put("dpkg-query", "#!/bin/bash\nexit 1\n")
    machine.put("id", "#!/bin/bash\necho 1000\n")
    ran = machine.run("need_packages mpd")
    assert (ran.returncode, "run 'apt-get install mpd' as root first" in ran.stderr) == (1, True)


def test_sudo_is_used_only_where_a_package_is_missing(machine: Machine) -> None:
    machine.put("apt-get", "#!/bin/bash\n")
    machine.put("id", "#!/bin/bash\necho 1000\n")
    machine.put("sudo", "#!/bin/bash\necho sudo >>calls\n")
    machine.put("dpkg-query", "#!/bin/bash\necho install ok installed\n")
    assert machine.run("need_packages mpd").returncode == 0
    assert not (machine.root / "calls").exists()
    machine.put("dpkg-query", "#!/bin/bash\nexit 1\n")
    assert machine.run("need_packages mpd").returncode == 0
    assert (machine.root / "calls").exists()


def test_without_apt_it_goes_on_with_what_is_there(machine: Machine) -> None:
    ran = machine.run("need_packages mpd")
    assert (ran.returncode, "no apt here" in ran.stderr) == (0, True)


@pytest.mark.parametrize(("fails", "status"), [("update", 0), ("install", 1)])
def test_only_a_package_that_cannot_be_installed_stops_it(machine: Machine, fails: str, status: int) -> None:
    machine.put("dpkg-query", "#!/bin/bash\nexit 1\n")
    machine.put("id", "#!/bin/bash\necho 0\n")
    machine.put("apt-get", f"#!/bin/bash\n[[ $1 != {fails} ]]\n")
    ran = machine.run("need_packages mpd")
    assert ran.returncode == status
    assert ("apt could not install mpd" in ran.stderr) is bool(status)


def test_a_python_that_is_too_old_is_named_with_the_remedy(machine: Machine) -> None:
    machine.put("python3", "#!/bin/bash\nexit 1\n")
    ran = machine.run("/usr/bin/python3() { return 1; }", "find_python")
    assert (ran.returncode, "no Python 3.11 or newer" in ran.stderr) == (1, True)


# --- the environment -------------------------------------------------------------------------------------


def test_the_first_run_installs_and_says_how_far_it_has_come(machine: Machine) -> None:
    ran = machine.make_venv()
    assert ran.returncode == 0, ran.stderr
    assert "Downloading numpy.whl (18.0 MB)" in ran.stderr
    assert ran.stdout == ""
    assert len(machine.calls()) == 2


def test_a_second_run_needs_no_network(machine: Machine) -> None:
    machine.make_venv()
    machine.calls()
    assert machine.make_venv(PIP="1").returncode == 0
    assert machine.calls() == []


def test_the_environment_of_the_tests_serves_the_demo_too(machine: Machine) -> None:
    machine.make_venv("demo,page,test")
    machine.calls()
    machine.make_venv("demo,page")
    assert machine.calls() == []
    machine.make_venv("demo,page,train")
    assert len(machine.calls()) == 1


def test_other_requirements_are_installed(machine: Machine) -> None:
    machine.make_venv()
    machine.calls()
    (machine.root / "setup.cfg").write_text("[metadata]\nname = other\n")
    machine.make_venv()
    assert machine.calls() == ["-m pip install --disable-pip-version-check --editable .[demo]"]


def test_without_a_network_it_says_so_and_tries_again_the_next_time(machine: Machine) -> None:
    ran = machine.make_venv(PIP="1")
    assert (ran.returncode, "is there a network?" in ran.stderr) == (1, True)
    machine.calls()
    assert machine.make_venv().returncode == 0
    assert len(machine.calls()) == 1


def test_an_environment_that_was_cut_short_is_made_anew(machine: Machine) -> None:
    half = machine.root / ".venv" / "bin" / "python"
    half.parent.mkdir(parents=True)
    half.write_text("#!/bin/bash\nexit 1\n")
    half.chmod(0o755)
    assert machine.make_venv().returncode == 0
    assert machine.calls()[0].startswith("-m venv")


def test_a_checkout_that_was_moved_gets_an_environment_of_its_own(machine: Machine) -> None:
    machine.make_venv()
    machine.calls()
    machine.root = machine.root.rename(machine.root.with_name("elsewhere"))
    assert machine.make_venv().returncode == 0
    assert machine.calls()[0].startswith("-m venv")


def test_a_python_that_was_upgraded_is_noticed(machine: Machine) -> None:
    machine.make_venv()
    machine.calls()
    assert machine.make_venv(VERSION="3.13.5").returncode == 0
    assert len(machine.calls()) == 1
