"""Batch paths that another module runs at a distance: by inner functions, helpers, partials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.harness import ROWS, run
from tests.codemod.project import Project
from tests.codemod.sources import Choices, by_row_id

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

BASE = by_row_id(Choices())
KEPT = by_row_id(Choices(release="never"))
RUNNER = "acme/core/runner.py"
HEAD = """
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from functools import partial, wraps
from itertools import repeat

from fixtures.landscape import PluginContext
from acme.core.helpers import each_of, once
from acme.plugins.batch import Transform as Plugin


def chunks(rows):
    return [rows[:2], rows[2:]]


def joined(parts):
    return [answer for part in parts for answer in part]


"""
CLASS = """
class Transform:
    def __init__(self, pool=0):
        self._pool = pool

    def process_batch(self, rows, ctx):
        return run(rows, ctx, self._pool)
"""
HELPERS = """
def each_of(function, items):
    return [function(item) for item in items]


def once(function, *given):
    return function(*given)
"""
INNER = """
    def one(chunk):
        return plugin.process_batch(chunk, ctx)

"""
FIRST = """
def run(rows, ctx, pool):
    plugin = Plugin(pool)
"""
BODIES = {
    "an inner function": INNER + "    return joined(one(chunk) for chunk in chunks(rows))",
    "an inner function, twice": INNER + "    return one(rows[:2]) + one(rows[2:])",
    "an inner function, mapped": INNER + "    return joined(map(one, chunks(rows)))",
    "an inner function that is handed on": (
        INNER + "    return joined(each_of(one, chunks(rows)))"
    ),
    "an inner function that has another's context": """
    def one(chunk, context):
        return plugin.process_batch(chunk, context)

    def two(chunk):
        return one(chunk, ctx)

    return joined([two(chunk) for chunk in chunks(rows)])
""",
    "an inner function in a while loop": """
    left = [*rows]

    def step():
        done, left[:] = plugin.process_batch(left[:2], ctx), left[2:]
        return done

    output = []
    while left:
        output += step()
    return output
""",
    "an inner function that calls itself": """
    def rest(left):
        if not left:
            return []
        return plugin.process_batch(left[:2], ctx) + rest(left[2:])

    return rest(rows)
""",
    "a decorated inner function": """
    def twice(function):
        @wraps(function)
        def both(chunk):
            return [*function(chunk[:2]), *function(chunk[2:])]

        return both

    @twice
    def one(chunk):
        return plugin.process_batch(chunk, ctx)

    return one(rows)
""",
    "a lambda": """
    one = lambda chunk: plugin.process_batch(chunk, ctx)
    return joined([one(chunk) for chunk in chunks(rows)])
""",
    "a lambda that is handed on": """
    return joined(each_of(lambda chunk: plugin.process_batch(chunk, ctx), chunks(rows)))
""",
    "a partial": """
    one = partial(plugin.process_batch, ctx=ctx)
    return joined([one(chunk) for chunk in chunks(rows)])
""",
    "a partial, mapped": """
    return joined(map(partial(plugin.process_batch, ctx=ctx), chunks(rows)))
""",
    "partials that are kept": """
    jobs = [partial(plugin.process_batch, chunk, ctx) for chunk in chunks(rows)]
    return joined([job() for job in jobs])
""",
    "another name": """
    one = plugin.process_batch
    return joined([one(chunk, ctx) for chunk in chunks(rows)])
""",
    "mapped": "    return joined(map(plugin.process_batch, chunks(rows), repeat(ctx)))",
    "handed to an executor": """
    with ThreadPoolExecutor(1) as executor:
        futures = [executor.submit(plugin.process_batch, each, ctx) for each in chunks(rows)]
    return joined([future.result() for future in futures])
""",
    "a local that is the context": """
    output = []
    for chunk in chunks(rows):
        own = PluginContext(ctx.landscape, ctx.state_id, ctx.run_id)
        output += plugin.process_batch(chunk, own)
    return output
