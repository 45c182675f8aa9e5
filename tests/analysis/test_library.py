"""Every function and method with a model: what it lets through, and what it does not."""

from __future__ import annotations

import textwrap

import pytest

from flake8_stateid.analysis import basic_models
from flake8_stateid.analysis.builders import STRING_WRAPPERS
from flake8_stateid.analysis.library import LIBRARY, read
from tests.analysis.running import check, findings

PROGRAM = """\
import anyio, asyncio, atexit, attr, attrs, collections, concurrent.futures, contextlib, copy
import contextvars
import dataclasses, functools, heapq, itertools, multiprocessing, pydantic, random, secrets
import binascii, datetime, decimal, enum, fractions, importlib, numpy, os, statistics, struct, time
import jax.numpy, torch, zlib
import operator, string, sys, threading, types, typing, typing_extensions, weakref
from typing import NamedTuple

def sink(key): Client(state_id=key)
def sink_second(row, key): Client(state_id=key)
def make(value): return f"{value}_row"
async def make_later(value): return f"{value}_row"
def given(value): return value
def sent_to_sink(): sink((yield))
def sent_to_log(): print((yield))

@dataclasses.dataclass
class Record:
    key: str
    row: int = 0

class Pair(NamedTuple):
    key: str
    row: int = 0

class Manager:
    def __init__(self, key): self.key = key
    def __enter__(self): return self.key

class Text(str):
    def __new__(cls, value): return super().__new__(cls, value)

async def plugin(ctx, clean, pool, loop, tasks):
    built = f"{ctx.state_id}_row"
"""


def reaches(body: str) -> bool:
    """Whether anything built reaches a state id in a function with this body."""
    return bool(findings(PROGRAM + textwrap.indent(textwrap.dedent(body), "    ")))


def numeric(call: str) -> tuple[str, str]:
    """Rows for what gives a number: added to, it makes no string."""
    return f"sink(ctx.base + str({call}))", f"sink(ctx.base + {call})"


def opaque(call: str, kept: str = "built") -> tuple[str, str]:
    """Rows for what gives something else than it was given."""
    return f"sink({kept})", f"sink({call})"


