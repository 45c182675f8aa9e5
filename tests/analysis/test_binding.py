"""The arguments of a call, and which parameter receives each of them."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.values import ELEMENT, LIST, NOTHING, NUMBER, STRING, container
from tests.analysis.running import check, expression

NODE = expression("x")


class TestArguments:
    ARGUMENTS = Arguments(
        (Argument(STRING, None, NODE),), None, {"b": Argument(NUMBER, None, NODE)}
    )

    def test_by_position_or_name(self) -> None:
        assert self.ARGUMENTS.value(0, "b") is STRING
        assert self.ARGUMENTS.value(1, "b") is NUMBER
        assert self.ARGUMENTS.value(-1, "b") is NUMBER
        assert self.ARGUMENTS.value(1, "c") is NOTHING

    def test_from_a_star_of_unknown_length(self) -> None:
        rest = Argument(container(LIST, {ELEMENT: NUMBER}), None, NODE)
        assert self.ARGUMENTS._replace(rest=rest).value(5, "c") is NUMBER

    def test_without_the_first(self) -> None:
        assert self.ARGUMENTS.without_first(1).positional == ()
        assert self.ARGUMENTS.without_first(1).value(0, "b") is NUMBER

    def test_all(self) -> None:
        extra = Argument(NOTHING, None, NODE)
        arguments = self.ARGUMENTS._replace(rest=extra, more=extra)
        assert [argument.value for argument in arguments.all()] == [
            STRING,
            NUMBER,
            NOTHING,
            NOTHING,
        ]


class TestBinding:
    @pytest.mark.parametrize(
        ("parameters", "call"),
        [
            ("a, key", "1, built"),
            ("a, key", "key=built, a=1"),
            ("key, /, a", "built, 1"),
            ("a, *, key", "1, key=built"),
            ("a, key=None", "*[1, built]"),
            ("a, key", "*ctx, *[built]"),
            ("a, key", "*[i for i in ctx], built"),
            ("a, key", "*[built for i in ctx]"),
            ("a, key", "**{'a': 1, 'key': built}"),
            ("a, key", "1, **dict(key=built)"),
            ("a, *, key=None", "1, **{'key': built}"),
            ("a, key", "*[1], **{'key': built}"),
            ("a, key=None, *rest", "*[built for i in ctx], **{'key': built}"),
        ],
    )
    def test_a_parameter_receives_it(self, parameters: str, call: str) -> None:
        check(f"""
        def send({parameters}): Client(state_id=key)
        def f(ctx):
            built = f"{{ctx}}"  # +
            send({call})
        """)

    @pytest.mark.parametrize(
        ("parameters", "call"),
        [
            ("a, key", "built, 1"),
            ("a, key", "a=built, key=1"),
            ("a, key, /, **more", "1, 2, key=built"),
            ("a, key=None", "*[built]"),
            ("a, key", "**{'a': built, 'key': 1}"),
            ("a, key", "1, 2, **{'label': built}"),
            ("key=None, *a", "1, built"),
            ("key=None, **a", "label=built"),
            ("key, a=None", "*[1, built]"),
        ],
    )
    def test_another_parameter_receives_it(self, parameters: str, call: str) -> None:
        check(f"""
        def send({parameters}): Client(state_id=key)
        def f(ctx):
            built = f"{{ctx}}"
            send({call})
        """)

    @pytest.mark.parametrize(
        ("parameters", "use", "call"),
        [
            ("*a", "a[1]", "1, built"),
            ("b, *a", "a[0]", "1, built"),
            ("*a", "a[0]", "*[built for i in ctx]"),
            ("b, *a", "a[0]", "*[built for i in ctx]"),
            ("*a", "a[1]", "1, *[built for i in ctx]"),
            ("**a", "a['b']", "b=built"),
            ("**a", "a['b']", "**{'b': built}"),
            ("**a", "a['b']", "c=1, **{'b': built}"),
            ("**a", "a['b']", "**{'c': 1}, **{'b': built}"),
            ("b, **a", "a['c']", "b=1, c=built"),
        ],
    )
    def test_what_stars_collect(self, parameters: str, use: str, call: str) -> None:
        check(f"""
        def send({parameters}): Client(state_id={use})
        def f(ctx):
            built = f"{{ctx}}"  # +
            send({call})
        """)

    @pytest.mark.parametrize(
        ("parameters", "use", "call"),
        [
            ("*a", "a[1]", "built, 1"),
            ("**a", "a['b']", "b=1, c=built"),
            ("**a", "a['b']", ""),
            ("*a", "a[0]", ""),
        ],
    )
    def test_what_stars_do_not_collect(self, parameters: str, use: str, call: str) -> None:
        check(f"""
        def send({parameters}): Client(state_id={use})
        def f(ctx):
            built = f"{{ctx}}"
            send({call})
        """)

    def test_stars_that_are_passed_on_keep_their_places(self) -> None:
        check("""
        class Sender:
            def run(self, command, *args): return self.send(command, *args)
            def send(self, command, *args):
                label, key = self.split(args)
                Client(state_id=key)
            def split(self, args): return args[0], args[1]
            def all(self, *args): return self.numbered(1, *args)
            def numbered(self, n, *args): Client(state_id=args[2])
            def short(self, one, two, *args): Client(state_id=args[0])
        def f(ctx, sender: Sender, rows):
            built = f"{ctx}"  # +
            clean = f"{ctx}"
            sender.run("x", clean, 1, *rows)
            sender.all(clean, clean, 1, *rows)
            sender.short(*[clean, clean, 1], *rows)
            sender.run("x", 1, built, *rows)
            sender.all(1, 1, built, *rows)
            sender.run("x", 1, *[f"{row}" for row in rows])  # +
            sender.short(1, *[f"{row}" for row in rows])  # +
        """)

    def test_a_named_parameter_is_a_target_reported_once(self) -> None:
        check("""
        def send(state_id): Client(state_id=state_id)
        def f(ctx):
            send(f"{ctx}")  # +
            send(state_id=f"{ctx}")  # +
            (lambda state_id: 1)(f"{ctx}")  # +
            ctx.outside(f"{ctx}")
        """)

    def test_defaults(self) -> None:
        check("""
        BASE = f"{x}"  # +
        def send(key=BASE): Client(state_id=key)
        def other(state_id=BASE + "_row"): return state_id  # +
        def held(label=f"{x}"): return label
        def f(ctx):
            send()
            send("x")
        """)