""",
    "what cannot be seen to call it once": """
    again = getattr(Again(), "again")
    return again(lambda chunk: plugin.process_batch(chunk, ctx), rows)


class Again:
    def again(self, call, rows):
        return [*call(rows[:2]), *call(rows[2:])]
""",
}
FUNCTION = """
def one(plugin: Plugin, chunk, ctx):
    return plugin.process_batch(chunk, ctx)


def run(rows, ctx, pool):
    plugin = Plugin(pool)
    return joined([one(plugin, chunk, ctx) for chunk in chunks(rows)])
"""
RUNNING_CLASS = """
class Runner:
    def __init__(self, plugin: Plugin, ctx):
        self._plugin = plugin
        self._ctx = ctx

    def one(self, chunk):
        return self._plugin.process_batch(chunk, self._ctx)

    def run(self, rows):
        return joined([self.one(chunk) for chunk in chunks(rows)])


def run(rows, ctx, pool):
    return Runner(Plugin(pool), ctx).run(rows)
"""
KEPT_METHOD = """
class Runner:
    def __init__(self, pool):
        self._one = Plugin(pool).process_batch

    def run(self, rows, ctx):
        return joined([self._one(chunk, ctx) for chunk in chunks(rows)])


def run(rows, ctx, pool):
    return Runner(pool).run(rows, ctx)
"""
LOOPED = """
class Runner:
    PLUGIN

    def run(self, rows, ctx):
        return joined([self.plugin.process_batch(chunk, ctx) for chunk in chunks(rows)])


def run(rows, ctx, pool):
    return Runner(GIVEN).run(rows, ctx)
"""
# How an object has its plugin, and what it is given for that.
HAVING = {
    "by a constructor": ("def __init__(self):\n        self.plugin = Plugin()", ""),
    "of its class": ("plugin = Plugin()", ""),
    "by a field": ("plugin: Plugin = Plugin()", ""),
    "by a property": (
        "@property\n    def plugin(self):\n        return made",
        "",
    ),
    "by a property with an annotation": (
        "@property\n    def plugin(self) -> 'Plugin':\n        return made",
        "",
    ),
    "by a parameter": (
        "def __init__(self, plugin: 'Plugin'):\n        self.plugin = plugin",
        "made",
    ),
    "by a parameter that may be None": (
        "def __init__(self, plugin: 'Plugin | None'):\n        self.plugin = plugin",
        "made",
    ),
    "by another that may be": (
        "def __init__(self, plugin: 'Optional[Plugin]'):\n        self.plugin = plugin",
        "made",
    ),
    "or makes one": (
        "def __init__(self, plugin: 'Plugin | None' = None):\n"
        "        self.plugin = plugin or Plugin()",
        "",
    ),
    "by a function": ("def __init__(self):\n        self.plugin = make()", ""),
    "by a function with an annotation": (
        "def __init__(self):\n        self.plugin = give()",
        "",
    ),
    "from a dictionary": (
        "def __init__(self):\n        kept = {'one': Plugin()}\n        self.plugin = kept['one']",
        "",
    ),
}
MADE = """
def make():
    return Plugin()


def give() -> "Plugin":
    return make()


made = make()
"""
WALKED = {
    "values": 'plugins = {"one": Plugin()}\n    for plugin in plugins.values():',
    "items": 'plugins = {"one": Plugin()}\n    for _, plugin in plugins.items():',
    "a list": "plugins = [Plugin()]\n    for plugin in plugins:",
}
WALKING = """
def run(rows, ctx, pool):
    output = []
    LOOP
        for chunk in chunks(rows):
            output += plugin.process_batch(chunk, ctx)
    return output
"""
ANNOTATED = """
def every(plugins: "list[Plugin]", rows, ctx):
    output = []
    for plugin in plugins:
        for chunk in chunks(rows):
            output += plugin.process_batch(chunk, ctx)
    return output


