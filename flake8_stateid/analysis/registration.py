"""Minting calls: what they register, and what is made and stored before them."""

from __future__ import annotations

from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.frame import Frame
from flake8_stateid.analysis.registering import (
    Around,
    Each,
    atoms_in,
    concerns,
    dead_after,
    handed_on_at,
    in_new_round,
    is_handed_on,
    is_mapped,
    is_partial,
    is_registered,
    origins_in,
    registered_by_rounds,
    without,
)
from flake8_stateid.analysis.tree import names_in
from flake8_stateid.analysis.values import (
    ITERATED,
    SEQUENCE_TYPES,
    UNKNOWN,
    Pending,
    Reference,
    Value,
    part,
    part_at,
    reference,
    with_part,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Collection

    from flake8_stateid.analysis.places import Place
    from flake8_stateid.analysis.state import State
    from flake8_stateid.analysis.values import Origin

MINTING = "minting"  # the kind of reference that is a minting function, or a partial of one
MINTING_FUNCTION = reference(MINTING, "functools.partial")


def _mints(callee: Value) -> bool:
    """Whether a value is a minting function, by whatever name, and nothing else."""
    return bool(callee.refs) and all(ref.kind == MINTING for ref in callee.refs.values())


class RegisteringFrame(Frame):
    """The part of the analysis that knows which strings a minting call has registered."""

    # --- minting calls -----------------------------------------------------------------------

    def minted(
        self, node: ast.Call, name: str, callee: Value, arguments: Arguments
    ) -> Value | None:
        """What a minting call evaluates to, or one that hands such a call on; else None.

        Args:
            node: The call.
            name: What is called, as written.
            callee: What that is.
            arguments: With what.
        """
        minting = self.engine.minting
        if name in minting:
            self.mint(arguments)
            return UNKNOWN
        if _mints(callee):
            for ref in callee.refs.values():
                self._mint_held(ref, arguments, node)
            return UNKNOWN
        if is_handed_on(node, minting):
            self.mint(arguments, is_mapped(node))
            return UNKNOWN
        at = handed_on_at(node)
        if at is not None and at < len(arguments.positional):
            function = arguments.positional[at].value
            if _mints(function):
                for ref in function.refs.values():
                    self._mint_held(ref, arguments, node, is_mapped(node))
                return UNKNOWN
        if is_partial(node, minting):
            given = {str(at): each.value for at, each in enumerate(arguments.all())}
            return reference(MINTING, "functools.partial", **given)
        return None

    def _mint_held(
        self, ref: Reference, arguments: Arguments, node: ast.AST, each: bool = False
    ) -> None:
        """A minting function is called by another name than its own, or a partial of one."""
        held = tuple(Argument(value, None, node) for value in ref.parts.values())
        self.mint(Arguments(held))
        self.mint(arguments, each)

    def mint(self, arguments: Arguments, each: bool = False) -> None:
        """A minting function is called, with these arguments or with each item of them."""
        for argument in arguments.all():
            value = argument.value
            place = argument.held_at
            self.register(value, place)
            whole = each or bool(value.types & SEQUENCE_TYPES)
            for field in value.fields.values():
                self.register(field, place, whole)
            if each:
                item = part(value, ITERATED)
                for held in (item, *item.fields.values()):
                    self.register(held, None, whole=True)

    def register(self, value: Value, place: Place | None = None, whole: bool = False) -> None:
        """A value is passed to a minting call: from here on it is a legitimate state id.

        Args:
            value: The value.
            place: Where it is held.
            whole: Whether all strings are passed that it may be, as where it is what a list holds.
        """
        if not value.atoms:
            return
        here = self.here
        self.engine.registered_origins.update(value.atoms)
        registered: set[object] = set()
        one_of_many: set[object] = set()
        for atom in value.atoms:
            if self.around.elements and self._is_of_round(atom, place):
                registered.add(Each(atom))
            elif atom in here.many and not whole:
                one_of_many.add(atom)
            else:
                registered.add(atom)
        here.registered |= registered
        if here.stored:
            here.stored -= registered
        if one_of_many and place is not None and place.variable in here.env:
            holder = part_at(here.env[place.variable], place.path)
            self._put(place, without(holder, frozenset(one_of_many)))

    def _is_of_round(self, atom: object, place: Place | None) -> bool:
        """Whether what is registered is what this round of a loop is about."""
        if not concerns(atom, self.around.elements):
            return False
        if place is None or place.variable not in self.around.iterated:
            return True
        return not any(type(key) is int for key in place.path)  # the same in each round

    def _put(self, place: Place, value: Value) -> None:
        """What a variable holds at one place is replaced, where that place is known."""
        if all(type(key) is int or str(key)[0] in ".'" for key in place.path):
            env = self.here.env
            env[place.variable] = with_part(env[place.variable], place.path, value)

    def built(self, node: ast.expr | ast.stmt, code: str) -> Value:
        """The value of a builder, which is a string that there was not before."""
        value = self.engine.built(self.module, node, code)
        if self.mints:
            self.made_anew(origins_in((value,)))
        return value

    def made_anew(self, origins: Collection[Origin]) -> None:
        """Builders have made strings, beside those that they had made before."""
        here = self.here
        held = origins_in(here.env.values()) if origins else set()
        for origin in origins:
            others_registered = origin in here.registered
            if here.registered:
                here.registered -= {origin, Each(origin)}
            if self.repeated or origin in here.stored:
                here.many |= {origin}
            elif others_registered or origin not in held:
                here.many -= {origin}
            else:
                here.many |= {origin}

    def settle_in(self, value: Value) -> None:
        """A value goes where it cannot be followed, with the ids that it holds."""
        stored = self.here.stored
        if stored and not value.plain:
            held = stored & origins_in((value,))
            self.settle(atom for atom in held if not is_registered(atom, self.here.registered))

    # --- loops -------------------------------------------------------------------------------

    def go_through(self, element: Value, iterated: ast.expr) -> frozenset[object]:
        """A loop begins; gives what it goes through, as far as that is not registered.

        Args:
            element: What it takes in each round.
            iterated: What it iterates over.
        """
        here = self.here
        passed = frozenset(
            atom
            for atom in atoms_in(element)
            if not (isinstance(atom, Pending) or atom in here.registered)
        )
        outer = self.around
        self.around = Around(outer.elements | passed, outer.iterated | names_in(iterated))
        return passed

    def went_through(
        self, loop: ast.AST, iterated: ast.expr, passed: frozenset[object], end: State
    ) -> None:
        """A loop is over: what each round has registered is registered.

        Args:
            loop: The loop.
            iterated: What it iterates over.
            passed: What :meth:`go_through` gave.
            end: The state at the end of its rounds.
        """
        here = self.here
        if not (end.registered or here.registered):
            return
        body = self.function.node if self.function is not None else self.module.tree

        def dead() -> frozenset[str]:
            bound = getattr(loop, "target", None)
            return dead_after(loop, body).union(names_in(bound) if bound else ())

        new = registered_by_rounds(end.registered, passed, iterated, here.env, dead)
        here.registered = in_new_round(here.registered | new, passed)
        here.stored -= new