# By dotted name: what reaches a state id, and what does not.
FUNCTION_CASES: dict[str, tuple[str, str]] = {
    "builtins.str": ("sink(str(built))", "sink(str(clean))"),
    "builtins.format": ("sink(format(built))", "sink(format(clean, built))"),
    **{
        f"builtins.{name}": (f"sink({name}(1) + 'x')", f"sink({name}(built))")
        for name in ("repr", "ascii", "chr", "hex", "bin")
    },
    **{
        f"builtins.{name}": numeric(f"{name}(built)")
        for name in (
            *("len", "int", "float", "abs", "round", "ord", "hash", "id", "bool", "complex"),
            "int.from_bytes",
        )
    },
    "builtins.pow": numeric("pow(built, 2)"),
    "builtins.divmod": (
        "sink(ctx.base + str(divmod(built, 2)[0]))",
        "sink(ctx.base + divmod(built, 2)[0])",
    ),
    "builtins.isinstance": numeric("isinstance(built, str)"),
    **{name: numeric(f"{name}(built)") for name in read("numbers").functions},
    **{
        f"struct.{name}": numeric(f"struct.{name}('<I', built)[0]")
        for name in ("unpack", "unpack_from")
    },
    "struct.iter_unpack": (
        "for (n,) in struct.iter_unpack('<I', built): sink(ctx.base + str(n))",
        "for (n,) in struct.iter_unpack('<I', built): sink(ctx.base + n)",
    ),
    "struct.Struct": (
        "sink(ctx.base + str(struct.Struct('<I').unpack(built)[0]))",
        "form = struct.Struct('<I'); sink(ctx.base + form.size + form.unpack_from(built, 4)[0])",
    ),
    **{
        name: (f"sink({name}(ctx.base, '_row'))", f"sink(str({name}(built, 1)))")
        for name in ("operator.add", "operator.iadd", "operator.concat", "operator.iconcat")
    },
    **{
        name: (f"sink({name}('%s_row', clean))", f"sink(str({name}(built.count('x'), 2)))")
        for name in ("operator.mod", "operator.imod")
    },
    "weakref.finalize": (
        "weakref.finalize(ctx, sink_second, 1, built)",
        "weakref.finalize(ctx, sink_second, built, 1)",
    ),
    "builtins.str.__add__": ("sink(str.__add__(clean, '_row'))", "print(str.__add__(clean, 'x'))"),
    "builtins.str.__mod__": ("sink(str.__mod__('%s', clean))", "print(str.__mod__('%s', clean))"),
    "builtins.hasattr": numeric("hasattr(ctx, built)"),
    "builtins.any": numeric("any([built])"),
    "builtins.all": numeric("all([built])"),
    "builtins.bytes": opaque("bytes(1) + bytes(ctx)"),
    "builtins.bytearray": opaque("bytearray(1) + bytearray(ctx)"),
    "builtins.sum": ("sink(sum([[built]], [])[0])", "sink(ctx.base + sum([1]))"),
    **{
        f"builtins.{name}": (f"for x in {name}([built]): sink(x)", f"sink({name}([built]))")
        for name in ("list", "sorted", "reversed", "iter")
    },
    "builtins.aiter": (
        "async for x in aiter(g for g in [built]): sink(x)",
        "async for x in aiter(g for g in [clean]): sink(x)",
    ),
    "builtins.tuple": ("sink(tuple([clean, built])[1])", "sink(tuple([clean, built])[0])"),
    "builtins.set": ("for x in set([built]): sink(x)", "for x in set([clean]): sink(x)"),
    "builtins.frozenset": (
        "for x in frozenset([built]): sink(x)",
        "for x in frozenset([clean]): sink(x)",
    ),
    "builtins.dict": (
        "sink(dict([(clean, built)])[clean])",
        "for x in dict([(clean, built)]): sink(x)",
    ),
    "collections.OrderedDict": (
        "sink(collections.OrderedDict(a=built)['a'])",
        "sink(collections.OrderedDict(a=built, b=clean)['b'])",
    ),
    "builtins.dict.fromkeys": (
        "for x in dict.fromkeys([built], clean): sink(x)",
        "for x in dict.fromkeys([built], clean).values(): sink(x)",
    ),
    "collections.OrderedDict.fromkeys": (
        "for x in collections.OrderedDict.fromkeys([clean], built).values(): sink(x)",
        "for x in collections.OrderedDict.fromkeys([clean], built): sink(x)",
    ),
    "collections.defaultdict": (
        "sink(collections.defaultdict(lambda: built)[clean])",
        "sink(collections.defaultdict(lambda: clean)[built])",
    ),
    "collections.Counter": (
        "for x in collections.Counter([built]): sink(x)",
        "for x in collections.Counter([built]).values(): sink(x)",
    ),
    "collections.deque": (
        "sink(collections.deque([built]).popleft())",
        "sink(collections.deque([built]))",
    ),
    "collections.ChainMap": (
        "sink(collections.ChainMap({'a': clean}, {'b': built})['b'])",
        "sink(collections.ChainMap({'a': clean}, {'b': built})['a'])",
    ),
    "builtins.range": (
        "for n in range(3): sink(ctx.base + str(n))",
        "for n in range(3): sink(ctx.base + n)",
    ),
    "itertools.count": (
        "for n in itertools.count(): sink(ctx.base + str(n))",
        "for n in itertools.count(): sink(ctx.base + n)",
    ),
    "builtins.enumerate": (
        "for n, x in enumerate([built]): sink(x)",
        "for n, x in enumerate([built]): sink(n)",
    ),
    "builtins.zip": (
        "for a, b in zip([clean], [built]): sink(b)",
        "for a, b in zip([clean], [built]): sink(a)",
    ),
    "itertools.zip_longest": (
        "for a, b in itertools.zip_longest([clean], [built]): sink(b)",
        "for a, b in itertools.zip_longest([clean], [built]): sink(a)",
    ),
    "itertools.product": (
        "for a, b in itertools.product([clean], [built]): sink(b)",
        "for a, b in itertools.product([clean], [built]): sink(a)",
    ),
    "itertools.repeat": (
        "for x in itertools.repeat(built): sink(x)",
        "for x in itertools.repeat(clean, built): sink(x)",
    ),
    "itertools.chain": (
        "for x in itertools.chain([clean], [built]): sink(x)",
        "for x in itertools.chain([clean], [ctx]): sink(x)",
    ),
    "heapq.merge": (
        "for x in heapq.merge([clean], [built]): sink(x)",
        "for x in heapq.merge([clean], key=built): sink(x)",
    ),
    "itertools.chain.from_iterable": (
        "for x in itertools.chain.from_iterable([[built]]): sink(x)",
        "for x in itertools.chain.from_iterable([built]): sink(x)",
    ),
    "itertools.starmap": (
        "for x in itertools.starmap(lambda a, b: b, [(clean, built)]): sink(x)",
        "for x in itertools.starmap(lambda a, b: a, [(clean, built)]): sink(x)",
    ),
    **{
        f"itertools.{name}": (
            f"for x in itertools.{name}([built], 2): sink(x)",
            f"for x in itertools.{name}([clean], built): sink(x)",
        )
        for name in ("islice", "cycle", "compress")
    },
    **{
        f"itertools.{name}": (
            f"for x in itertools.{name}(len, [built]): sink(x)",
            f"for x in itertools.{name}(make, [clean]): sink(x)",
        )
        for name in ("takewhile", "dropwhile", "filterfalse")
    },
    **{
        f"itertools.{name}": (
            f"for a, b in itertools.{name}([built], 2): sink(b)",
            f"for pair in itertools.{name}([built], 2): sink(pair)",
        )
        for name in (
            "pairwise",
            "batched",
            "combinations",
            "permutations",
            "combinations_with_replacement",
        )
    },
    "itertools.groupby": (
        "for k, group in itertools.groupby([built], given): sink(k)",
        "for k, group in itertools.groupby([built], len): sink(k)",
    ),
    "itertools.tee": (
        "a, b = itertools.tee([built])\nfor x in b: sink(x)",
        "a, b = itertools.tee([built])\nsink(b)",
    ),
    "operator.itemgetter": (
        "for x in map(operator.itemgetter('a'), [{'a': built}]): sink(x)",
        "for x in map(operator.itemgetter('b'), [{'a': built, 'b': clean}]): sink(x)",
    ),
    "operator.attrgetter": (
        "sink(operator.attrgetter('key')(Record(built)))",
        "sink(operator.attrgetter('row')(Record(built)))",
    ),
    "operator.methodcaller": (
        "operator.methodcaller('get', state_id=built)(ctx)",
        "operator.methodcaller('get', row=built)(ctx)",
    ),
    **{
        f"weakref.{name}": (
            f"sink(weakref.{name}(Record(built))().key)",
            f"sink(weakref.{name}(Record(built)).key)",
        )
        for name in ("ref", "WeakMethod")
    },
    "weakref.proxy": (
        "sink(weakref.proxy(Record(built)).key)",
        "sink(weakref.proxy(Record(built)).row)",
    ),
    "functools.singledispatch": (
        "functools.singledispatch(sink)(built)",
        "functools.singledispatch(print)(built)",
    ),
    "builtins.next": ("sink(next(iter([built])))", "sink(next(iter([clean])))"),
    "builtins.anext": ("sink(anext(iter([clean]), built))", "sink(anext(iter([clean])))"),
    "builtins.min": ("sink(min(clean, built))", "sink(min([clean], key=built))"),
    "builtins.max": ("sink(max([clean], default=built))", "sink(max([clean], [built]))"),
    "builtins.map": (
        "for x in map(make, [clean]): sink(x)",
        "for x in map(len, [built]): sink(x)",
    ),
    "builtins.filter": (
        "for x in filter(None, [built]): sink(x)",
        "for x in filter(make, [clean]): sink(x)",
    ),
    "builtins.property": ("sink(property(make)(1))", "sink(property(given)(1))"),
    "builtins.staticmethod": ("sink(staticmethod(make)(1))", "sink(staticmethod(given)(1))"),
    "functools.reduce": (
        "sink(functools.reduce(lambda a, b: a, [clean], built))",
        "sink(functools.reduce(lambda a, b: a + b, [clean], 0))",
    ),
    "builtins.getattr": (
        "sink(getattr(Record(built), 'key'))",
        "sink(getattr(Record(built), 'row'))",
    ),
    "builtins.setattr": ("setattr(ctx, 'state_id', built)", "setattr(ctx, clean, built)"),
    "builtins.object.__setattr__": (
        "object.__setattr__(ctx, 'key', built); sink(ctx.key)",
        "object.__setattr__(ctx, 'key', built); sink(ctx.row)",
    ),
    "builtins.vars": (
        "sink(vars(Record(built))['key'])",
        "sink(vars(Record(built, 2))['row'])",
    ),
    "builtins.type": (
        "sink(type(Record(clean))(built).key)",
        "sink(type('Made', (), {'key': built}))",
    ),
    "typing.cast": ("sink(typing.cast(str, built))", "sink(typing.cast(built, clean))"),
    "typing_extensions.cast": (
        "sink(typing_extensions.cast(str, val=built))",
        "sink(typing_extensions.cast(built, clean))",
    ),
    "typing.NewType": (
        "sink(typing.NewType('Id', str)(built))",
        "sink(typing.NewType('Id', str)(clean))",
    ),
    "typing_extensions.NewType": (
        "sink(typing_extensions.NewType('Id', str)(built))",
        "sink(typing_extensions.NewType('Id', str)(clean))",
    ),
    "copy.copy": ("sink(copy.copy([built])[0])", "sink(copy.copy([clean, built])[0])"),
    "copy.deepcopy": ("sink(copy.deepcopy(built))", "sink(copy.deepcopy(clean, built))"),
    "sys.intern": ("sink(sys.intern(built))", "sink(sys.intern(clean))"),
    "importlib.import_module": (
        "sink(importlib.import_module('sys').intern(built))",
        "sink(importlib.import_module('sys').argv[built])",
    ),
    "string.Template": (
        "sink(string.Template('$a').substitute(a=1))",
        "sink(string.Template('$a'))",
    ),
    **{
        f"{name}": (
            f"class C:\n    state_id: str = {name}(default=built)",
            f"class C:\n    state_id: str = {name}(metadata=built)",
        )
        for name in ("dataclasses.field", "attr.ib", "attr.field", "attrs.field")
    },
    "pydantic.Field": (
        "class C:\n    state_id: str = pydantic.Field(built)",
        "class C:\n    state_id: str = pydantic.Field(clean, description=built)",
    ),
    **{
        name: (
            f"sink({name}(Record(clean), key=built).key)",
            f"sink({name}(Record(built), key=clean).key)",
        )
        for name in ("dataclasses.replace", "copy.replace", "attr.evolve", "attrs.evolve")
    },
    **{
        name: (f"sink({name}(Record(built))['key'])", f"sink({name}(Record(built, 1))['row'])")
        for name in ("dataclasses.asdict", "attr.asdict", "attrs.asdict")
    },
    **{
        name: (f"sink({name}(Record(built, 1))[0])", f"sink({name}(Record(built, 1))[1])")
        for name in ("dataclasses.astuple", "attr.astuple", "attrs.astuple")
    },
    "types.SimpleNamespace": (
        "sink(types.SimpleNamespace(**{'key': built}).key)",
        "sink(types.SimpleNamespace(key=built, row=clean).row)",
    ),
    "dataclasses.make_dataclass": (
        "sink(dataclasses.make_dataclass('J', ['a', 'b'])(clean, built).b)",
        "sink(dataclasses.make_dataclass('J', ['a', 'b'])(clean, built).a)",
    ),
    "collections.namedtuple": (
        "sink(collections.namedtuple('Job', 'row key')(clean, built).key)",
        "sink(collections.namedtuple('Job', 'row key')(clean, built).row)",
    ),
    "typing.NamedTuple": (
        "sink(typing.NamedTuple('Job', [('row', int), ('key', str)])(clean, built).key)",
        "sink(typing.NamedTuple('Job', [('row', int), ('key', str)])(clean, built).row)",
    ),
    "functools.partial": (
        "functools.partial(sink_second, clean)(built)",
        "functools.partial(sink_second, built)(clean)",
    ),
    "functools.partialmethod": (
        "functools.partialmethod(sink_second, key=built)(clean)",
        "functools.partialmethod(sink_second, built)(clean)",
    ),
    **{
        name: (f"{name}(sink_second, clean, built)", f"{name}(sink_second, built, clean)")
        for name in ("asyncio.to_thread", "anyio.to_thread.run_sync", "atexit.register")
    },
    "threading.Thread": (
        "threading.Thread(target=sink_second, args=(clean, built))",
        "threading.Thread(target=sink_second, args=(built, clean))",
    ),
    "multiprocessing.Process": (
        "multiprocessing.Process(None, sink_second, None, [clean], {'key': built})",
        "multiprocessing.Process(None, None, None, [clean], {'key': built})",
    ),
    "threading.Timer": (
        "threading.Timer(5, sink, [built])",
        "threading.Timer(5, sink_second, [built])",
    ),
    **{
        f"asyncio.{name}": (
            f"sink(await asyncio.{name}(make_later(clean)))",
            f"sink(asyncio.{name}(make_later(clean)))",
        )
        for name in ("create_task", "ensure_future", "shield", "run_coroutine_threadsafe")
    },
    "asyncio.wait_for": (
        "sink(await asyncio.wait_for(make_later(clean), 5))",
        "sink(await asyncio.wait_for(clean, built))",
    ),
    "asyncio.run": (
        "sink(asyncio.run(make_later(clean)))",
        "sink(asyncio.run(clean, debug=built))",
    ),
    "asyncio.wait": (
        "done, late = await asyncio.wait([asyncio.create_task(make_later(1))])\n"
        "for task in done: sink(task.result())",
        "done, late = await asyncio.wait([asyncio.create_task(make_later(1))])\n"
        "for task in done: sink(task)",
    ),
    "concurrent.futures.wait": (
        "done, late = concurrent.futures.wait([pool.submit(make, 1)])\n"
        "for task in late: sink(task.result())",
        "done, late = concurrent.futures.wait([pool.submit(make, 1)])\n"
        "for task in late: sink(task)",
    ),
    "asyncio.as_completed": (
        "for x in asyncio.as_completed([make_later(1)]): sink(await x)",
        "for x in asyncio.as_completed([clean]): sink(await x)",
    ),
    "concurrent.futures.as_completed": (
        "for x in concurrent.futures.as_completed([pool.submit(make, 1)]): sink(x.result())",
        "for x in concurrent.futures.as_completed([pool.submit(make, 1)]): sink(x)",
    ),
    "asyncio.gather": (
        "a, b = await asyncio.gather(clean, make_later(1)); sink(b)",
        "a, b = await asyncio.gather(clean, make_later(1)); sink(a)",
    ),
    "contextlib.nullcontext": (
        "with contextlib.nullcontext(built) as x: sink(x)",
        "with contextlib.nullcontext(clean) as x: sink(x)",
    ),
    "contextlib.closing": (
        "with contextlib.closing(built) as x: sink(x)",
        "with contextlib.closing(clean): sink(clean)",
    ),
    "contextlib.aclosing": (
        "async with contextlib.aclosing(built) as x: sink(x)",
        "sink(contextlib.aclosing(built))",
    ),
    **{
        f"heapq.{name}": (
            f"h = []; heapq.{name}(h, built); sink(h[0])",
            f"h = [clean]; heapq.{name}(h, ctx); sink(h[0])",
        )
        for name in ("heappush", "heappushpop", "heapreplace")
    },
    "heapq.heappop": ("sink(heapq.heappop([built]))", "sink(heapq.heappop(clean))"),
    "random.choice": ("sink(random.choice([built]))", "sink(random.choice(clean))"),
    "secrets.choice": ("sink(secrets.choice([built]))", "sink(secrets.choice(clean))"),
    "random.sample": (
        "for x in random.sample([built], 1): sink(x)",
        "sink(random.sample([built], 1))",
    ),
    "itertools.accumulate": (
        "for x in itertools.accumulate(ctx, lambda a, b: (sink(a), f'{b}')[1]): print(x)",
        "for x in itertools.accumulate(ctx, lambda a, b: a + b, initial=0): sink(x)",
    ),
    "contextvars.ContextVar": (
        "sink(contextvars.ContextVar('v', default=built).get())",
        "sink(contextvars.ContextVar(built, default=clean).get())",
    ),
    "builtins.object.__new__": (
        "p = object.__new__(Manager); p.key = built; sink(p.key)",
        "p = object.__new__(Manager); p.row = built; sink(p.row_key)",
    ),
    "builtins.str.__new__": (
        "sink(str.__new__(Text, built))",
        "sink(str.__new__(Manager, built))",
    ),
    **{
        f"{module}.Factory": (
            f"sink({module}.Factory(lambda: built))",
            f"sink({module}.Factory(clean))",
        )
        for module in ("attr", "attrs")
    },
    "builtins.str.format": ("sink(str.format('{}', clean))", "sink(str.formatted('{}', built))"),
    "builtins.str.format_map": (
        "sink(str.format_map('{}', clean))",
        "sink(str.formatted_map(built))",
    ),
    "builtins.str.join": ("sink(str.join('_', clean))", "sink(str.join())"),
    **{
        f"builtins.str.{name}": (f"sink(str.{name}(built))", f"sink(str.{name}(clean, built))")
        for name in STRING_WRAPPERS
    },
}