def run(rows, ctx, pool):
    return every([Plugin()], rows, ctx)
"""
# Ways to the plugin, or to its method, that a loop over the chunks calls.
FOUND = {
    "by a walrus": "    if one := Plugin():\n        plugin = one",
    "by a condition": "    plugin = Plugin() if rows else Plugin()",
    "of several": "    plugin = None or Plugin()",
    "from a list": "    plugins = [Plugin()]\n    plugin = plugins[0]",
    "from a comprehension": "    plugins = [Plugin() for _ in rows]\n    plugin = plugins[0]",
    "from a dictionary": ("    plugins = {n: Plugin() for n in 'ab'}\n    plugin = plugins['a']"),
    "from a lambda": "    make = lambda: Plugin()\n    plugin = make()",
    "from a parameter of a list": "    plugin = first([Plugin()])",
    "from a text for a type": "    plugin = second({'a': Plugin()})",
    "from one with a remark": "    plugin = third(Plugin())",
}
FINDING = """
def first(plugins: list[Plugin]) -> Plugin:
    return plugins[0]


def second(plugins: "dict[str, Plugin]"):
    found = plugins["a"]
    return found


def third(plugin: "Annotated[Plugin, 'one']"):
    return plugin


def run(rows, ctx, pool):
FOUND
    return joined([plugin.process_batch(chunk, ctx) for chunk in chunks(rows)])
"""
# How an object has a list of plugins: in its class, as a parameter, and how it keeps that.
HOLDING = {
    "a list it is given": ("", "plugins: list[Plugin]", "self.plugins = plugins"),
    "a tuple it is given": ("", "plugins: 'tuple[Plugin, ...]'", "self.plugins = plugins"),
    "a list with a type": ("", "plugins", "self.plugins: list[Plugin] = plugins"),
    "a list with a type in its class": (
        "plugins: 'list[Plugin]'",
        "plugins",
        "self.plugins = [*plugins]",
    ),
    "a list of its own": ("", "_", "self.plugins = [Plugin()]"),
    "a set of its own": ("", "_", "self.plugins = {Plugin()}"),
}
HELD = """
class Runner:
    FIELD

    def __init__(self, GIVEN):
        STORE

    def run(self, rows, ctx):
        output = []
        for plugin in self.plugins:
            for chunk in chunks(rows):
                output += plugin.process_batch(chunk, ctx)
        return output


def run(rows, ctx, pool):
    return Runner([Plugin()]).run(rows, ctx)
"""
HANDED = {
    "by a helper's keywords": (
        "    each = lambda c: plugin.process_batch(c, ctx)\n"
        "    return joined(each_of(function=each, items=chunks(rows)))"
    ),
    "by one of two names": (
        "    one = plugin.process_batch if rows else plugin.process_batch\n"
        "    return joined([one(chunk, ctx) for chunk in chunks(rows)])"
    ),
    "by starmap": (
        "    from itertools import starmap\n"
        "    return joined(starmap(plugin.process_batch, zip(chunks(rows), repeat(ctx))))"
    ),
    "by starmap over tuples": (
        "    from itertools import starmap\n"
        "    return joined(starmap(plugin.process_batch, [(c, ctx) for c in chunks(rows)]))"
    ),
    "with the context for a helper": (
        "    def every(function, items, context):\n"
        "        return [function(item, context) for item in items]\n\n"
        "    return joined(every(plugin.process_batch, chunks(rows), ctx))"
    ),
    "to an object, bound": (
        "    class Held:\n        def __init__(self, plugin: Plugin, ctx):\n"
        "            self.one = lambda c: plugin.process_batch(c, ctx)\n\n"
        "        def all(self, items):\n            return [self.one(each) for each in items]\n\n"
        "    return joined(Held(plugin, ctx).all(chunks(rows)))"
    ),
    "in a comprehension over plugins": (
        "    return joined([p.process_batch(c, ctx) for p in [plugin] for c in chunks(rows)])"
    ),
}
REPEATED = {
    **{name: FINDING.replace("FOUND", found) for name, found in FOUND.items()},
    **{name: FIRST + body for name, body in HANDED.items()},
    **{
        name: HELD.replace("FIELD", field).replace("GIVEN", given).replace("STORE", store)
        for name, (field, given, store) in HOLDING.items()
    },
    **{
        name: f"{MADE}\n{LOOPED.replace('PLUGIN', plugin).replace('GIVEN', given)}"
        for name, (plugin, given) in HAVING.items()
    },
    **{name: WALKING.replace("LOOP", loop) for name, loop in WALKED.items()},
    "an annotated list": ANNOTATED,
    "a copy of the context": (
        FIRST + "    return joined([plugin.process_batch(c, copy(ctx)) for c in chunks(rows)])"
    ),
    "a copy of the context that has another run": FIRST
    + """
    return joined([plugin.process_batch(c, replace(ctx, run_id="x")) for c in chunks(rows)])
