"""What attributes hold when a method reads them."""

from __future__ import annotations

import pytest

from tests.analysis.running import check

DEFAULTS = {
    "default overwritten in init": """
        class P:
            _key = f"{BASE}_row"
            def __init__(self, ctx):
                self._key = ctx.state_id
            def run(self, rec):
                rec.record(state_id=self._key)
    """,
    "default not overwritten": """
        class P:
            _key = f"{BASE}_row"  # +
            def __init__(self, ctx):
                self._x = ctx.state_id
            def run(self, rec):
                rec.record(state_id=self._key)
    """,
    "default overwritten some": """
        class P:
            _key = f"{BASE}_row"  # +
            def __init__(self, ctx):
                if ctx.ok:
                    self._key = ctx.state_id
            def run(self, rec):
                rec.record(state_id=self._key)
    """,
    "default overwritten by other method only": """
        class P:
            _key = f"{BASE}_row"  # +
            def start(self, ctx):
                self._key = ctx.state_id
            def run(self, rec):
                rec.record(state_id=self._key)
    """,
    "default read in init": """
        class P:
            _key = f"{BASE}_row"  # +
            def __init__(self, ctx, rec):
                rec.record(state_id=self._key)
                self._key = ctx.state_id
    """,
    "default read by method of base init": """
        class Base:
            def __init__(self, rec):
                self.rec = rec
                self.setup()
        class P(Base):
            _key = f"{BASE}_row"  # +
            def __init__(self, ctx, rec):
                super().__init__(rec)
                self._key = ctx.state_id
            def setup(self):
                self.rec.record(state_id=self._key)
    """,
    "default read by class": """
        class P:
            _key = f"{BASE}_row"  # +
            def __init__(self, ctx, rec):
                self._key = ctx.state_id
            @classmethod
            def send(cls, rec):
                rec.record(state_id=cls._key)
    """,
    "default set in super init": """
        class Base:
            def __init__(self, ctx):
                self._key = ctx.state_id
        class P(Base):
            _key = f"{BASE}_row"
            def run(self, rec):
                rec.record(state_id=self._key)
    """,
    "default subclass init without super": """
        class Base:
            _key = f"{BASE}_row"  # +
            def __init__(self, ctx):
                self._key = ctx.state_id
            def run(self, rec):
                rec.record(state_id=self._key)
        class P(Base):
            def __init__(self, ctx):
                self.x = 1
    """,
    "default set in init helper": """
        class Base:
            _key = f"{BASE}_row"
            def __init__(self, ctx):
                self.reset(ctx)
            def reset(self, ctx):
                self._key = ctx.state_id
            def run(self, rec):
                rec.record(state_id=self._key)
    """,
    "default set in init try": """
        class Base:
            _key = f"{BASE}_row"  # +
            def __init__(self, ctx):
                try:
                    self._key = ctx.get()
                except KeyError:
                    pass
            def run(self, rec):
                rec.record(state_id=self._key)
    """,
}


def test_an_object_that_is_seen_to_be_no_text_and_kept() -> None:
    check("""
    class Plugin:
        def start(self, ctx):
            kept = self
            if not isinstance(kept, str):
                self.kept = kept
            self.key = f"{ctx}"  # +
        def run(self, rec):
            rec.record(state_id=self.kept)
            rec.record(state_id=self.key)
    """)


@pytest.mark.parametrize("text", DEFAULTS.values(), ids=DEFAULTS)
def test_the_value_of_the_class(text: str) -> None:
    check(text)


ITEMS = {
    "parts index 0": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                self._parts.append(f"{i}_row")
            def run(self, rec):
                rec.record(state_id=self._parts[0])
    """,
    "parts index -1": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                self._parts.append(f"{i}_row")  # +
            def run(self, rec):
                rec.record(state_id=self._parts[-1])
    """,
    "parts popped": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                self._parts.append(f"{i}_row")  # +
            def drop(self):
                self._parts.pop(0)
            def run(self, rec):
                rec.record(state_id=self._parts[0])
    """,
    "parts handed out": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                self._parts.append(f"{i}_row")  # +
            def drop(self):
                other(self._parts)
            def run(self, rec):
                rec.record(state_id=self._parts[0])
    """,
    "parts second index": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                self._parts.append(f"{i}_row")  # +
            def run(self, rec):
                rec.record(state_id=self._parts[1])
    """,
    "parts reset empty": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def reset(self):
                self._parts = []
            def add(self, i):
                self._parts.append(f"{i}_row")  # +
            def run(self, rec):
                rec.record(state_id=self._parts[0])
    """,
    "parts reset filled": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def reset(self, ctx):
                self._parts = [ctx.state_id, 1]
            def add(self, i):
                self._parts.append(f"{i}_row")
            def run(self, rec):
                for part in self._parts:
                    print(part)
                rec.record(state_id=self._parts[0])
    """,
    "parts item set": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                self._parts[0] = f"{i}_row"  # +
            def run(self, rec):
                rec.record(state_id=self._parts[0])
    """,
    "parts iterated": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                self._parts.append(f"{i}_row")  # +
            def run(self, rec):
                for key in self._parts:
                    rec.record(state_id=key)
    """,
    "parts aliased": """
        class P:
            def __init__(self, ctx):
                self._parts = [ctx.state_id]
            def add(self, i):
                parts = self._parts
                parts.insert(0, f"{i}_row")  # +
            def run(self, rec):
                rec.record(state_id=self._parts[0])
    """,
}


@pytest.mark.parametrize("text", ITEMS.values(), ids=ITEMS)
def test_items_in_front_of_what_is_added(text: str) -> None:
    check(text)
