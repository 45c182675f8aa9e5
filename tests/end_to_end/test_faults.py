"""What may go wrong around a run: it is killed, the disk is full, the tree is hostile."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed
from tests.codemod.sources import Choices, batch_source
from tests.end_to_end.processes import environment, run
from tests.samples import project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OLD = batch_source(Choices())
NEW = fixed(OLD).decode()
FIX = [sys.executable, "-m", "flake8_stateid", "fix", "--jobs", "1", "plugins"]
LINT = [sys.executable, "-m", "flake8_stateid", "lint", "plugins"]

# Runs the command and kills the process at one of the events in which it touches the project,
# the one whose number is given; the numbers of events start at 1.
KILLED_AT = """
import os, signal, sys
left = int(sys.argv.pop(1))
folder = os.path.join(os.getcwd(), "plugins")
def count(event, arguments):
    global left
    if any(isinstance(each, str) and folder in os.path.abspath(each) for each in arguments):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
from flake8_stateid.cli import main
sys.addaudithook(count)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path, {"plugins/bad.py": OLD})


def contents(folder: Path) -> dict[str, str]:
    """The text of each file, by name; what a killed run leaves beside them is hidden."""
    names = [name for name in os.listdir(folder) if not name.startswith(".")]
    return {name: (folder / name).read_text("utf-8") for name in names}