""",
    "by keywords": FIRST
    + """
    return joined([plugin.process_batch(**{"rows": c, "ctx": ctx}) for c in chunks(rows)])
""",
    "by a parameter's default": FIRST
    + """
    one = lambda chunk, mine=plugin: mine.process_batch(chunk, ctx)
    return joined([one(chunk) for chunk in chunks(rows)])
""",
    "bound to itself": FIRST
    + """
    plugin = plugin
    return joined([plugin.process_batch(chunk, ctx) for chunk in chunks(rows)])
""",
    "by its name": FIRST
    + """
    return joined([getattr(plugin, "process_batch")(chunk, ctx) for chunk in chunks(rows)])
""",
    **{name: FIRST + body for name, body in BODIES.items()},
    "a function": FUNCTION,
    "a function that is given the plugin": FUNCTION.replace("plugin: Plugin", "plugin"),
    "a method": RUNNING_CLASS,
    "a method that is kept": KEPT_METHOD,
}
ONCE = {
    "an inner function": FIRST + INNER + "    return one(rows)",
    "an inner function that is handed on": FIRST + INNER + "    return once(one, rows)",
    "an inner function, in branches": (
        FIRST + INNER + "    if len(rows) > 2:\n        return one(rows)\n    return one(rows[:2])"
    ),
    "a lambda": FIRST + "    one = lambda: plugin.process_batch(rows, ctx)\n    return one()",
    "a lambda that is handed on": (
        FIRST + "    return once(lambda: plugin.process_batch(rows, ctx))"
    ),
    "a partial": FIRST + "    return partial(plugin.process_batch, rows, ctx)()",
    "another name": FIRST + "    one = plugin.process_batch\n    return one(rows, ctx)",
    "handed to an executor": FIRST
    + """
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(plugin.process_batch, rows, ctx).result()
""",
    "a function": FUNCTION.replace("chunk in chunks(rows)", "chunk in [rows]").replace(
        "joined([one(plugin, chunk, ctx) for chunk in [rows]])", "one(plugin, rows, ctx)"
    ),
    "a method": RUNNING_CLASS.replace(
        "joined([self.one(chunk) for chunk in chunks(rows)])", "self.one(rows)"
    ),
    "only named": FIRST
    + "    str(plugin.process_batch)\n    return plugin.process_batch(rows, ctx)",
}
OPENED = """
    def one(row):
        state_id = ctx.landscape.begin_node_state(ctx.run_id)
        own = PluginContext(ctx.landscape, state_id, ctx.run_id)
        return plugin.process_batch([row], own)

    return joined(map(one, rows))
"""
OPENED_ABOVE = """
    def one(row, context):
        return plugin.process_batch([row], context)

    output = []
    for row in rows:
        state_id = ctx.landscape.begin_node_state(ctx.run_id)
        output += one(row, PluginContext(ctx.landscape, state_id, ctx.run_id))
    return output
