"""``python benchmarks/run.py``: the whole comparison, as a table and a plot.

Installs the peers and a corpus of large packages into ``--tools`` (once), measures them in turn,
and says for each goal whether it was met. ``--full`` takes the large corpus. Each figure is the
median of the runs; ratios are medians of the ratios of paired runs, of CPU time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import plot, quality
from benchmarks.in_package import by_themselves, plugin_files
from benchmarks.measuring import Command, Measured, interleaved
from benchmarks.tools import RULES, Tools, installed

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).resolve().parent
EVERY_PATH = ("--stateid-plugin-paths=*", "--stateid-exclude-paths=")
FIXTURES = HERE.parent / "fixtures" / "lint" / "plugins"


PARTS = ("findings", "one_file", "packages", "shares", "growth", "named", "corpus")


class Goal(NamedTuple):
    """A goal, what was measured, and whether the one meets the other."""

    text: str
    measured: str
    met: bool


class Bench:
    """One run of everything."""

    def __init__(self, tools: Tools, options: argparse.Namespace, scratch: Path) -> None:
        """Prepare; ``scratch`` is a folder for copies."""
        self.tools = tools
        self.options = options
        self.scratch = scratch
        self.goals: list[Goal] = []
        self.lines: list[str] = []
        self.plotted: dict[str, Measured] = {}

    # --- parts --------------------------------------------------------------------------------

    def one_file(self) -> None:
        """``lint`` of one plugin file beside an empty Python and flake8."""
        file = self.scratch / "one" / "plugins" / "batch.py"
        file.parent.mkdir(parents=True)
        (self.scratch / "one" / "pyproject.toml").touch()
        text = (FIXTURES / "batch_path.py").read_text("utf-8")
        file.write_text(text, "utf-8")
        lines = text.count("\n")
        commands = [
            Command("python -c pass", (self.tools.program("ours", "python"), "-c", "pass"),
                    file.parent),
            self._lint("lint", file.parent, "batch.py"),
            self._flake8("flake8", "flake8", file.parent, "batch.py"),
            self._flake8("ours", "flake8 with flake8-stateid", file.parent, "batch.py"),
            self._flake8("bugbear", "flake8 with bugbear", file.parent, "batch.py"),
            *self._ruff(file.parent, "batch.py"),
        ]  # fmt: skip
        found = interleaved(commands, 15 if self.options.full else 7, 60)
        self._table(f"One plugin file of {lines} lines", found, "python -c pass", unit="ms")
        to_nothing = found["lint"].ratio(found["python -c pass"])
        self._goal("`lint` of one file: at most 4 times `python -c pass`", to_nothing, 4)
        to_flake8 = found["lint"].ratio(found["flake8"])
        self._goal("`lint` of one file: at most a third of bare flake8", to_flake8, 1 / 3)

    def packages(self) -> None:
        """What it costs to follow ids into other modules, of the repository's plugin code."""
        if not self.options.repository:
            return
        root = self.options.repository.absolute()
        files = plugin_files(root / "src")
        alone = by_themselves(files, self.scratch / "alone")
        asked = [(str(path.relative_to(root)), [path], alone[path]) for path in files]
        asked.append((f"all {len(files)}, one process", files, self.scratch / "alone"))
        rows: list[tuple[object, ...]] = []
        over, ratio, most = 0, 0.0, 2
        for name, paths, copied in asked:
            words = [str(path) for path in paths]
            commands = [
                self._lint("in its package", self.scratch, "--jobs=1", *words),
                self._lint("alone", self.scratch, "--jobs=1", str(copied)),
                self._flake8("flake8", "flake8", self.scratch, *words),
            ]
            found = interleaved(commands, 7 if self.options.full else 3, self.options.seconds / 10)
            within, by_itself = found["in its package"], found["alone"]
            ratio = within.ratio(by_itself)
            over += ratio > most and paths is not files
            rows.append((name, f"{by_itself.cpu * 1000:.0f} ms", f"{within.cpu * 1000:.0f} ms",
                         f"{ratio:.2f}", f"{within.ratio(found['flake8']):.2f}"))  # fmt: skip
        self._rows(
            "Plugin files that mention a state id, in their package and each by itself",
            ("file", "alone, CPU", "in its package", "to alone", "to flake8"),
            rows,
        )
        text = "`lint` of a plugin file in its package: at most twice what it takes alone"
        self.goals.append(Goal(text, f"{len(files) - over} of {len(files)} files", not over))
        self._goal("`lint` of all of them: at most 1.5 times what they take alone", ratio, 1.5)

    def shares(self) -> None:
        """The plugin inside flake8."""
        ordinary = self._sample(300)
        folders = [("ordinary packages", ordinary, 0.01), ("the lint fixtures", FIXTURES, None)]
        if self.options.repository:
            folders.append(("the repository", self.options.repository / "src", 0.05))
        rows = []
        for name, folder, goal in folders:
            share, total = self._share(folder)
            rows.append((name, _count(folder), f"{total:.1f} s", f"{share:.2%}"))
            if goal is not None:
                text = f"the plugin in flake8, {name}, every path plugin code: under {goal:.0%}"
                self.goals.append(Goal(text, f"{share:.2%}", share < goal))
        self._rows(
            "The plugin inside flake8 (every path plugin code)",
            ("files", "number", "flake8, CPU", "share of the plugin"),
            rows,
        )

    def corpus(self) -> None:
        """Whole trees, by what can take them whole."""
        folder = self.tools.corpus
        commands = [
            self._lint("lint, every path plugin code", folder, *EVERY_PATH, "."),
            self._lint("lint, one process", folder, "-j1", *EVERY_PATH, "."),
            self._lint("lint, default scope", folder, "."),
            self._lint("fix --check", folder, "--check", *EVERY_PATH, ".", command="fix"),
            Command("read all, parse those with a name",
                    (self.tools.program("ours", "python"), str(HERE / "parse_named.py"), "."),
                    folder),
            *self._ruff(folder, "."),
            *self._ast_grep(folder),
        ]  # fmt: skip
        found = interleaved(commands, 3, self.options.seconds)
        title = f"The corpus: {_count(folder):,} files, {_size(folder):,.0f} MB"
        self._table(title, found, "lint, one process")
        self.plotted = found
        ours = found["lint, one process"]
        every = found["lint, every path plugin code"]
        if "ruff S608" in found:
            self._goal("`lint` of the corpus: at most half of ruff's CPU time",
                       every.ratio(found["ruff S608"]), 0.5)  # fmt: skip
        if "ast-grep" in found:
            self._goal("`lint` of the corpus: at most a twentieth of ast-grep's CPU time",
                       every.ratio(found["ast-grep"]), 0.05)  # fmt: skip
        least = found["read all, parse those with a name"]
        self._goal("`lint` of the corpus: at most 3 times reading and parsing",
                   ours.ratio(least), 3)  # fmt: skip

    def named(self) -> None:
        """Files that hold a name: the slow peers, and what rewriting costs."""
        folder = self._named()
        commands = [
            self._lint("lint, every path plugin code", folder, "-j1", *EVERY_PATH, "."),
            self._lint("fix --check", folder, "-j1", "--check", *EVERY_PATH, ".", command="fix"),
            Command("read all, parse those with a name",
                    (self.tools.program("ours", "python"), str(HERE / "parse_named.py"), "."),
                    folder),
            Command("libcst.tool codemod",
                    (self.tools.program("ours", "python"), "-m", "libcst.tool", "codemod", "-x",
                     "--no-format", "-j1", "libcst_transformer.LookAtStrings", "."),
                    folder, (("PYTHONPATH", str(RULES)),)),
            *self._ruff(folder, "."),
            *self._ast_grep(folder),
            *self._semgrep(folder),
            *self._fixit(folder),
        ]  # fmt: skip
        found = interleaved(commands, 3, self.options.seconds / 2)
        title = f"Files that hold a name: {_count(folder)} files, {_size(folder):.1f} MB"
        self._table(title, found, "lint, every path plugin code")
        self._goal("`fix`: at most a tenth of a plain LibCST codemod over the files with a name",
                   found["fix --check"].ratio(found["libcst.tool codemod"]), 0.1)  # fmt: skip

    def growth(self) -> None:
        """Time against length, and memory against number."""
        words = [self.tools.program("ours", "python"), str(HERE / "growth.py")]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=self.scratch)
        rows: list[tuple[object, ...]] = []
        last: dict[str, float] = {}
        worst = 0.0
        for line in done.stdout.splitlines():
            name, size, lines, parsing, analysing, found = json.loads(line)
            factor = analysing / last[name] if name in last else 0.0
            worst = max(worst, factor)
            last[name] = analysing
            rows.append(
                (
                    name,
                    size,
                    f"{lines:,}",
                    f"{parsing * 1e3:.1f} ms",
                    f"{analysing * 1e3:.1f} ms",
                    f"{factor:.2f}" if factor else "",
                    found,
                )
            )
        header = ("shape", "size", "lines", "ast.parse", "analysis", "growth", "findings")
        self._rows("Growth (each size twice the one before)", header, rows)
        self._goal("time grows linearly: at most 2.6 times for twice the length", worst, 2.6)
        peaks = []
        few = self._sample(2000)
        # One file that is analysed is there: else nothing would load what analyses.
        shutil.copyfile(FIXTURES / "batch_path.py", few / "batch.py")
        for times in (1, 2, 4):
            # The same files again and again: no larger one among them, which would take more.
            folder = self.scratch / f"copies{times}"
            for copy in range(times):
                shutil.copytree(few, folder / str(copy))
            command = self._lint(str(times), folder, "-j1", *EVERY_PATH, ".")
            peak = interleaved([command], 2, 30)[str(times)].peak
            peaks.append((_count(folder), peak))
        self._rows("Memory of `lint`, one process", ("files", "peak"),
                   [(number, f"{peak:.1f} MiB") for number, peak in peaks])  # fmt: skip
        grown = peaks[-1][1] / peaks[0][1]
        self._goal("memory is flat: at most 1.15 times for four times the files", grown, 1.15)

    def findings(self) -> None:
        """What each tool finds."""
        found = quality.compared(self.tools)
        self._rows(
            "What they find: the labelled cases of this project's own fixtures",
            ("tool", "harmful: found", "harmful: missed", "harmless: reported"),
            [(q.tool, q.found, q.missed, f"{q.false} of {q.harmless}") for q in found],
        )

    # --- commands -----------------------------------------------------------------------------

    def _lint(self, name: str, folder: Path, *words: str, command: str = "lint") -> Command:
        program = self.tools.program("ours", "flake8-stateid")
        return Command(name, (program, command, *words), folder)

    def _flake8(self, tool: str, name: str, folder: Path, *words: str) -> Command:
        return Command(name, (self.tools.program(tool, "flake8"), "--isolated", "-j1", *words),
                       folder)  # fmt: skip

    def _ruff(self, folder: Path, path: str) -> list[Command]:
        if not self.tools.has("ruff"):
            return []
        words = ("check", "--isolated", "--no-cache", "-q", "--select", "S608", path)
        return [Command("ruff S608", (self.tools.program("ruff", "ruff"), *words), folder)]

    def _ast_grep(self, folder: Path) -> list[Command]:
        if not self.tools.has("ast-grep"):
            return []
        words = ("scan", "-r", str(RULES / "ast-grep.yml"), "--no-ignore", "vcs", ".")
        program = self.tools.program("ast-grep", "ast-grep")
        return [Command("ast-grep", (program, *words), folder)]

    def _semgrep(self, folder: Path) -> list[Command]:
        if not self.tools.has("semgrep"):
            return []
        words = ("scan", "--metrics", "off", "--disable-version-check", "-q", "--no-git-ignore")
        program = self.tools.program("semgrep", "semgrep")
        return [
            Command(f"semgrep, {kind}",
                    (program, *words, "--config", str(RULES / f"semgrep-{kind}.yml"), "."), folder)
            for kind in ("search", "taint")
        ]  # fmt: skip

    def _fixit(self, folder: Path) -> list[Command]:
        if not self.tools.has("fixit"):
            return []
        words = ("-m", "fixit", "--rules", "fixit_rule", "lint", ".")
        environment = (("PYTHONPATH", str(RULES)),)
        return [Command("Fixit", (self.tools.program("fixit", "python"), *words), folder,
                        environment)]  # fmt: skip

    # --- files --------------------------------------------------------------------------------

    def _sample(self, number: int) -> Path:
        """A copy of ``number`` files of the corpus, taken evenly."""
        folder = self.scratch / f"sample{number}"
        if not folder.exists():
            every = sorted(self.tools.corpus.rglob("*.py"))
            _copy(every[:: max(1, len(every) // number)][:number], self.tools.corpus, folder)
        return folder

    def _named(self) -> Path:
        """A copy of the files that hold a name, of the corpus and the repository."""
        folder = self.scratch / "named"
        roots = [self.tools.corpus]
        if self.options.repository:
            roots.append(self.options.repository / "src")
        for number, root in enumerate(roots):
            holding = [p for p in sorted(root.rglob("*.py"))
                       if b"state_id" in p.read_bytes().lower()]  # fmt: skip
            _copy(holding, root, folder / f"from{number}")
        return folder

    def _share(self, folder: Path) -> tuple[float, float]:
        words = [self.tools.program("ours", "python"), str(HERE / "share.py"), "--isolated", "-j1"]
        best = (1.0, 0.0)
        for _ in range(3 if self.options.full else 2):
            done = subprocess.run([*words, *EVERY_PATH, "."], cwd=folder, capture_output=True,
                                  text=True, check=False)  # fmt: skip
            _, share, total = done.stderr.splitlines()[-1].split()
            best = min(best, (float(share), float(total)))
        return best

    # --- tables -------------------------------------------------------------------------------

    def _table(self, title: str, found: dict[str, Measured], base: str, unit: str = "s") -> None:
        factor = 1000 if unit == "ms" else 1
        rows = [
            (name, f"{each.cpu * factor:.{0 if unit == 'ms' else 2}f} {unit}",
             f"{each.wall * factor:.{0 if unit == 'ms' else 2}f} {unit}",
             f"{each.peak:.0f} MiB", f"{each.ratio(found[base]):.2f}", len(each.costs))
            for name, each in found.items()
        ]  # fmt: skip
        self._rows(title, ("", "CPU", "wall", "peak", f"CPU to `{base}`", "runs"), rows)

    def _rows(
        self, title: str, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]
    ) -> None:
        lines = [f"## {title}", "", _row(header), _row(["---"] * len(header))]
        lines += [*(_row(row) for row in rows), ""]
        print("\n".join(lines), flush=True)
        self.lines += lines

    def _goal(self, text: str, measured: float, most: float) -> None:
        self.goals.append(Goal(text, f"{measured:.3g}", measured <= most))

    def conclude(self) -> None:
        """The goals, and the versions."""
        self._rows(
            "Goals",
            ("goal", "measured", "met"),
            [(g.text, g.measured, "yes" if g.met else "**no**") for g in self.goals],
        )
        rows: list[tuple[object, ...]] = []
        for tool, packages in self.tools.versions().items():
            state = ", ".join(packages) if self.tools.has(tool) else "could not be installed"
            rows.append((tool, state))
        self._rows("What was installed", ("environment", "packages"), rows)  # fmt: skip


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _copy(paths: list[Path], root: Path, folder: Path) -> None:
    for path in paths:
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.rglob("*.py"))


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*.py")) / 1e6


def main() -> None:
    """Measure, print, and write the results where the options say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="the large corpus, and more runs")
    parser.add_argument("--tools", type=Path, default=HERE / ".tools", help="where to install")
    parser.add_argument("--repository", type=Path, help="a checkout of code full of state ids")
    parser.add_argument("--seconds", type=float, default=150, help="about the most for one table")
    parser.add_argument("--only", choices=PARTS, action="append", help="these tables alone")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and results.svg")
    options = parser.parse_args()
    tools = installed(options.tools.absolute(), full=options.full)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(tools, options, Path(scratch))
        for part in options.only or PARTS:
            getattr(bench, part)()
        bench.conclude()
    if options.write:
        machine = f"Python {platform.python_version()}, {os.cpu_count()} processors"
        head = [
            "# Results", "",
            f"Written by `python benchmarks/run.py --write{' --full' * options.full}` "
            f"({machine}). Ratios are medians of the ratios of paired runs; the seconds are one "
            "machine's and were not measured alone on it.", "", "![](results.svg)", "",
        ]  # fmt: skip
        (HERE / "RESULTS.md").write_text("\n".join([*head, *bench.lines]), "utf-8")
        (HERE / "results.svg").write_text(
            plot.bars(bench.plotted, "CPU seconds, the corpus"), "utf-8"
        )


if __name__ == "__main__":
    main()
