"""What changes a container in place: methods, and functions that are handed one."""

from __future__ import annotations

import ast

# Methods that put their one element in: the list, set, deque or queue holds it from then on.
LISTING = frozenset({"append", "appendleft", "add", "insert"})
COLLECTING = LISTING | {"put", "put_nowait"}
# Methods that may leave a dictionary without a key.
TAKING = frozenset({"pop", "popitem", "clear"})
MUTATORS = (
    COLLECTING
    | TAKING
    # list, deque, bytearray
    | {"extend", "extendleft", "popleft", "remove", "reverse", "rotate", "sort", "frombytes"}
    # set
    | {"discard", "update", "difference_update", "intersection_update"}
    | {"symmetric_difference_update"}
    # dict, OrderedDict, Counter
    | {"setdefault", "move_to_end", "subtract"}
    # queue; its 'get' is a dictionary's, too
    | {"get_nowait", "task_done"}
    # the operators' methods by name
    | {"__setitem__", "__delitem__", "__iadd__", "__ior__", "__iand__", "__isub__", "__ixor__"}
)
# Calls that make a container, by the last name.
CONTAINERS = (
    frozenset({"list", "dict", "set", "bytearray", "array", "deque", "defaultdict"})
    | {"OrderedDict", "Counter", "ChainMap", "UserDict", "UserList", "WeakKeyDictionary"}
    | {"WeakValueDictionary", "WeakSet", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"}
)
# Functions and methods that look at a container they are handed, and change nothing in it.
READERS = (
    frozenset({"all", "any", "bool", "dict", "enumerate", "filter", "frozenset", "isinstance"})
    | {"iter", "len", "list", "map", "max", "min", "print", "repr", "reversed", "set", "sorted"}
    | {"str", "sum", "tuple", "type", "id", "zip", "deepcopy", "copy", "dumps", "join", "format"}
    | {"record_call"}
)


def changed_in_place(node: ast.AST) -> ast.expr | None:
    """What a node changes: what it sets or deletes a part of, or calls a mutator on."""
    match node:
        case (
            ast.Attribute(value=changed, ctx=ast.Store() | ast.Del())
            | ast.Subscript(value=changed, ctx=ast.Store() | ast.Del())
        ):
            return changed
        case ast.Call(func=ast.Attribute(value=changed, attr=method)) if method in MUTATORS:
            return changed
    return None