# By bare name, on receivers of unknown class.
METHOD_CASES: dict[str, tuple[str, str]] = {
    **{name: (f"sink(built.{name}())", f"sink(clean.{name}(built))") for name in STRING_WRAPPERS},
    "encode": ("sink(built.encode())", "sink(b'x'.encode() + clean)"),
    "decode": ("sink(b'x'.decode() + clean)", "sink(b'x'.decode())"),
    "format": ("sink(clean.format(1))", "sink(built.formatted(1))"),
    "format_map": ("sink(clean.format_map(1))", "sink(built.formatted_map(1))"),
    "substitute": (
        "t: string.Template = ctx.t; sink(t.substitute(a=1))",
        "sink(clean.substitute(a=1))",
    ),
    "safe_substitute": (
        "t = string.Template('$a'); sink(t.safe_substitute(a=1))",
        "sink(clean.safe_substitute(a=1))",
    ),
    "join": ("sink('_'.join(clean))", "sink(clean.join(built, ctx))"),
    "__add__": ("sink(clean.__add__('_row'))", "sink(clean.__add__(1))"),
    "__mod__": ("sink(clean.__mod__(ctx))", "sink(clean.__mod__(2))"),
    **{
        name: (f"sink(clean.{name}() + clean)", f"sink(clean.{name}())")
        for name in ("hexdigest", "isoformat", "strftime")
    },
    **{
        name: numeric(f"clean.{name}(built)")
        for name in (
            *("count", "index", "find", "rfind", "total_seconds", "timestamp", "toordinal"),
            *("bit_length", "bit_count", "weekday", "isoweekday", "qsize", "fileno", "tell"),
            "__len__",
        )
    },
    **{
        name: (f"sink(clean + clean.{name}()[0])", f"sink(clean + built.{name}())")
        for name in ("split", "rsplit", "splitlines", "partition", "rpartition")
    },
    **{
        name: (
            f"ids = []; ids.{name}(built); sink(ids[0])",
            f"ids = []; ids.{name}(clean, built); sink(ids[0])",
        )
        for name in ("append", "add", "appendleft", "put", "put_nowait")
    },
    "insert": (
        "ids = []; ids.insert(0, built); sink(ids[0])",
        "ids = []; ids.insert(built, clean); ids.insert(built); sink(ids[0])",
    ),
    **{
        name: (
            f"ids = []; ids.{name}([built]); sink(ids[0])",
            f"ids = []; ids.{name}(built); sink(ids[0])",
        )
        for name in ("extend", "extendleft")
    },
    "update": (
        "ids = {}; ids.update({'a': built}); sink(ids['a'])",
        "ids = {}; ids.update(a=built, b=clean); sink(ids['b'])",
    ),
    "setdefault": (
        "ids = {}; ids.setdefault(clean, built); sink(ids[clean])",
        "ids = {}; ids.setdefault('a', built); sink(ids['b'])",
    ),
    "clear": (
        "ids = []; ids.clear(); ids.append(built); sink(ids[0])",
        "ids = [built]; ids.clear(); ids.append(clean); sink(ids[0])",
    ),
    "reverse": (
        "ids = [clean, built]; ids.reverse(); sink(ids[0])",
        "ids = [clean, built]; ids.reverse(); sink(ids[1])",
    ),
    **{
        name: (
            f"ids = [clean, built]; ids.{name}(clean); sink(ids[0])",
            f"ids = [clean, 1]; ids.{name}(built); sink(ids[0])",
        )
        for name in ("sort", "remove", "rotate")
    },
    "set": (
        "v = contextvars.ContextVar('v'); v.set(built); sink(v.get())",
        "v = contextvars.ContextVar('v'); v.set(built); v.set(clean); sink(v.get())",
    ),
    "send": (
        "g = sent_to_sink(); g.send(built)",
        "g = sent_to_log(); g.send(built)",
    ),
    "get": ("sink({'a': built}.get('a'))", "sink({'a': built}.get('b', clean))"),
    "pop": ("sink([built].pop())", "sink({'a': built}.pop('b', clean))"),
    "popleft": ("sink([built].popleft())", "sink([clean].popleft())"),
    "get_nowait": (
        "q = ctx.q; q.put(built); sink(q.get_nowait())",
        "q = ctx.q; q.put(clean); sink(q.get_nowait())",
    ),
    "__getitem__": ("sink([built].__getitem__(0))", "sink([clean].__getitem__(0))"),
    "__setitem__": (
        "ids = {}; ids.__setitem__('a', built); sink(ids['a'])",
        "ids = {}; ids.__setitem__('a', built); sink(ids['b'])",
    ),
    "popitem": (
        "k, v = {clean: built}.popitem(); sink(v)",
        "k, v = {clean: built}.popitem(); sink(k)",
    ),
    "values": (
        "for x in {clean: built}.values(): sink(x)",
        "for x in {built: clean}.values(): sink(x)",
    ),
    "keys": (
        "for x in {built: clean}.keys(): sink(x)",
        "for x in {clean: built}.keys(): sink(x)",
    ),
    "items": (
        "for k, v in {clean: built}.items(): sink(v)",
        "for k, v in {clean: built}.items(): sink(k)",
    ),
    "most_common": (
        "for k, n in collections.Counter([built]).most_common(3): sink(k)",
        "for k, n in collections.Counter([built]).most_common(3): sink(n)",
    ),
    "copy": ("sink([built].copy()[0])", "sink([clean, built].copy()[0])"),
    "union": (
        "for x in {clean}.union([built]): sink(x)",
        "for x in {clean}.union(ctx): sink(x)",
    ),
    "symmetric_difference": (
        "for x in {clean}.symmetric_difference([built]): sink(x)",
        "for x in {clean}.symmetric_difference(ctx): sink(x)",
    ),
    "difference": (
        "for x in {built}.difference(ctx): sink(x)",
        "for x in {clean}.difference([built]): sink(x)",
    ),
    "intersection": (
        "for x in {built}.intersection(ctx): sink(x)",
        "for x in {clean}.intersection([built]): sink(x)",
    ),
    "_replace": (
        "sink(Pair(clean)._replace(key=built).key)",
        "sink(Pair(built)._replace(key=clean).key)",
    ),
    "_make": (
        "sink(Pair._make([built, clean]).key); sink(Pair._make((clean, ctx)).row)",
        "sink(Pair._make([clean, built]).key); sink(ctx._make([built]))",
    ),
    "_asdict": ("sink(Pair(built)._asdict()['key'])", "sink(Pair(built, 1)._asdict()['row'])"),
    "submit": (
        "sink(pool.submit(given, built).result())",
        "sink(pool.submit(given, clean, built).result())",
    ),
    **{
        name: (
            f"loop.{name}(sink_second, clean, built)",
            f"loop.{name}(sink_second, built, clean)",
        )
        for name in (
            "to_thread",
            "run_sync",
            "call_soon",
            "call_soon_threadsafe",
            "start_soon",
            "run",
            "callback",
        )
    },
    **{
        name: (
            f"loop.{name}(None, sink_second, clean, built)",
            f"loop.{name}(None, sink_second, built, clean)",
        )
        for name in ("run_in_executor", "call_later", "call_at")
    },
    **{
        name: (
            f"for x in pool.{name}(given, [built]): sink(x)",
            f"for x in pool.{name}(ctx.given, [built]): sink(x)",
        )
        for name in ("map", "imap", "imap_unordered", "map_async")
    },
    **{
        name: (
            f"pool.{name}(sink_second, [(clean, built)])",
            f"pool.{name}(ctx.sink, [(clean, built)])",
        )
        for name in ("starmap", "starmap_async")
    },
    **{
        name: (
            f"pool.{name}(sink_second, (clean, built))",
            f"pool.{name}(ctx.sink, (clean, built))",
        )
        for name in ("apply", "apply_async")
    },
    "create_task": (
        "task = tasks.create_task(make_later(1)); sink(task.result())",
        "task = tasks.create_task(make_later(1)); sink(task)",
    ),
    "result": ("sink(pool.submit(make, 1).result())", "sink(clean.result())"),
    **{
        name: (
            f"sink(contextlib.ExitStack().{name}(Manager(built)))",
            f"sink(contextlib.ExitStack().{name}(Manager(clean)))",
        )
        for name in ("enter_context", "enter_async_context")
    },
}


