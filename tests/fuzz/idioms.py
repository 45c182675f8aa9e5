"""Ways a string takes through real code, each as a few lines with places for expressions.

``{n}`` is a name that is free and, after the lines, holds a string; ``{a}`` and ``{b}`` are
expressions whose values are strings. Lines in ``above`` stand at the module's level, once for
each use.
"""

from __future__ import annotations

from typing import NamedTuple


class Idiom(NamedTuple):
    """One way: the lines at the place of use, and those above all functions."""

    lines: str
    above: str = ""


IDIOMS = (
    # Closures and callables as values.
    Idiom("def {n}_f():\n    return {a}\n{n} = {n}_f()"),
    Idiom("{n}_f = lambda x, y='d': x\n{n} = {n}_f({a})"),
    Idiom("{n}_f = lambda *x: x[1]\n{n} = {n}_f({a}, {b})"),
    Idiom("{n}_fs = {{'k': lambda x: x}}\n{n} = {n}_fs['k']({a})"),
    Idiom(
        "def {n}_make(x):\n    def inner(y):\n        return x\n    return inner\n"
        "{n} = {n}_make({a})({b})"
    ),
    Idiom(
        "{n} = {n}_apply(lambda x: x, {a})", "def {n}_apply(function, x):\n    return function(x)"
    ),
    Idiom("{n}_p = partial({n}_two, y={a})\n{n} = {n}_p({b})", "def {n}_two(x, y):\n    return y"),
    Idiom("{n}_p = partial({n}_two, {a})\n{n} = {n}_p({b})", "def {n}_two(x, y):\n    return x"),
    Idiom(
        "{n} = {n}_deco({a})",
        "def {n}_wrap(function):\n    def wrapper(*args, **kwargs):\n"
        "        return function(*args, **kwargs)\n    return wrapper\n"
        "@{n}_wrap\ndef {n}_deco(x):\n    return x",
    ),
    Idiom("{n} = 'none'\ndef {n}_set(x):\n    nonlocal {n}\n    {n} = x\n{n}_set({a})"),
    Idiom("{n}_box = []\ndef {n}_put(x):\n    {n}_box.append(x)\n{n}_put({a})\n{n} = {n}_box[0]"),
    Idiom("for {n}_f in [lambda x: x]:\n    {n} = {n}_f({a})"),
    Idiom("{n} = executor.submit(lambda: {a}).result()"),
    Idiom(
        "{n} = executor.submit({n}_two, y={a}, x={b}).result()", "def {n}_two(x, y):\n    return y"
    ),
    Idiom("{n} = list(map({n}_same, [{a}, {b}]))[1]", "def {n}_same(x):\n    return x"),
    Idiom(
        "{n} = list(executor.map({n}_two, [{a}], [{b}]))[0]", "def {n}_two(x, y):\n    return y"
    ),
    # Arguments.
    Idiom(
        "{n} = {n}_rest(1, {a}, k={b})", "def {n}_rest(*args, **kwargs):\n    return kwargs['k']"
    ),
    Idiom(
        "{n} = {n}_rest(x={a})",
        "def {n}_rest(**kwargs):\n    return {n}_to(**kwargs)\ndef {n}_to(x):\n    return x",
    ),
    Idiom(
        "{n} = {n}_rest({a}, {b})",
        "def {n}_rest(*args):\n    return {n}_to(*args)\ndef {n}_to(x, y):\n    return y",
    ),
    Idiom("{n}_d = {{'y': {a}}}\n{n} = {n}_two('x', **{n}_d)", "def {n}_two(x, y):\n    return y"),
    Idiom("{n} = {n}_default()", "def {n}_default(x=f'{{ctx.run_id}}_d'):\n    return x"),
    Idiom("{n} = {n}_only(y={a})", "def {n}_only(*, x='x', y):\n    return y"),
    Idiom("{n} = {n}_pos({a}, {b})", "def {n}_pos(x, /, y):\n    return x"),
    # Containers.
    Idiom("{n}_l = []\n{n}_l.append({a})\n{n} = {n}_l.pop()"),
    Idiom("{n}_l = [{a}]\n{n}_m = {n}_l\n{n}_m[0] = {b}\n{n} = {n}_l[0]"),
    Idiom("{n}_d = {{}}\n{n}_d[ctx.run_id] = {a}\n{n} = {n}_d[ctx.run_id]"),
    Idiom("{n}_d = dict(k={a})\n{n} = {n}_d.pop('k')"),
    Idiom("{n}_d = {{}}\n{n} = {n}_d.setdefault('k', {a})"),
    Idiom("{n}_d = {{}}\n{n}_d.setdefault('k', []).append({a})\n{n} = {n}_d['k'][0]"),
    Idiom("{n}_d = {{'k': {{'l': {a}}}}}\n{n} = {n}_d['k']['l']"),
    Idiom("{n}_d = {{x: y for x, y in [('k', {a})]}}\n{n} = {n}_d['k']"),
    Idiom("{n}_d = {{{a}: 1}}\nfor {n} in {n}_d:\n    pass"),
    Idiom("{n}_d = {{'k': {a}}}\nfor {n} in {n}_d.values():\n    pass"),
    Idiom("{n}_d = {{'k': {a}}}\nfor _, {n} in {n}_d.items():\n    pass"),
    Idiom("{n}_d = {{**{{'k': {a}}}, 'l': {b}}}\n{n} = {n}_d['k']"),
    Idiom("{n}_d = {{'k': {a}}} | {{'l': {b}}}\n{n} = {n}_d['l']"),
    Idiom("{n}_l = [*[{a}], {b}]\n{n} = {n}_l[0]"),
    Idiom("{n}_l = [{a}] + [{b}]\n{n} = {n}_l[1]"),
    Idiom("{n}_l = sorted([{a}])\n{n} = {n}_l[0]"),
    Idiom("{n}_l = [({a}, 1), ({b}, 2)]\nfor {n}, _ in {n}_l:\n    pass"),
    Idiom("{n}_l = [x for xs in [[{a}]] for x in xs]\n{n} = {n}_l[0]"),
    Idiom("{n}_s = {{{a}}}\nfor {n} in {n}_s:\n    pass"),
    Idiom("{n} = next(iter([{a}]))"),
    Idiom("{n} = next(x for x in [{a}])"),
    Idiom("_, {n} = next(zip(rows, [{a}, {b}]))"),
    Idiom("({n}, {n}_b), {n}_c = ({a}, {b}), 'c'"),
    Idiom("*_, {n} = [{b}, {a}]"),
    Idiom("{n} = {n}_b = {a}"),
    Idiom("{n}_l = [{a}, {b}][:1]\n{n} = {n}_l[0]"),
    Idiom("{n}_l = list(reversed([{a}]))\n{n} = {n}_l[0]"),
    # Generators.
    Idiom("for {n} in {n}_gen({a}):\n    pass", "def {n}_gen(x):\n    yield 'g'\n    yield x"),
    Idiom(
        "{n} = list({n}_gen({a}))[0]",
        "def {n}_gen(x):\n    yield from {n}_sub(x)\ndef {n}_sub(x):\n    yield x",
    ),
    Idiom("for {n} in (x for x in [{a}]):\n    pass"),
    # Objects.
    Idiom(
        "{n}_o = {n}_C({a})\n{n} = {n}_o.x",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x",
    ),
    Idiom(
        "{n}_o = {n}_C({a})\n{n} = {n}_o.value",
        "class {n}_C:\n    def __init__(self, x):\n        self._x = x\n"
        "    @property\n    def value(self):\n        return self._x",
    ),
    Idiom(
        "{n} = {n}_C.make({a}).x",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    @classmethod\n    def make(cls, x):\n        return cls(x)",
    ),
    Idiom(
        "{n} = {n}_C.same({a})",
        "class {n}_C:\n    @staticmethod\n    def same(x):\n        return x",
    ),
    Idiom(
        "{n} = {n}_C.same({n}_C(), {a})", "class {n}_C:\n    def same(self, x):\n        return x"
    ),
    Idiom(
        "{n} = {n}_D({a}).same({b})",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    def same(self, y):\n        return self.x\n"
        "class {n}_D({n}_C):\n    def same(self, y):\n        return super().same(y)",
    ),
    Idiom(
        "{n} = {n}_C().first({a})",
        "class {n}_C:\n    def first(self, x):\n        self.x = x\n        return self.second()\n"
        "    def second(self):\n        return self.x",
    ),
    Idiom("{n}_C.x = {a}\n{n} = {n}_C().x", "class {n}_C:\n    x = 'c'"),
    Idiom(
        "{n} = {n}_C(x={a}).x",
        "from typing import NamedTuple\nclass {n}_C(NamedTuple):\n    x: str\n    y: str = 'y'",
    ),
    Idiom(
        "{n}, _ = {n}_C({a}, {b})",
        "from typing import NamedTuple\nclass {n}_C(NamedTuple):\n    x: str\n    y: str = 'y'",
    ),
    Idiom(
        "{n} = {n}_C('x')._replace(x={a}).x",
        "from typing import NamedTuple\nclass {n}_C(NamedTuple):\n    x: str",
    ),
    Idiom(
        "{n} = {n}_C({a}).y",
        "from dataclasses import dataclass\n@dataclass\nclass {n}_C:\n    x: str\n"
        "    y: str = 'y'\n    def __post_init__(self):\n        self.y = self.x",
    ),
    Idiom(
        "{n} = replace({n}_C('x'), x={a}).x",
        "from dataclasses import dataclass, replace\n@dataclass\nclass {n}_C:\n    x: str",
    ),
    Idiom(
        "{n}_o = {n}_C()\n{n}_o.items.append({a})\n{n} = {n}_o.items[0]",
        "class {n}_C:\n    def __init__(self):\n        self.items = []",
    ),
    Idiom(
        "{n}_o = {n}_C()\n{n}_fill({n}_o, {a})\n{n} = {n}_o.x",
        "class {n}_C:\n    x = 'c'\ndef {n}_fill(o, x):\n    o.x = x",
    ),
    Idiom(
        "{n}_l = []\n{n}_fill({n}_l, {a})\n{n} = {n}_l[0]",
        "def {n}_fill(items, x):\n    items.append(x)",
    ),
    Idiom(
        "{n}_o = {n}_C()\nsetattr({n}_o, 'x', {a})\n{n} = getattr({n}_o, 'x')",
        "class {n}_C:\n    x = 'c'",
    ),
    Idiom(
        "with {n}_C({a}) as {n}:\n    pass",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __enter__(self):\n        return self.x\n"
        "    def __exit__(self, *error):\n        return None",
    ),
    Idiom(
        "with {n}_held({a}) as {n}:\n    pass",
        "from contextlib import contextmanager\n@contextmanager\ndef {n}_held(x):\n    yield x",
    ),
    Idiom(
        "for {n} in {n}_C({a}):\n    pass",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __iter__(self):\n        yield self.x",
    ),
    Idiom(
        "{n} = {n}_C({a})['k']",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __getitem__(self, key):\n        return self.x",
    ),
    Idiom(
        "{n} = {n}_C({a}).b({b}).x",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    def b(self, y):\n        self.y = y\n        return self",
    ),
    Idiom(
        "{n} = {n}_C({a}).inner.x",
        "class {n}_I:\n    def __init__(self, x):\n        self.x = x\n"
        "class {n}_C:\n    def __init__(self, x):\n        self.inner = {n}_I(x)",
    ),
    Idiom(
        "{n} = {n}_C({a}).x",
        "class {n}_C:\n    def __new__(cls, x):\n        made = super().__new__(cls)\n"
        "        made.x = x\n        return made",
    ),
    Idiom(
        "{n} = {n}_C({a}).x",
        "class {n}_C:\n    def __init__(self, x):\n        self.__dict__.update(x=x)",
    ),
    Idiom("{n}_o = {n}_C()\nvars({n}_o)['x'] = {a}\n{n} = {n}_o.x", "class {n}_C:\n    x = 'c'"),
    Idiom(
        "{n} = {n}_C({a}).y",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __getattr__(self, name):\n        return self.x",
    ),
    Idiom(
        "{n} = {n}_C().same({a})",
        "class {n}_C:\n    def _pick(self, kind, x):\n        return x\n"
        "    same = partialmethod(_pick, 'kind')",
    ),
    Idiom("{n} = {n}_C().same({a})", "class {n}_C:\n    same = staticmethod(lambda x: x)"),
    Idiom(
        "{n} = {n}_C({a}).y",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x\n"
        "    y = property(lambda self: self.x)",
    ),
    Idiom(
        "try:\n    raise {n}_E({a})\nexcept {n}_E as error:\n    {n} = error.x",
        "class {n}_E(Exception):\n    def __init__(self, x):\n        self.x = x",
    ),
    # Objects that one function makes for several callers.
    Idiom(
        "{n}_a, {n}_b = {n}_make(), {n}_make()\n{n}_a.x = {a}\n{n}_b.x = {b}\n{n} = {n}_a.x",
        "class {n}_C:\n    x = 'c'\ndef {n}_make():\n    return {n}_C()",
    ),
    Idiom(
        "{n}_a, {n}_b = {n}_make(), {n}_make()\n{n}_a.append({a})\n{n}_b.append({b})\n"
        "{n}_b.clear()\n{n} = {n}_a[0]",
        "def {n}_make():\n    return []",
    ),
    # What carries a value from one side to another.
    Idiom("{n}_V.set({a})\n{n} = {n}_V.get()", "{n}_V = ContextVar('v')"),
    Idiom(
        "{n}_box = []\n{n}_g = {n}_take({n}_box)\nnext({n}_g)\n{n}_g.send({a})\n{n} = {n}_box[0]",
        "def {n}_take(box):\n    while True:\n        box.append((yield))",
    ),
    Idiom("{n} = list(accumulate([{b}, {a}], lambda x, y: y))[1]"),
    # Lists and mappings that are changed.
    Idiom("{n}_l = [{b}]\n{n}_l.insert(0, {a})\n{n} = {n}_l[0]"),
    Idiom("{n}_l = [{a}]\n{n}_l.insert(0, {b})\n{n} = {n}_l[1]"),
    Idiom("{n}_l = [{b}, {a}]\n{n}_l.pop(0)\n{n} = {n}_l[0]"),
    Idiom("{n}_l = [{b}]\n{n}_l.clear()\n{n}_l += [{a}]\n{n} = {n}_l[-1]"),
    Idiom("{n}_l = [{b}]\n{n}_l[:] = [{b}, {a}]\n{n} = {n}_l[1]"),
    Idiom("{n}_d = {{'k': {b}}}\n{n}_d.clear()\n{n}_d['k'] = {a}\n{n} = {n}_d['k']"),
    Idiom("_, {n}_l = zip(*[({b}, {a})])\n{n} = {n}_l[0]"),
    # Module variables.
    Idiom(
        "{n}_set({a})\n{n} = {n}_get()",
        "{n}_G = 'g'\ndef {n}_set(x):\n    global {n}_G\n    {n}_G = x\n"
        "def {n}_get():\n    return {n}_G",
    ),
    Idiom(
        "{n}_CACHE['k'] = {a}\n{n} = {n}_get()",
        "{n}_CACHE = {{}}\ndef {n}_get():\n    return {n}_CACHE['k']",
    ),
    # Wrappers and other spellings.
    Idiom("{n} = cast(str, {a})", "from typing import cast"),
    Idiom("{n} = cast('str', {a}).lower().strip()", "from typing import cast"),
    Idiom("{n} = {n}_T({a})", "from typing import NewType\n{n}_T = NewType('{n}_T', str)"),
    Idiom("{n} = Template('$x-y').substitute(x={a})", "from string import Template"),
    Idiom(
        "{n}_t = Template('$x-y')\n{n} = {n}_t.substitute({{'x': {a}}})",
        "from string import Template",
    ),
    Idiom("{n} = '{{x}}'.format_map({{'x': {a}}})"),
    Idiom("{n} = '%(x)s' % {{'x': {a}}}"),
    Idiom("{n} = {a}\n{n} %= ()"),
    Idiom("{n}_o = {n}_C()\n{n}_o.x += {a}\n{n} = {n}_o.x", "class {n}_C:\n    x = 'c'"),
    Idiom("{n}_d = {{'k': {a}}}\n{n}_d['k'] += {b}\n{n} = {n}_d['k']"),
    Idiom(
        "{n} = asyncio.run({n}_co({a}))",
        "import asyncio\nasync def {n}_sub(x):\n    return x\n"
        "async def {n}_co(x):\n    return await {n}_sub(x)",
    ),
    Idiom(
        "{n} = asyncio.run({n}_co({a}))",
        "import asyncio\ndef {n}_sub(x):\n    return x\n"
        "async def {n}_co(x):\n    return await asyncio.to_thread({n}_sub, x)",
    ),
    Idiom(
        "{n} = asyncio.run({n}_co({a}))",
        "import asyncio\nasync def {n}_sub(x):\n    return x\n"
        "async def {n}_co(x):\n    found = await asyncio.gather({n}_sub('g'), {n}_sub(x))\n"
        "    return found[1]",
    ),
    # Loops.
    Idiom(
        "{n} = {n}_b = {n}_c = 'n'\nfor _ in range(4):\n    {n} = {n}_b\n    {n}_b = {n}_c\n"
        "    {n}_c = {a}"
    ),
    Idiom("{n}_i = 0\n{n} = 'n'\nwhile {n}_i < 2:\n    {n}_i += 1\n    {n} = {a}"),
    Idiom("for _ in range(2):\n    {n} = {a}\n    if {n}:\n        break\nelse:\n    {n} = {b}"),
    Idiom("try:\n    {n} = {a}\n    raise ValueError\nexcept ValueError:\n    pass"),
    Idiom("try:\n    {n} = {a}\nfinally:\n    {n}_b = {b}"),
    Idiom("match {{'k': {a}}}:\n    case {{'k': {n}}}:\n        pass"),
    Idiom("match [{a}, {b}]:\n    case [_, {n}]:\n        pass"),
    Idiom(
        "match {n}_C({a}):\n    case {n}_C(x={n}):\n        pass",
        "class {n}_C:\n    def __init__(self, x):\n        self.x = x",
    ),
    Idiom("if ({n} := {a}):\n    pass"),
    Idiom("{n} = [last := x for x in [{a}]][0]\n{n} = last"),
    Idiom(
        "{n}_o = {n}_C()\n{n}_o({a})\n{n} = {n}_o.x",
        "class {n}_C:\n    x = 'c'\n    def __call__(self, x):\n        self.x = x",
    ),
    Idiom(
        "{n} = {n}_E({a}).x",
        "from dataclasses import dataclass\n@dataclass\nclass {n}_C:\n    x: str\n"
        "class {n}_E({n}_C):\n    def __init__(self, y):\n        super().__init__(y)",
    ),
)
