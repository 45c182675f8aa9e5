"""Write the parts of the documentation that come from the code; ``--check`` only compares them.

Generated are ``docs/rules/``, the table of rules and the sample run in ``README.md``, and the
table of options in ``docs/configuration.md``. In hand-written files a generated part stands
between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import io
import os
import re
import sys
from argparse import ArgumentParser
from contextlib import chdir, redirect_stdout
from pathlib import Path
from unittest import mock

from flake8_stateid.cli import main as run_command
from flake8_stateid.rules import RULES, page
from flake8_stateid.settings import OPTIONS

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by docs/generate.py from flake8_stateid/rules.py: change it there. -->\n\n"
SAMPLE_COMMAND = "flake8-stateid lint --show-flow fixtures/tour"


def rules_table(folder: str) -> str:
    """A table of the rules, with links into ``folder``."""
    rows = ["| code | reported | default |", "|---|---|---|"]
    for rule in RULES:
        default = "on" if rule.on_by_default else "off"
        rows.append(f"| [{rule.code}]({folder}{rule.code}.md) | {rule.title} | {default} |")
    return "\n".join(rows)


def options_table() -> str:
    """A table of the options and their defaults."""
    rows = ["| option | what it is | default |", "|---|---|---|"]
    for option in OPTIONS:
        default = f"`{', '.join(option.default)}`" if option.default else "none"
        rows.append(f"| `{option.name}` | {option.help} | {default} |")
    return "\n".join(rows)


def sample_run() -> str:
    """What the sample command prints."""
    stream = io.StringIO()
    plain = mock.patch.dict(os.environ, {"NO_COLOR": "1"})
    with plain, chdir(ROOT), redirect_stdout(stream):
        run_command(SAMPLE_COMMAND.split()[1:])
    return f"```console\n$ {SAMPLE_COMMAND}\n{stream.getvalue()}```"


def generated_files() -> dict[Path, str]:
    """The text every generated file, or file with generated parts, should have."""
    files = {ROOT / "docs/rules" / f"{rule.code}.md": NOTE + page(rule) for rule in RULES}
    files[ROOT / "docs/rules/README.md"] = f"{NOTE}# Rules\n\n{rules_table('')}\n"
    parts = {
        "README.md": {"rules": rules_table("docs/rules/"), "sample": sample_run()},
        "docs/configuration.md": {"options": options_table()},
    }
    for name, replacements in parts.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for part, contents in replacements.items():
            text = with_part(text, part, contents)
        files[ROOT / name] = text
    return files


def with_part(text: str, part: str, contents: str) -> str:
    """``text`` with ``contents`` between the marks of ``part``.

    Raises:
        ValueError: The marks are not there exactly once.
    """
    pattern = re.compile(rf"(<!-- generated: {re.escape(part)} -->\n).*?(<!-- end -->)", re.DOTALL)
    replaced, count = pattern.subn(lambda match: f"{match[1]}{contents}\n{match[2]}", text)
    if count != 1:
        raise ValueError(f"{count} places for the generated part {part!r}, where 1 is wanted")
    return replaced


def main(arguments: list[str]) -> int:
    """Write or compare.

    Returns:
        1 if ``--check`` found a difference, else 0.
    """
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check: bool = parser.parse_args(arguments).check
    wanted = generated_files()
    stale = [path for path in (ROOT / "docs/rules").glob("*.md") if path not in wanted]
    for path, text in sorted(wanted.items()):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    for path in stale:
        print(f"{'differs' if check else 'wrote'}: {path.relative_to(ROOT)}")
    if stale and check:
        print("run docs/generate.py, and commit what it writes")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