def test_every_model_is_in_the_table() -> None:
    kinds = (basic_models.MODELS, *map(read, ("values", "collections", "callables", "numbers")))
    functions = [name for models in kinds for name in models.functions]
    assert sorted(FUNCTION_CASES) == sorted(functions)
    assert METHOD_CASES.keys() == {name for models in kinds for name in models.methods}


def test_every_model_is_found() -> None:
    for name in FUNCTION_CASES:
        assert LIBRARY.function(name) is not None, name
        assert LIBRARY.knows(name), name
    for name in METHOD_CASES:
        assert LIBRARY.method(name) is not None, name
        assert LIBRARY.has_method(name), name
    assert LIBRARY.function("builtins.print") is None
    assert LIBRARY.method("keep") is None
    assert not LIBRARY.has_method("keep")


@pytest.mark.parametrize("name", sorted(FUNCTION_CASES))
def test_function_lets_through(name: str) -> None:
    assert reaches(FUNCTION_CASES[name][0])


@pytest.mark.parametrize("name", sorted(FUNCTION_CASES))
def test_function_lets_nothing_else_through(name: str) -> None:
    assert not reaches(FUNCTION_CASES[name][1])


@pytest.mark.parametrize("name", sorted(METHOD_CASES))
def test_method_lets_through(name: str) -> None:
    assert reaches(METHOD_CASES[name][0])