def start(command: Sequence[str], cwd: Path, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def run_with(before: Callable[[], None], command: Sequence[str], cwd: Path) -> tuple[int, str]:
    """The exit code and stderr of ``command``, after ``before`` in its process."""
    process = start(command, cwd, preexec_fn=before)
    _, err = process.communicate(timeout=120)
    return process.returncode, err.decode()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so")
def test_killed_at_any_step_the_file_is_old_or_new(root: Path) -> None:
    codes = []
    verdicts = set()
    for step in range(1, 60):
        (root / "plugins/bad.py").write_text(OLD, "utf-8")
        command = [sys.executable, "-c", KILLED_AT, str(step), *FIX[3:]]
        outcome = run(command, root)
        codes.append(outcome.code)
        text = contents(root / "plugins")["bad.py"]
        assert text in {OLD, NEW}, step
        verdicts.add((outcome.code, text == NEW))
        if outcome.code == 0:
            break
    # Killed before the file changed, and after; then a run with fewer steps than that.
    assert len(codes) > 4
    assert codes[-1] == 0
    assert verdicts >= {(-signal.SIGKILL, False), (0, True)}
    assert set(codes[:-1]) == {-signal.SIGKILL}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so")
def test_killed_at_random_every_file_is_old_or_new(tmp_path: Path) -> None:
    names = [f"bad{number}.py" for number in range(6)]
    random = Random(1)
    root = project(tmp_path, dict.fromkeys([f"plugins/{name}" for name in names], OLD))
    for _ in range(5):
        process = start(FIX, root)
        try:
            process.communicate(timeout=random.uniform(0.3, 1.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        found = contents(root / "plugins")
        assert sorted(found) == names
        assert set(found.values()) <= {OLD, NEW}
    # What a killed run leaves behind is in nobody's way.
    assert run(FIX, root).code == 0
    assert set(contents(root / "plugins").values()) == {NEW}
    assert run(LINT, root).code == 0


def test_two_runs_at_once(root: Path) -> None:
    both = [start(FIX, root), start(FIX, root)]
    errors = [process.communicate(timeout=120)[1].decode() for process in both]
    assert contents(root / "plugins") == {"bad.py": NEW}
    for process, error in zip(both, errors, strict=True):
        # The slower one may find its file changed meanwhile, and then says so.
        assert process.returncode in {0, 2}
        assert (process.returncode == 2) == ("was changed while it was fixed" in error), error
    assert 0 in {process.returncode for process in both}


def test_a_full_disk(root: Path) -> None:
    resource = pytest.importorskip("resource")
    large = "#" * 80 + "\n"
    (root / "plugins/large.py").write_text(large * 1000 + OLD, "utf-8")

    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
        # As where the disk is full, writing is to fail, not to kill.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    code, error = run_with(small_files_only, FIX, root)
    assert code == 2
    assert "error: plugins/large.py: cannot be written: File too large; see to that" in error
    assert contents(root / "plugins") == {"bad.py": NEW, "large.py": large * 1000 + OLD}
    assert sorted(os.listdir(root / "plugins")) == ["bad.py", "large.py"]


def _without_privileges() -> None:
    """Make root heed the permissions of files, as everybody else has to."""
    if os.geteuid() == 0:
        # Dropped from the bounding set, so gone with the next program (linux/prctl.h).
        drop, override, read_search = 24, 1, 2
        library = ctypes.CDLL(None)
        for capability in (override, read_search):
            if library.prctl(drop, capability, 0, 0, 0) != 0:
                os._exit(77)


@pytest.mark.skipif(sys.platform != "linux", reason="drops root's rights as Linux does it")
def test_a_folder_that_cannot_be_written(root: Path) -> None:
    plugins = root / "plugins"
    plugins.chmod(0o555)
    try:
        code, error = run_with(_without_privileges, FIX, root)
        if code == 77:
            pytest.skip("this container does not let root drop its rights")
        assert code == 2
        assert error == (
            "error: plugins/bad.py: cannot be written: Permission denied; "
            "allow writing to its folder\n"
        )
        assert contents(plugins) == {"bad.py": OLD}
    finally:
        plugins.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="drops root's rights as Linux does it")
@pytest.mark.parametrize("command", [FIX, LINT])
def test_a_file_and_a_folder_that_cannot_be_read(root: Path, command: list[str]) -> None:
    """They are named, and the others are done."""
    hidden = root / "plugins/hidden"
    hidden.mkdir()
    secret = root / "plugins/secret.py"
    secret.write_text(OLD, "utf-8")
    secret.chmod(0o000)
    hidden.chmod(0o000)
    try:
        code, error = run_with(_without_privileges, command, root)
        if code == 77:
            pytest.skip("this container does not let root drop its rights")
        assert code == 2
        assert "error: plugins/secret.py: cannot be read: Permission denied" in error
        assert "error: plugins/hidden: cannot be read: Permission denied" in error
        if command is FIX:
            assert (root / "plugins/bad.py").read_text("utf-8") == NEW
    finally:
        hidden.chmod(0o755)


def test_a_loop_of_folders(root: Path) -> None:
    try:
        os.symlink("..", root / "plugins/up", target_is_directory=True)
        os.symlink("self", root / "plugins/self")
    except OSError:
        pytest.skip("this system makes no links")
    outcome = run(LINT, root)
    assert outcome.out.count("SID001") == 1
    outcome = run(FIX, root)
    assert outcome.out.count("fixed") == 1
    assert (root / "plugins/bad.py").read_text("utf-8") == NEW


MARK = "open(__file__ + '.mark', 'w').close()\n"
# Names of modules that a run imports, or that something might import by itself.
HOSTILE = (
    "ast argparse re typing gc json codecs tokenize libcst flake8 flake8_stateid conftest "
    "sitecustomize usercustomize setup engine"
)


@pytest.mark.parametrize("command", ["lint", "fix"])
def test_nothing_of_the_tree_is_executed(tmp_path: Path, command: str) -> None:
    script = Path(sysconfig.get_path("scripts")) / "flake8-stateid"
    files: dict[str, str | bytes] = {f"{name}.py": MARK for name in HOSTILE.split()}
    files |= {f"plugins/{name}.py": OLD + MARK for name in HOSTILE.split()}
    files |= {"plugins/__init__.py": MARK, "plugins/client.py": MARK}
    imports = "from engine import Client\nfrom . import client\nfrom .client import *\n"
    files["plugins/bad.py"] = OLD + imports + MARK
    root = project(tmp_path, files)
    outcome = run([str(script), command, "."], root)
    assert outcome.code == (1 if command == "lint" else 0), outcome.err
    assert "plugins/bad.py" in outcome.out
    assert not list(root.rglob("*.mark"))
    assert not list(root.rglob("*.pyc"))


CONTROLS = "\x1b[2J\x07\r\u202e\u2028"
FORBIDDEN = set(CONTROLS) - set("[2J")


@pytest.mark.skipif(os.name != "posix", reason="such names need a POSIX file system")
@pytest.mark.parametrize("output", ["text", "github", "json", "sarif"])
def test_nothing_in_the_tree_controls_the_terminal_or_the_workflow(
    tmp_path: Path, output: str
) -> None:
    name = f"a{CONTROLS}\n::error::forged.py"
    code = f"row_state_id = f'{{ctx}}{CONTROLS.replace(chr(13), '')}'  # ::error::forged\n"
    broken = {"plugins/\n::warning::b.py": "state_id = (\n"}
    root = project(tmp_path, {f"plugins/{name}": code, **broken})
    files = [*LINT, "--output-format", output, "--show-source", "--show-flow", "--statistics"]
    outcome = run(files, root)
    assert outcome.code == 2
    assert "SID001" in outcome.out
    _assert_harmless(outcome.out, github=output == "github")
    _assert_harmless(outcome.err, github=False)


@pytest.mark.skipif(os.name != "posix", reason="such names need a POSIX file system")
@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_nothing_in_a_path_controls_the_terminal_when_it_is_fixed(
    tmp_path: Path, option: str
) -> None:
    name = f"a{CONTROLS}\n::error::forged.py"
    root = project(tmp_path, {f"plugins/{name}": OLD})
    outcome = run([*FIX, option], root)
    assert outcome.code == 1
    _assert_harmless(outcome.out, github=False)
    _assert_harmless(outcome.err, github=False)


def _assert_harmless(text: str, *, github: bool) -> None:
    for line in text.split("\n"):
        # GitHub's runner takes a command from the start of a line, after white space too.
        if not github:
            assert not line.lstrip().startswith("::"), line
        else:
            assert not line.startswith("::") or line.startswith(("::error file=", "::notice "))
        assert not set(line) & FORBIDDEN, ascii(line)