"""
OPENED_BESIDE = """
    def one(row):
        ctx.state_id = ctx.landscape.begin_node_state(ctx.run_id)
        return plugin.process_batch([row], ctx)

    return joined([one(row) for row in rows])
"""
OPENED_BEFORE = """
    def one(row):
        return plugin.process_batch([row], ctx)

    output = []
    for row in rows:
        ctx.state_id = ctx.landscape.begin_node_state(ctx.run_id)
        output += one(row)
    return output
"""
STATES = {
    "in the inner function": FIRST + OPENED,
    "by the one who calls it": FIRST + OPENED_ABOVE,
    "beside the batch path": FIRST + OPENED_BESIDE,
    "before the inner function": FIRST + OPENED_BEFORE,
}
HOOK = """
    other = getattr(Other(), "me")()
    output = []
    for row in rows:
        other.start(row, ctx)
        output += plugin.process_batch([row], ctx)
    return output


class Other:
    def me(self):
        return self

    def start(self, row, ctx):
        pass
"""
HELPER_FILE = "acme/core/helpers.py"


def project(path: pathlib.Path, batch: str, text: str) -> Project:
    """The batch path, and the module that runs it."""
    return Project(path, batch, {RUNNER: HEAD + text + "\n\n" + CLASS, HELPER_FILE: HELPERS})


@pytest.mark.parametrize("name", REPEATED)
def test_repeated(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """With the caller in sight nothing is rewritten; without, it would break."""
    made = project(tmp_path, BASE, REPEATED[name])
    outcome = made.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("'process_batch' is called ")
    assert "acme/core/runner.py" in outcome.reason
    made.write(RUNNER, "")
    result = made.fix()
    assert isinstance(result.outcomes[0], Fixed)
    made.write(RUNNER, HEAD + REPEATED[name] + CLASS)
    assert made.differs("acme.core.runner", result.after, databases[0], ("five",))


@pytest.mark.parametrize("name", ONCE)
def test_once(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """Twin: it is run once, however far away."""
    made = project(tmp_path, BASE, ONCE[name])
    result = made.fix()
    assert isinstance(result.outcomes[0], Fixed), result.outcomes
    for engine in databases:
        rows = ("none", "one", "five", "raising")
        assert made.differs("acme.core.runner", result.after, engine, rows) == ""


@pytest.mark.parametrize("name", ["an inner function", "an inner function, twice", "a lambda"])
def test_clients_that_outlive(
    name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]
) -> None:
    """Twin: one object that releases no client counts on."""
    made = project(tmp_path, KEPT, REPEATED[name])
    result = made.fix()
    assert isinstance(result.outcomes[0], Fixed), result.outcomes
    for engine in databases:
        assert made.differs("acme.core.runner", result.after, engine, ("one", "five")) == ""


@pytest.mark.parametrize("name", STATES)
def test_a_state_for_each(
    name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]
) -> None:
    """Twin: each run has a state of its own."""
    made = project(tmp_path, BASE, STATES[name])
    result = made.fix()
    assert isinstance(result.outcomes[0], Fixed), result.outcomes
    made.batch.write_bytes(result.after)
    for engine in databases:
        seen = run(made.load("acme.core.runner"), engine, ROWS["five"])
        assert not seen.error
        assert [call.call_index for call in seen.calls] == [0, 1] * len(ROWS["five"])


def test_a_hook_of_another_plugin(tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """A method that is called 'start' opens no state by its name alone."""
    made = project(tmp_path, BASE, FIRST + HOOK)
    outcome = made.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("'process_batch' is called in a loop, in row ")
    text = (
        (FIRST + HOOK)
        .replace("other.start(", "other.start_row(")
        .replace("def start(", "def start_row(")
    )
    made = project(tmp_path, BASE, text)
    result = made.fix()
    assert isinstance(result.outcomes[0], Fixed)
    # What is called so is taken to open one; here it does not.
    assert made.differs("acme.core.runner", result.after, databases[0], ("five",))