@pytest.mark.parametrize("name", sorted(METHOD_CASES))
def test_method_lets_nothing_else_through(name: str) -> None:
    assert not reaches(METHOD_CASES[name][1])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("builtins", True),
        ("itertools", True),
        ("itertools.chain", True),
        ("itertools.chain.from_iterable", True),
        ("os._exit", True),
        ("builtins.print", False),
        ("itertools.cha", False),
        ("os.path", True),
        ("os.environ", False),
    ],
)
def test_known_names_lead_to_functions(name: str, known: bool) -> None:
    assert LIBRARY.knows(name) is known


ITERTOOLS = {
    "zip_longest fillvalue": """
        import itertools
        def f(ctx, rec, rows, ids):
            for row, key in itertools.zip_longest(rows, ids, fillvalue=f"{ctx.state_id}_x"):  # +
                rec.record(state_id=key)
    """,
    "zip_longest no fill": """
        import itertools
        def f(ctx, rec, rows, ids):
            for row, key in itertools.zip_longest([f"{ctx.state_id}_x"], ids):
                rec.record(state_id=key)
    """,
    "fillvalue of another place": """
        import itertools
        def f(ctx, rec, rows, ids):
            for row, key in itertools.zip_longest(rows, ids, fillvalue=ctx.state_id):
                rec.record(state_id=key, row=f"{row}_x")
    """,
    "accumulate": """
        import itertools
        def f(ctx, rec, rows):
            for key in itertools.accumulate(rows, lambda a, b: f"{a}_{b}", initial=1):  # +
                rec.record(state_id=key)
    """,
    "accumulate initial built": """
        import itertools
        def f(ctx, rec, rows):
            for key in itertools.accumulate(rows, max, initial=f"{ctx.state_id}_x"):  # +
                rec.record(state_id=key)
    """,
    "from the id": """
        import itertools
        def f(ctx, rec, rows):
            for key in itertools.accumulate(rows, max, initial=ctx.state_id):
                rec.record(state_id=key, label=f"{key}_x")
    """,
    "tee": """
        import itertools
        def f(ctx, rec, rows):
            a, b = itertools.tee(f"{ctx.state_id}_{r}" for r in rows)  # +
            for key in a:
                rec.record(state_id=key)
    """,
    "of ids": """
        import itertools
        def f(ctx, rec, rows):
            a, b = itertools.tee([ctx.state_id])
            for key in a:
                rec.record(state_id=key, label=f"{key}_x")
    """,
}


