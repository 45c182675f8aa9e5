"""Methods that a decorator replaces by a function with other parameters."""

from __future__ import annotations

import pytest

from tests.analysis.running import check

DECORATORS = """
def scoped(function):
    def inner(self, ctx, row):
        return function(self, %s, row)
    return inner
def named(suffix):
    def decorate(function):
        def inner(self, ctx, row):
            return function(self, %s, row)
        return inner
    return decorate
def labelled(function):
    def inner(self, label, key, row):
        print(label)
        return function(self, key, row)
    return inner
def spread(function):
    def inner(self, job):
        return function(self, *job)
    return inner
def timed(function):
    def inner(self, *args, **more):
        return function(self, *args, **more)
    return inner
"""
PLUGIN = """
class Plugin:
    @{}
    def handle(self, key, row):
        self.rec.call(state_id=key, row=row)
    def other(self, ctx, row):
        {}
"""


@pytest.mark.parametrize("decorator", ["scoped", "named('x')"])
@pytest.mark.parametrize("call", ["pass", "self.handle(ctx, row)", "Plugin().handle(ctx, row)"])
def test_what_a_wrapper_hands_on(decorator: str, call: str) -> None:
    lines = DECORATORS.split("\n")
    at = next(row for row, line in enumerate(lines) if f"def {decorator[:5]}" in line)
    at = next(row for row, line in enumerate(lines) if row > at and "%s" in line)
    lines[at] = lines[at] % "f'{ctx.state_id}_{row}'" + "  # +"
    given = "\n".join(lines).replace("%s", "ctx.state_id")
    check(given + PLUGIN.format(decorator, call))
    check(
        given.replace("  # +", "").replace("f'{", "self.of['{").replace("}'", "}']")
        + PLUGIN.format(decorator, call)
    )


@pytest.mark.parametrize(
    ("decorator", "call"),
    [
        ("labelled", "self.handle(ctx.state_id, {}, row)"),
        ("spread", "self.handle(({}, row))"),
        ("timed", "self.handle({}, row)"),
        ("timed", "self.handle(row=row, key={})"),
    ],
)
def test_what_is_given_to_a_wrapper(decorator: str, call: str) -> None:
    given = DECORATORS.replace("%s", "ctx.state_id")
    check(given + PLUGIN.format(decorator, call.format("f'{ctx.state_id}_x'") + "  # +"))
    check(given + PLUGIN.format(decorator, call.format("ctx.state_id")))


def test_what_only_the_wrapper_takes() -> None:
    given = DECORATORS.replace("%s", "ctx.state_id")
    call = "self.handle(f'row of {ctx.state_id}', ctx.state_id, row)"
    check(given + PLUGIN.format("labelled", call))
