"""Entries of mappings that are copied: each stays under its key."""

from __future__ import annotations

import pytest

from tests.analysis.running import check

COPIES = {
    "loop": """
        def copied(given):
            made = {}
            for key, value in given.items():
                made[key] = value
            return made
    """,
    "loop with a condition": """
        def copied(given):
            made = {}
            for key, value in given.items():
                if key != "other" and value is not None:
                    made[key] = str(value)
            return made
    """,
    "comprehension": """
        def copied(given):
            return {key: value for key, value in given.items() if value}
    """,
    "into another": """
        def copied(given):
            made = dict(DEFAULTS)
            for key, value in (given or {}).items():
                made[key] = value.strip()
            return made
    """,
    "of several": """
        def copied(*all_given):
            made = {}
            for given in all_given:
                for key, value in given.items():
                    made[key] = dict(value) if isinstance(value, dict) else value
            return made
    """,
}


@pytest.mark.parametrize("copying", COPIES.values(), ids=COPIES)
class TestCopiesOfWhatIsGiven:
    @pytest.mark.parametrize(
        "use",
        [
            "rec.call(state_id=copied(given)['clean'])",
            "rec.call(state_id=copied(given).get('clean'))",
            "rec.call(**copied({'label': f'{ctx}', 'state_id': ctx.state_id}))",
        ],
    )
    def test_other_keys_are_clean(self, copying: str, use: str) -> None:
        check(f"""
        {copying}
        def f(rec, ctx):
            given = {{"clean": ctx.state_id, "built": f"{{ctx}}_row"}}
            {use}
        """)

    @pytest.mark.parametrize(
        "use",
        [
            "rec.call(state_id=copied(given)['built'])",
            "rec.call(state_id=copied(given)[ctx.key])",
            "[rec.call(state_id=each) for each in copied(given).values()]",
        ],
    )
    def test_the_same_key_is_found(self, copying: str, use: str) -> None:
        check(f"""
        {copying}
        def f(rec, ctx):
            given = {{"clean": ctx.state_id, "built": f"{{ctx}}_row"}}  # +
            {use}
        """)


class TestCopiesElsewhere:
    def test_into_what_another_function_holds(self) -> None:
        check("""
        class Plugin:
            def fill(self, made, given):
                self.kept = {}
                for key, value in given.items():
                    made[key] = value
                    self.kept[key] = value
            def f(self, rec, ctx):
                made = {}
                self.fill(made, {"built": f"{ctx}_row"})  # +
                rec.call(state_id=made["built"])
            def g(self, rec, ctx):
                self.fill({}, {"built": f"{ctx}_row"})  # +
                rec.call(state_id=self.kept["built"])
        """)

    def test_built_keys(self) -> None:
        check("""
        def copied(given):
            made = {}
            for key, value in given.items():
                made[key] = value
            return made
        def f(rec, ctx):
            for key in copied({f"{ctx}": 1}):  # +
                rec.call(state_id=key)
        """)

    def test_what_is_built_of_an_entry(self) -> None:
        check("""
        def copied(given):
            made = {}
            for key, value in given.items():
                made[key] = f"{value}_row"  # +
            return made
        def f(rec, ctx):
            rec.call(state_id=copied({"clean": ctx.state_id})["clean"])
        """)


@pytest.mark.parametrize(
    "loop",
    [
        "for key, value in held.items(): made[key] = value",
        "for key, value in list(held.items()): made[key] = str(value)",
        "for key in held: made[key] = held[key]",
        "for key in ('clean', 'built'): made[key] = held.get(key)",
    ],
)
class TestKnownKeys:
    def test_other_keys_are_clean(self, loop: str) -> None:
        check(f"""
        def f(rec, ctx):
            held = {{"clean": ctx.state_id, "built": f"{{ctx}}_row"}}
            made = {{}}
            {loop}
            rec.call(state_id=made["clean"])
        """)

    def test_the_same_key_is_found(self, loop: str) -> None:
        check(f"""
        def f(rec, ctx):
            held = {{"clean": ctx.state_id, "built": f"{{ctx}}_row"}}  # +
            made = {{}}
            {loop}
            rec.call(state_id=made["built"])
        """)


class TestRounds:
    def test_what_is_built_for_each_key(self) -> None:
        check("""
        def f(rec, ctx):
            made = {}
            for key in ("first", "second"):
                made[key] = f"{ctx}_{key}"  # +
            rec.call(state_id=made["second"])
        """)

    def test_what_one_round_leaves_for_the_next(self) -> None:
        check("""
        def f(rec, ctx):
            made, last = {}, None
            for key in ("first", "second"):
                made[key], last = last, f"{ctx}_{key}"  # +
            rec.call(state_id=made["second"])
        """)

    def test_nothing_comes_from_a_round_that_is_not_there(self) -> None:
        check("""
        def f(rec, ctx):
            made, last = {}, None
            for key in ("first", "second"):
                made[key], last = last, f"{ctx}_{key}"
            rec.call(state_id=made["first"])
        """)

    def test_many_keys_are_not_told_apart(self) -> None:
        check("""
        def f(rec, ctx):
            made = {}
            for key in ("a", "b", "c", "d", "e", "f", "g"):
                made[key] = f"{ctx}_{key}"  # +
            rec.call(state_id=made["g"])
        """)


class TestKeysInOtherLetters:
    @pytest.mark.parametrize(
        ("copying", "key"),
        [
            ("made = {name.upper(): value for name, value in held.items()}", "ROW"),
            ("made = {name.strip().title(): value for name, value in held.items()}", "Row"),
            ("made = {}\n    for name, value in held.items(): made[name.upper()] = value", "ROW"),
        ],
    )
    def test_are_told_apart(self, copying: str, key: str) -> None:
        text = f"""
def f(ctx, rec):
    held = {{"row": f"{{ctx.state_id}}_row", "node": ctx.state_id}}  # +
    {copying}
    rec.call(state_id=made["{key}"])
"""
        check(text)
        other = {"ROW": "NODE", "Row": "Node"}[key]
        check(text.replace(f'made["{key}"]', f'made["{other}"]').replace("  # +", ""))

    def test_name_a_target(self) -> None:
        check("""
        def f(ctx, made):
            made["STATE_ID".lower()] = f"{ctx}"  # +
            made["state_id".removesuffix("_id")] = f"{ctx}"
            made["{}_id".upper()] = f"{ctx}"
        """)