@pytest.mark.parametrize("text", ITERTOOLS.values(), ids=ITERTOOLS)
def test_itertools(text: str) -> None:
    check(text)


REFERENCES = {
    "weakref": """
        import weakref
        class Job:
            def __init__(self, ctx):
                self.key = f"{ctx.state_id}_r"  # +
        def f(ctx, rec):
            job = Job(ctx)
            ref = weakref.ref(job)
            rec.record(state_id=ref().key)
    """,
    "weakref attribute": """
        import weakref
        class Owner:
            def send(self, key): Client(state_id=key)
        class Job:
            def __init__(self, owner: Owner):
                self._owner = weakref.ref(owner)
            def run(self, ctx):
                self._owner().send(f"{ctx.state_id}_r")  # +
    """,
    "weakref proxy": """
        import weakref
        class Owner:
            def send(self, key): Client(state_id=key)
        class Job:
            def __init__(self, owner: Owner):
                self._owner = weakref.proxy(owner)
            def run(self, ctx):
                self._owner.send(f"{ctx.state_id}_r")  # +
    """,
    "another attribute": """
        import weakref
        class Job:
            def __init__(self, ctx):
                self.key = f"{ctx.state_id}_r"
                self.sid = ctx.state_id
        def f(ctx, rec):
            job = Job(ctx)
            rec.record(state_id=weakref.ref(job)().sid)
    """,
    "the reference is not the object": """
        import weakref
        class Job:
            def __init__(self, ctx):
                self.key = f"{ctx.state_id}_r"
        def f(ctx, rec):
            rec.record(state_id=weakref.ref(Job(ctx)).key)
    """,
    "a method": """
        import weakref
        class P:
            def send(self, key): Client(state_id=key)
            def note(self, key): print(key)
            def f(self, ctx):
                weakref.WeakMethod(self.note)()(f"{ctx.state_id}_n")
                weakref.WeakMethod(self.send)()(f"{ctx.state_id}_s")  # +
    """,
    "kept where it is not known what it refers to": """
        import weakref
        class P:
            def __init__(self):
                self._refs = []
            def f(self, ctx, deep):
                self._refs.append([[[[[[weakref.ref(deep)]]]]]])
                for ref in self._refs:
                    ref()(f"{ctx.state_id}_s")
    """,
    "proxy of another": """
        import weakref
        class Owner:
            def send(self, key): Client(state_id=key)
            def note(self, key): print(key)
        class Job:
            def __init__(self, owner: Owner):
                self._owner = weakref.proxy(owner)
            def run(self, ctx):
                self._owner.note(f"{ctx.state_id}_r")
    """,
}


