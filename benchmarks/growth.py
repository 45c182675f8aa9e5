"""How time grows with the length of a file; run in an environment that has the package."""

from __future__ import annotations

import ast
import gc
import json
import time

from flake8_stateid.analysis import analyse
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText

_UNIT = """
def handle_{i}(rows, ctx, limit=None):
    results = []
    for index, row in enumerate(rows):
        row_state_id = f"{{ctx.state_id}}_row{{index}}"
        if limit is not None and index > limit:
            break
        try:
            value = helper_{i}(row, row_state_id)
        except ValueError:
            value = None
        finally:
            ctx.clients.pop(row_state_id, None)
        results.append(value)
    return results


def helper_{i}(row, state_id):
    client = Client(state_id)
    text = "row " + str(row)
    for attempt in range(3):
        answer = client.query(text)
        if answer is not None:
            return answer
        text = text.strip()
    return None
"""


def functions(count: int) -> str:
    """A file of ``count`` functions in pairs, twenty-five lines a pair."""
    head = "class Client:\n    def __init__(self, state_id):\n        self.state_id = state_id\n"
    return head + "".join(_UNIT.format(i=number) for number in range(count // 2))


def chain(depth: int) -> str:
    """A call handed on ``depth`` times, the first caller first."""
    return "\n".join(
        [
            f"def top(ctx, sink):\n    return step_{depth - 1}(f'{{ctx.a}}_b', sink)\n",
            *(
                f"def step_{number}(x, sink):\n    return step_{number - 1}(x, sink)\n"
                for number in range(depth - 1, 0, -1)
            ),
            "def step_0(x, sink):\n    sink(state_id=x)\n",
        ]
    )


def statements(count: int) -> str:
    """One function of ``count`` branches, one after another."""
    body = "".join(f"    v{i} = v{i - 1}.a\n    if v{i}:\n        sink(v{i})\n"
                   for i in range(1, count))  # fmt: skip
    return (
        f"def f(ctx, sink):\n    state_id = f'{{ctx.a}}'\n    sink(state_id)\n    v0 = ctx\n{body}"
    )


def attributes(count: int) -> str:
    """A class of ``count`` attributes, and as many methods that call each other in a ring."""
    made = "".join(f"        self.a{i} = ctx.b{i}\n" for i in range(count))
    ring = "".join(f"    def m{i}(self):\n        return self.a{i} + self.m{(i + 1) % count}()\n"
                   for i in range(count))  # fmt: skip
    state = "        self.state_id = f'{ctx}'\n"
    return f"class P:\n    def __init__(self, ctx):\n{state}{made}{ring}"


SHAPES = (
    ("functions", functions, (250, 500, 1000, 2000, 4000)),
    ("chain of calls", chain, (25, 50, 100)),
    ("branches in one function", statements, (250, 500, 1000, 2000)),
    ("attributes and methods of a class", attributes, (50, 100, 200, 400)),
)


def main() -> None:
    """Print one JSON object for each size: parse and analysis in seconds of CPU time.

    Without the garbage collector: that it begins to run between two sizes says nothing of how the
    work grows from one to the other.
    """
    gc.disable()
    for name, make, sizes in SHAPES:
        for size in sizes:
            text = make(size)
            parsing = analysing = float("inf")
            found = 0
            for _ in range(2):
                start = time.process_time()
                tree = ast.parse(text)
                parsed = time.process_time()
                source = SourceText.from_lines("p.py", text.splitlines(keepends=True))
                found = len(analyse(tree, source, Settings()))
                analysing = min(analysing, time.process_time() - parsed)
                parsing = min(parsing, parsed - start)
                gc.collect()
            row = [name, size, text.count("\n"), parsing, analysing, found]
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
