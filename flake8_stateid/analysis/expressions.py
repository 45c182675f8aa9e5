"""What an expression may be: one method for each kind of expression."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import builders, contents, entries
from flake8_stateid.analysis.assigning import AssigningFrame
from flake8_stateid.analysis.narrowing import narrow, widen
from flake8_stateid.analysis.places import has_key, place_of, slice_of, subscript_key
from flake8_stateid.analysis.program import (
    ClassInfo,
    FunctionInfo,
    defaulted_field,
    last_name,
    plain_name,
)
from flake8_stateid.analysis.registering import without
from flake8_stateid.analysis.registration import MINTING_FUNCTION
from flake8_stateid.analysis.state import merge
from flake8_stateid.analysis.tree import children, is_inert, walk
from flake8_stateid.analysis.unread import unread_in
from flake8_stateid.analysis.values import (
    BYTES,
    CAPTURED,
    DEFAULT,
    DICT,
    ELEMENT,
    FEW_ITEMS,
    GENERATOR,
    LIST,
    MAP_KEY,
    NONE,
    NOTHING,
    NUMBER,
    PAYLOAD,
    RECEIVER,
    RETURNED,
    SENT,
    SET,
    STRING,
    SUBSCRIPTED,
    TUPLE,
    UNKNOWN,
    Key,
    Reference,
    Symbol,
    Value,
    as_string,
    constant,
    container,
    is_number,
    is_string,
    items,
    join,
    join_all,
    or_number,
    part,
    reference,
    symbolic_part,
)
from flake8_stateid.names import ONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from flake8_stateid.analysis.values import Atom, Trace

# Strings have none of these; what is left of sets, dates and paths is no string either.
_ARITHMETIC = frozenset(
    (ast.Sub, ast.Pow, ast.Div, ast.FloorDiv, ast.MatMult, ast.LShift, ast.RShift)
)
CALCULATING = _ARITHMETIC | {ast.Mult}  # in place
_SET_OPERATORS = frozenset((ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub))
# What a comprehension of each kind makes.
_KINDS: dict[type[ast.AST], Value] = {
    ast.ListComp: LIST,
    ast.SetComp: SET,
    ast.GeneratorExp: GENERATOR,
}
_CONSTANTS: dict[type, Value] = {
    int: NUMBER,
    float: NUMBER,
    complex: NUMBER,
    bool: NUMBER,
    bytes: BYTES,
    type(None): NONE,
}


class ExpressionFrame(AssigningFrame):
    """The part of the analysis that evaluates expressions."""

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression may be; what it does on the way is followed."""
        method = _EVALUATORS.get(type(node))
        if method is None:
            return self._other(node)
        return method(self, node)

    def _other(self, node: ast.AST) -> Value:
        if type(node).__name__ == "TemplateStr":  # t-strings, from Python 3.14
            return self._formatted_string(node)
        for child in children(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return UNKNOWN

    # --- names and places --------------------------------------------------------------------

    def _name(self, node: ast.Name) -> Value:
        value = self.lookup(node.id)
        if value.refs:
            value = self._recaptured(value)
        return value

    def _recaptured(self, value: Value) -> Value:
        """Closures of this function see its variables as they are now."""
        refs: dict[tuple[str, object], Reference] | None = None
        for key, ref in value.refs.items():
            target = ref.target
            if (
                ref.kind == "function"
                and isinstance(target, FunctionInfo)
                and target.parent is self.function
                and target.cls is None
                and self.function is not None
            ):
                refs = refs or dict(value.refs)
                kept = {
                    name: item for name, item in ref.parts.items() if str(name).startswith(DEFAULT)
                }
                refs[key] = self.closure(target, kept)
        if refs is None:
            return value
        return Value(value.atoms, refs, value.fields, value.types, value.const, value.tags)

    def defaults(self, function: FunctionInfo) -> dict[Key, Value]:
        """Evaluate the defaults of a function where it is defined: each may be a target."""
        kept: dict[Key, Value] = {}
        for parameter in function.parameters:
            if parameter.default is None or (
                isinstance(parameter.default, ast.Constant) and not self.engine.minted
            ):
                continue
            value = self.evaluate(parameter.default)
            if value.atoms:
                value = self.engine.as_declared(self.module, parameter.annotation, value)
            if not value.plain:
                text = f"default of '{parameter.name}'"
                value = self.become(parameter.name, value, parameter.node, text)
                self.engine.functions.keep_default(function, parameter.name, value)
                if self.function is not None:
                    kept[DEFAULT + parameter.name] = value
        return kept

    def closure(self, function: FunctionInfo, defaults: dict[Key, Value]) -> Reference:
        """A function with its defaults and the variables it sees around it."""
        parts = dict(defaults)
        if function.parent is not None:
            for name in function.free_names():
                value = self.lookup(name)
                if not value.plain:
                    if ("function", function) in value.refs:
                        continue  # it sees itself
                    parts[CAPTURED + name] = value
        return Reference("function", function, parts)

    def _attribute(self, node: ast.Attribute) -> Value:
        holder = self.evaluate(node.value)
        if node.attr in self.engine.minting:
            return MINTING_FUNCTION  # kept or handed on, to be called under another name
        value = self.attribute(holder, node.attr, node)
        if value.plain and holder.tags and self.engine.models.has_method(node.attr):
            # A method of a container, to be called under another name.
            return reference("method", node.attr, **{RECEIVER: holder})
        if value.plain and builders.is_method_that_builds(holder, node.attr):
            # Called under another name, or by somebody else: `map("{}_row".format, rows)`.
            made = self.built(node, builders.FORMATTING)
            return reference("method", node.attr, **{PAYLOAD: made})
        return value

    def _subscript(self, node: ast.Subscript) -> Value:
        value = self.evaluate(node.value)
        index = node.slice
        if isinstance(index, ast.Slice):
            for bound in (index.lower, index.upper, index.step):
                if bound is not None:
                    self.evaluate(bound)
            if value.types == STRING.types:
                return as_string(value)
            known, taken = items(value), slice_of(index)
            kept: dict[Key, Value] | None = None
            if taken is not None and known is not None:
                kept = dict(enumerate(known[taken]))
            elif taken is not None and value.types in (LIST.types, TUPLE.types):
                kept = contents.sliced(value, taken)
            if kept is not None:
                return container(LIST if value.types == LIST.types else TUPLE, kept, node)
            # Part of a string is still that string; part of a list has the same elements.
            fields: dict[Key, Value] = {}
            if value.fields:
                fields[ELEMENT] = part(value, SUBSCRIPTED)
            return Value(value.atoms, {}, fields, value.types, tags=frozenset((node,)))
        key = subscript_key(index)
        if key == SUBSCRIPTED or isinstance(index, ast.NamedExpr):
            named = self.evaluate(index)
            if named.const is not None:
                key = "'" + named.const
            elif named.atoms and _adds_keys(value):
                self.store(place_of(node.value), value, MAP_KEY, named, strong=False)
        if is_number(value):
            return NUMBER  # of an array of them
        found = part(value, key)
        if value.refs:
            classes = {key: ref for key, ref in value.refs.items() if ref.kind == "class"}
            if classes:
                found = join(found, self._of_classes(classes, node))
            for method in ("__getitem__", "__missing__"):
                found = join(found, self.call_method(value, method, node, UNKNOWN))
        return found if found is not NOTHING else UNKNOWN

    def _of_classes(
        self, classes: dict[tuple[str, object], Reference], node: ast.Subscript
    ) -> Value:
        """What classes give for a key: a generic, ``Job[str]``, itself, an Enum a member."""
        found = NOTHING
        for key, ref in classes.items():
            itself = Value(refs={key: ref})
            is_enum = isinstance(ref.target, ClassInfo) and self.engine.classes.members(ref.target)
            found = join(found, self.iterate(itself, node) if is_enum else itself)
        return found

    # --- builders ----------------------------------------------------------------------------

    def _formatted_string(self, node: ast.AST) -> Value:
        for field in builders.fields_of(node):
            if not isinstance(field, ast.Name | ast.Constant):
                self.evaluate(field)
        assert isinstance(node, ast.expr)
        return self.built(node, builders.F_STRING)

    def _binary(self, node: ast.BinOp) -> Value:
        operator = type(node.op)
        if operator is ast.Add:
            values = [self.evaluate(term) for term in builders.operands(node)]
            return self.added(node, values)
        if operator is ast.Mod:
            left, right = self.evaluate(node.left), self.evaluate(node.right)
            return self.remainder(node, left, right)
        # Other chains may be as long as a sum: their left spine is walked, not recursed into.
        left_node: ast.expr = node
        values = []
        while isinstance(left_node, ast.BinOp) and not isinstance(left_node.op, ast.Add | ast.Mod):
            values.append(self.evaluate(left_node.right))
            left_node = left_node.left
        values.append(self.evaluate(left_node))
        if operator in _SET_OPERATORS and any(value.fields or value.refs for value in values):
            # Of two sets (or mappings); a difference or an intersection holds what the first did.
            kept = values if operator in (ast.BitOr, ast.BitXor) else values[-1:]
            merged = join_all(kept)
            held = dict(merged.fields)
            if operator is ast.BitOr and left_node is node.left:
                if all(value.types == DICT.types for value in values):
                    held = contents.both(values[1], values[0])
                # The right side's keys win, as far as they are surely there.
                later = values[0].fields
                held.update({key: later[key] for key in later if has_key(node.right, key)})
            return Value({}, merged.refs, held, merged.types)
        if operator is ast.Mult:
            for value in values:
                if value.types & {"list", "tuple"}:
                    return value
                if value.types == STRING.types:
                    return STRING
            # A string could be repeated; who multiplies what may be anything means numbers.
            return NUMBER
        if operator in _ARITHMETIC or any(value.types == NUMBER.types for value in values):
            return NUMBER
        return UNKNOWN

    def added(self, node: ast.AST, values: list[Value]) -> Value:
        """The sum of some values, at ``node``."""
        if any(map(self._is_object, values)):
            made = [self.call_method(value, "__add__", node, UNKNOWN) for value in values]
            result = join(join_all(made), UNKNOWN)
            if builders.adds_strings(values) and all(map(self._may_be_text, values)):
                return join(result, self._built_of(node, builders.CONCATENATION, values))
            return result
        if builders.adds_strings(values):
            if values[0].const is not None and (prose := builders.prose(values)):
                return constant(prose)
            return self._built_of(node, builders.CONCATENATION, values)
        merged = join_all(values)
        if any(value.types == NUMBER.types for value in values):
            return NUMBER
        fields: dict[Key, Value] = {}
        lengths = [items(value) for value in values]
        if None not in lengths and (merged.types in (LIST.types, TUPLE.types)):
            fields = dict(enumerate(item for known in lengths for item in known or ()))
            return container(merged, fields, node)
        if values[0].types in (LIST.types, TUPLE.types):
            fields = _one_behind_the_other(values)
        elif not (element := part(merged, SUBSCRIPTED)).plain:
            fields[ELEMENT] = element
        known = frozenset(kind for kind in merged.types if kind != "?")
        return Value({}, {}, fields, known)

    def _is_object(self, value: Value) -> bool:
        """Whether the value is shown to be an object of a class that says what its sums are."""
        if not value.refs or any(ref.kind != "instance" for ref in value.refs.values()):
            return False
        return any(
            not self._extends_string(ref)
            or self.engine.classes.method(ref.target, "__add__") is not None  # type: ignore[arg-type]
            for ref in value.refs.values()
        )

    def _may_be_text(self, value: Value) -> bool:
        """Whether the value is no object, or ``Name | str``: one that may be a string instead."""
        if not self._is_object(value):
            return True
        return "str" in value.types and not any(map(self._extends_string, value.refs.values()))

    def _extends_string(self, ref: Reference) -> bool:
        return isinstance(ref.target, ClassInfo) and self.engine.classes.extends_string(ref.target)

    def remainder(self, node: ast.AST, left: Value, right: Value) -> Value:
        """``left % right``, at ``node``."""
        if builders.formats_string(left, right):
            return self._built_of(node, builders.FORMATTING, [left, right])
        return NUMBER

    def _built_of(self, node: ast.AST, code: str, values: list[Value]) -> Value:
        """What an operator builds of some values; of numbers of other modules, nothing."""
        assert isinstance(node, ast.expr | ast.stmt)
        made = self.built(node, code)
        if any(map(builders.may_be_arithmetic, made.atoms)) and not any(map(is_string, values)):
            unread = [unread_in(self.engine.packages, value) for value in values]
            self.engine.needs.rest_on(made, frozenset().union(*unread))
        return made

    # --- constants and displays --------------------------------------------------------------

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        if type(value) is str:
            if self.engine.minted:
                return self.engine.minted_literal(self.module, node, value)
            return constant(value)
        return _CONSTANTS.get(type(value), UNKNOWN)

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        fields: dict[Key, Value] = {}
        fixed = not isinstance(node, ast.Set)
        spread: list[Value] = []
        for item in node.elts:
            if isinstance(item, ast.Starred):
                value = self.evaluate(item.value)
                known = items(value)
                if known is None:
                    fixed = False
                    spread.append(self.iterate(value, item))
                held = known or []
            else:
                held = [self.evaluate(item)]
            if fixed:
                fields.update(enumerate(held, len(fields)))
            else:
                spread += held
        kind = LIST if isinstance(node, ast.List) else TUPLE
        if isinstance(node, ast.Set):
            element = join_all([*fields.values(), *spread])
            return container(SET, {ELEMENT: element}, node)
        if not fixed:
            fields[ELEMENT] = join_all(spread)
        if len(fields) > 64:  # noqa: PLR2004 - a table of data, not a record
            fields = {ELEMENT: join_all(list(fields.values()))}
        made = container(kind, fields, node)
        return made if fields else contents.holding(made, [])

    def _dict(self, node: ast.Dict) -> Value:
        fields: dict[Key, Value] = {}

        def add(key: Key, value: Value) -> None:
            if not value.plain or value.types == NUMBER.types or key in fields:
                fields[key] = join(fields[key], value) if key in fields else value

        for key_node, value_node in zip(node.keys, node.values, strict=True):
            value = self.evaluate(value_node)
            if key_node is None:
                for key, field in value.fields.items():
                    if has_key(value_node, key):
                        fields[key] = field
                    else:
                        add(key, field)
                continue
            key_value = self.evaluate(key_node)
            number = subscript_key(key_node)
            if type(number) is int:
                add(number, value)
            elif key_value.const is not None:
                name = key_value.const
                if not value.plain:
                    text = f"stored under the key '{name}'"
                    value = self.become(name, value, value_node, text, stored=True)
                fields["'" + name] = value
            else:
                add(MAP_KEY, key_value)
                add(ELEMENT, value)
        return container(DICT, fields, node)

    # --- choices -----------------------------------------------------------------------------

    def _choice(self, node: ast.IfExp) -> Value:
        self.evaluate(node.test)
        before = self.here
        self.state = before.copy()
        narrowed = narrow(self, node.test, holds=True)
        left = self.evaluate(node.body)
        after = self.here
        widen(after, before, narrowed)
        self.state = before.copy()
        narrowed = narrow(self, node.test, holds=False)
        right = self.evaluate(node.orelse)
        widen(self.here, before, narrowed)
        self.state = merge(after, self.state)
        if isinstance(node.test, ast.Constant):
            return left if node.test.value else right
        if _asks_for(node.test, node.body):
            return or_number(left, right)  # `n if n is not None else 0`
        return or_number(right, left) if _asks_for(node.test, node.orelse) else join(left, right)

    def _either(self, node: ast.BoolOp) -> Value:
        values = [self.evaluate(node.values[0])]
        for operand in node.values[1:]:
            before = self.here.copy()
            values.append(self.evaluate(operand))
            self.state = merge(before, self.state)
        if isinstance(node.op, ast.And):
            # `a and b` gives a only where a is false: an empty string, None, a zero.
            values = [Value({}, value.refs, {}, value.types) for value in values[:-1]] + values[
                -1:
            ]
            return join_all(values)
        value = values[0]
        for other in values[1:]:
            value = or_number(value, other)
        return value

    def _condition(self, node: ast.expr) -> Value:
        if not is_inert(node):
            for child in children(node):
                if isinstance(child, ast.expr):
                    self.evaluate(child)
        return NUMBER

    def _unary(self, node: ast.UnaryOp) -> Value:
        self.evaluate(node.operand)
        return NUMBER

    # --- comprehensions ----------------------------------------------------------------------

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Value:
        own = {
            name.id
            for generator in node.generators
            for name in walk(generator.target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        env = self.here.env
        outer = {name: env[name] for name in own if name in env}
        known: list[Value] | None = None
        around = self.around
        passed: frozenset[object] = frozenset()
        for generator in node.generators:
            source = self.evaluate(generator.iter)
            known = items(source)
            element = self.iterate(source, generator.iter)
            if self.mints:
                passed = self.go_through(element, generator.iter)
            self.assign(generator.target, element, generator.iter)
            for condition in generator.ifs:
                self.evaluate(condition)
        self.repeated += 1
        fields: dict[Key, Value]
        wholes: Mapping[Atom, Trace] = {}
        if isinstance(node, ast.DictComp):
            of_key = self.evaluate(node.key)
            if getattr(node, "value", None) is None:  # `{**each for each in dicts}`, from 3.15 on
                fields = dict(of_key.fields)
            else:
                wholes, of_value = entries.copied(of_key, self.evaluate(node.value))
                fields = {MAP_KEY: of_key, ELEMENT: of_value}
                mapping = NOTHING
                if len(node.generators) == 1 and not of_value.plain:
                    mapping = self.mapping_of(node.generators[0].iter)
                held = entries.placed(mapping)
                if held:
                    fields = self._by_key(node, held)
            kind = DICT
        elif isinstance(node.elt, ast.Starred):  # `[*each for each in lists]`, from 3.15 on
            fields = {ELEMENT: self.iterate(self.evaluate(node.elt.value), node.elt)}
            kind = _KINDS[type(node)]
        else:
            fields = {ELEMENT: self.evaluate(node.elt)}
            generator = node.generators[0]
            if (
                known
                and len(known) <= FEW_ITEMS
                and len(node.generators) == 1
                and not (generator.ifs or isinstance(node, ast.SetComp) or fields[ELEMENT].plain)
            ):
                # One result for each item, in their order.
                fields = {}
                for item in known:
                    self.assign(generator.target, item, generator.iter)
                    fields[len(fields)] = self.evaluate(node.elt)
            kind = _KINDS[type(node)]
        self.repeated -= 1
        self.around = around
        env = self.here.env
        for name in own:
            env.unbind(name)
            if name in outer:
                env[name] = outer[name]
        if passed and len(node.generators) == 1 and not generator.ifs:
            self.went_through(node, generator.iter, passed, self.here)
        made = container(kind, fields, node)
        return Value(wholes, {}, made.fields, made.types, tags=made.tags) if wholes else made

    def _by_key(self, node: ast.DictComp, held: Mapping[Key, Value]) -> dict[Key, Value]:
        """What ``{key: value for key, value in mapping.items()}`` holds, by its keys.

        Beside what is known of the mapping, it may hold items of no interest.
        """
        fields: dict[Key, Value] = {}
        pairs = [(constant(str(key)[1:]), value) for key, value in held.items()]
        for name, value in [(UNKNOWN, UNKNOWN), *pairs]:
            pair = container(TUPLE, {0: name, 1: value})
            self.assign(node.generators[0].target, pair, node.generators[0].iter)
            key, made = self.evaluate(node.key), self.evaluate(node.value)
            if key.const is not None:
                fields["'" + key.const] = made
            elif not (key.plain and made.plain):
                fields[MAP_KEY] = join(fields.get(MAP_KEY, NOTHING), key)
                fields[ELEMENT] = join(fields.get(ELEMENT, NOTHING), made)
        return fields

    # --- functions ---------------------------------------------------------------------------

    def _lambda(self, node: ast.Lambda) -> Value:
        function = self.module.function(node, None, self.function)
        ref = self.closure(function, self.defaults(function))
        self.engine.note_nested(function)
        self.inner[function] = None
        return Value(refs={ref.key: ref})

    def _await(self, node: ast.Await) -> Value:
        value = self.evaluate(node.value)
        return part(value, PAYLOAD) if PAYLOAD in value.fields else value

    def _yield(self, node: ast.Yield) -> Value:
        if node.value is not None:
            self._hand_over(self.evaluate(node.value), node.value)
        self._suspend()
        return Value({Symbol((SENT, self.function)): ()}, types=UNKNOWN.types)

    def _suspend(self) -> None:
        """Whoever has asked for a value sees what was done so far, and need not ask for more."""
        self.settle(self.here.stored)
        self.suspended = merge(self.suspended, self.here.copy())

    def _yield_from(self, node: ast.YieldFrom) -> Value:
        generator = self.evaluate(node.value)
        self._hand_over(self.iterate(generator, node), node.value)
        self._suspend()
        return join(part(generator, RETURNED), UNKNOWN)

    def _hand_over(self, value: Value, node: ast.expr) -> None:
        value = self.given_back(value, node, "yielded by")
        self.yielded = join(self.yielded, without(value, self.here.registered))

    def given_back(self, value: Value, node: ast.expr, verb: str) -> Value:
        """A value is returned or yielded: a target if the function is named for a state id."""
        function = self.function
        if function is None or value.plain:
            return value
        if value.atoms and verb == "returned by":
            value = self.engine.as_declared(self.module, function.returns, value)
        if "default" in function.decorators:
            self._becomes_default(function, value, node)
        kind = self.names.kind(function.name)
        text = f"{verb} '{function.name}'"
        if kind == ONE or (kind and verb != "returned by"):
            return self.sink(value, node, text, function.name)
        return self.become(function.name, value, node, text)

    def _becomes_default(self, function: FunctionInfo, value: Value, node: ast.expr) -> None:
        """What a method gives that attrs calls for a field: ``@key.default``."""
        assert not isinstance(function.node, ast.Lambda)
        for name in map(defaulted_field, function.node.decorator_list):
            if name:
                value = self.become(name, value, node, f"default of '{name}'", stored=True)
                if function.cls is not None:
                    self.keep(function.cls, name, value)

    def _walrus(self, node: ast.NamedExpr) -> Value:
        value = self.evaluate(node.value)
        self.assign(node.target, value, node.value)
        return self.lookup(node.target.id)

    def _starred(self, node: ast.Starred) -> Value:
        return self.evaluate(node.value)


def _one_behind_the_other(values: list[Value]) -> dict[Key, Value]:
    """What the sum of some sequences holds: items keep their places as far as these are known."""
    fields: dict[Key, Value] = {}
    for index, value in enumerate(values):
        known = items(value)
        if known is None:
            placed = 0
            while placed in value.fields:
                fields[len(fields)] = value.fields[placed]
                placed += 1
            loose = [value.fields.get(ELEMENT, NOTHING), symbolic_part(value, ELEMENT)]
            loose += [part(behind, SUBSCRIPTED) for behind in values[index + 1 :]]
            element = join_all(loose)
            if not element.plain:
                fields[ELEMENT] = element
            break
        fields.update(enumerate(known, len(fields)))
    return fields


def _adds_keys(value: Value) -> bool:
    """Whether a mapping takes in each key it is asked for: a ``defaultdict``."""
    return any(isinstance(tag, ast.Call) and last_name(tag) == "defaultdict" for tag in value.tags)


def _asks_for(test: ast.expr, value: ast.expr) -> bool:
    """Whether a condition asks whether a variable or an attribute is there, by its name."""
    tested = test.left if isinstance(test, ast.Compare) else test
    return plain_name(value) == plain_name(tested) != ""


# Each method takes the kind of node it stands beside, which a type cannot say.
_EVALUATORS: dict[type[ast.AST], Callable[[ExpressionFrame, Any], Value]] = {
    ast.Name: ExpressionFrame._name,
    ast.Attribute: ExpressionFrame._attribute,
    ast.Subscript: ExpressionFrame._subscript,
    ast.JoinedStr: ExpressionFrame._formatted_string,
    ast.BinOp: ExpressionFrame._binary,
    ast.Constant: ExpressionFrame._constant,
    ast.List: ExpressionFrame._sequence,
    ast.Tuple: ExpressionFrame._sequence,
    ast.Set: ExpressionFrame._sequence,
    ast.Dict: ExpressionFrame._dict,
    ast.IfExp: ExpressionFrame._choice,
    ast.BoolOp: ExpressionFrame._either,
    ast.Compare: ExpressionFrame._condition,
    ast.UnaryOp: ExpressionFrame._unary,
    ast.ListComp: ExpressionFrame._comprehension,
    ast.SetComp: ExpressionFrame._comprehension,
    ast.GeneratorExp: ExpressionFrame._comprehension,
    ast.DictComp: ExpressionFrame._comprehension,
    ast.Lambda: ExpressionFrame._lambda,
    ast.Await: ExpressionFrame._await,
    ast.Yield: ExpressionFrame._yield,
    ast.YieldFrom: ExpressionFrame._yield_from,
    ast.NamedExpr: ExpressionFrame._walrus,
    ast.Starred: ExpressionFrame._starred,
    ast.Call: ExpressionFrame.call,
}