@pytest.mark.parametrize("text", REFERENCES.values(), ids=REFERENCES)
def test_weak_references(text: str) -> None:
    check(text)


REPLACED = {
    "NamedTuple _replace": """
        from typing import NamedTuple
        class Job(NamedTuple):
            key: str
            row: int
        def f(ctx, rec):
            job = Job(ctx.state_id, 1)._replace(key=f"{ctx.state_id}_r")  # +
            rec.record(state_id=job.key)
    """,
    "NamedTuple _replace index": """
        from typing import NamedTuple
        class Job(NamedTuple):
            key: str
            row: int
        def f(ctx, rec):
            job = Job(ctx.state_id, 1)._replace(key=f"{ctx.state_id}_r")  # +
            key, row = job
            rec.record(state_id=key)
    """,
    "NamedTuple _replace index, clean": """
        from typing import NamedTuple
        class Job(NamedTuple):
            key: str
            row: int
        def f(ctx, rec):
            job = Job(f"{ctx.state_id}_r", 1)._replace(key=ctx.state_id)
            key, row = job
            rec.record(state_id=key)
            rec.record(state_id=job[0])
    """,
    "NamedTuple _replace of another field": """
        from typing import NamedTuple
        class Job(NamedTuple):
            key: str
            row: int
        def f(ctx, rec):
            job = Job(ctx.state_id, 1)._replace(row=f"{ctx.state_id}_r")
            key, row = job
            rec.record(state_id=key)
            rec.record(state_id=job[0])
    """,
}


@pytest.mark.parametrize("text", REPLACED.values(), ids=REPLACED)
def test_named_tuples_with_items_replaced(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    ("pairs", "part"),
    [
        ("[('clean', ctx), ('built', f'{ctx}')]", "['built']"),
        ("(('clean', ctx), ('built', f'{ctx}'))", "['built']"),
        ("[('clean', ctx), ('built', f'{ctx}')]", "[ctx.key]"),
        ("[('clean', ctx), (ctx.key, f'{ctx}')]", "[ctx.key]"),
        ("ctx.pairs + [('built', f'{ctx}')]", "[ctx.key]"),
        ("[('built', ctx), ('built', f'{ctx}')]", "['built']"),
    ],
)
def test_mappings_of_pairs(pairs: str, part: str) -> None:
    check(f"def f(rec, ctx): rec.call(state_id=dict({pairs}){part})  # +")


@pytest.mark.parametrize(
    ("pairs", "part"),
    [
        ("[('clean', ctx), ('built', f'{ctx}')]", "['clean']"),
        ("(('clean', ctx.a), ('built', f'{ctx}'))", "['clean']"),
        ("[('built', f'{ctx}'), ('built', ctx.a)]", "['built']"),
        ("[('built', f'{ctx}')], built=ctx.a", "['built']"),
        ("[('clean', ctx), (ctx.key, f'{ctx}')]", "['clean']"),
        ("ctx.pairs + [('built', f'{ctx}')]", "['clean']"),
        ("[]", "['built']"),
    ],
)
def test_mappings_of_pairs_keep_their_values_apart(pairs: str, part: str) -> None:
    check(f"def f(rec, ctx): rec.call(state_id=dict({pairs}){part})")


def test_interned_strings_are_keys_as_they_stand() -> None:
    check("""
    import sys
    KEY = sys.intern("key")
    OTHER = sys.intern("other")
    def f(rec, ctx):
        held = {KEY: f"{ctx}", OTHER: ctx.state_id}  # +
        rec.call(state_id=held[KEY])
    def g(rec, ctx):
        held = {KEY: f"{ctx}", OTHER: ctx.state_id}
        rec.call(state_id=held[OTHER])
    """)


@pytest.mark.parametrize(
    "ordered",
    [
        "sorted(rows, key=rank)",
        "max(rows, key=rank)",
        "min(rows[0], rows[1], key=rank)",
        "rows.sort(key=rank)",
    ],
)
def test_what_ranks_elements_is_called_with_each(ordered: str) -> None:
    check(f"""
    def f(rec, ctx, rows):
        ids, titles = {{}}, {{}}
        def rank(row):
            ids[row] = f"{{ctx.state_id}}_{{row}}"  # +
            titles[row] = f"{{row}}"
            return row.number
        {ordered}
        for row in rows: rec.call(titles[row], state_id=ids[row])
    def g(rec, ctx, rows):
        rank = lambda key: rec.rank(state_id=key)
        rows = [f"{{row}}" for row in rows]  # +
        {ordered}
    def h(rec, ctx, rows):
        rank = lambda key: f"{{key}}"
        best = {ordered}
        rec.call(state_id=best)
    """)


def test_fields_that_are_replaced_by_what_a_method_is_given() -> None:
    check("""
    import dataclasses
    @dataclasses.dataclass
    class Job:
        key: str = ""
        title: str = ""
        def but(self, **changes): return dataclasses.replace(self, **changes)
    def f(rec, ctx):
        job = Job().but(key=f"{ctx}_row")  # +
        rec.call(state_id=job.key)
        job = Job(key=ctx.state_id).but(title=f"{ctx}")
        rec.call(state_id=job.key)
    """)


@pytest.mark.parametrize(
    ("call", "is_built"),
    [
        ("dict(zip(NAMES, (f'{ctx}', 1)))", True),
        ("dict(zip(['n', 'state_id'], [1, f'{ctx}'], strict=True))", True),
        ("dict([('state_id', f'{ctx}'), ('n', 1)])", True),
        ("dict(zip(NAMES, (ctx.state_id, f'{ctx}')))", False),
        ("dict([('state_id', ctx.state_id), ('n', f'{ctx}')], x=f'{ctx}')", False),
        ("dict(zip(NAMES, ctx.row), x=f'{ctx}')", False),
        ("dict(zip(LIST, (f'{ctx}', 1)))", False),  # somebody may have changed it
    ],
)
def test_keys_of_mappings_of_pairs_are_targets(call: str, is_built: bool) -> None:
    mark = "# +" if is_built else ""
    check(f"""
    NAMES = ("state_id", "n")
    LIST = ["state_id", "n"]
    def f(rec, ctx): rec.write({call})  {mark}
    """)


def test_zipped_items_stay_together() -> None:
    check("""
    def f(rec, ctx, rows, more):
        for key, name in zip((ctx.a, ctx.b), (f"{ctx}", f"{ctx}")): rec.call(name, state_id=key)
        for key, name in zip((f"{ctx}_x", 1), "ab"): rec.call(name, state_id=key)  # +
        (a, b), (c, d) = zip((ctx.a, f"{ctx}_c"), (f"{ctx}_b", ctx.d))  # +
        rec.call(b, state_id=a)
        rec.call(d, state_id=c)
        for key, name in zip(rows, (f"{ctx}", 1)): rec.call(name, state_id=key)
        for key, name in zip((f"{ctx}_r", 1), rows, *more): rec.call(name, state_id=key)  # +
        for key, name in zip((), (f"{ctx}", 1)): rec.call(state_id=key)
    """)
