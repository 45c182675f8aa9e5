"""Named tuples and enumerations that are cheap to define.

``Record`` is what ``typing.NamedTuple`` gives, at a tenth of the cost of defining a class.
``NamedTuple`` compiles a constructor for each class, and each annotation of a module whose
annotations are strings. For the forty classes that a lint run defines that was an eighth of its
time on one file, and importing ``typing`` a thirtieth. A type checker is told that it is
``NamedTuple``, and reads fields, defaults, unpacking and ``_replace`` as it does there.

``Choice`` is so much of ``enum.Enum`` as is used: members that are told apart by ``is``, in
processes that one is handed to as well. To import ``enum`` takes as long as a dozen modules here.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import Enum as Choice
    from typing import NamedTuple as Record
else:
    try:  # What collections.namedtuple itself uses, with the same way out.
        from _collections import _tuplegetter as _getter
    except ImportError:
        from operator import itemgetter

        def _getter(index, doc):
            return property(itemgetter(index), doc=doc)

    _new_tuple = tuple.__new__

    class _Kind(type):
        """Makes the classes: fields in the order of their annotations, defaults from the body."""

        def __new__(cls, name, bases, body):
            fields = tuple(body.get("__annotations__", ()))
            if fields:
                body["_fields"] = fields
                body["_size"] = len(fields)
                defaults = {key: body[key] for key in fields if key in body}
                body["_field_defaults"] = defaults
                body["_defaults"] = tuple(defaults.values())
                body["__match_args__"] = fields
                for index, key in enumerate(fields):
                    body[key] = _getter(index, None)
            body.setdefault("__slots__", ())
            return super().__new__(cls, name, bases, body)

    class Record(tuple, metaclass=_Kind):
        """A tuple whose items have names; subclasses annotate them."""

        _fields = ()

        def __new__(cls, *values, **named):
            """Values by place, by name, or by default."""
            if named or len(values) != cls._size:
                missing = cls._size - len(values)
                if named or not 0 < missing <= len(cls._defaults):
                    values = cls._complete(values, named)
                else:
                    values += cls._defaults[-missing:]
            return _new_tuple(cls, values)

        @classmethod
        def _complete(cls, values, named):
            """All values, in order, of fields given by place, by name or by default."""
            fields = cls._fields
            if len(values) > len(fields):
                raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(values)}")
            complete = list(values)
            for field in fields[len(values) :]:
                if field in named:
                    complete.append(named.pop(field))
                elif field in cls._field_defaults:
                    complete.append(cls._field_defaults[field])
                else:
                    raise TypeError(f"{cls.__name__} needs a value for {field!r}")
            if named:
                raise TypeError(f"{cls.__name__} cannot take {', '.join(map(repr, named))}")
            return complete

        def _replace(self, **named):
            """A record with some fields changed."""
            values = [named.pop(*pair) for pair in zip(self._fields, self, strict=True)]
            if named:
                raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, named))}")
            return _new_tuple(type(self), values)

        def _asdict(self):
            """The values by field name, in order."""
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            """The call that makes an equal record."""
            pairs = zip(self._fields, self, strict=True)
            values = ", ".join(f"{name}={value!r}" for name, value in pairs)
            return f"{type(self).__name__}({values})"

        def __getnewargs__(self):
            """For copying and pickling."""
            return tuple(self)

    class _Members(type):
        """Makes the classes: each public attribute of the body becomes a member."""

        def __new__(cls, name, bases, body):
            made = super().__new__(cls, name, bases, body)
            for key, value in body.items():
                if not key.startswith("_"):
                    member = object.__new__(made)
                    member.name, member.value = key, value
                    setattr(made, key, member)
            return made

    class Choice(metaclass=_Members):
        """One of a few named values; subclasses assign them to the names."""

        def __repr__(self):
            """The member, as code names it."""
            return f"{type(self).__name__}.{self.name}"

        def __reduce__(self):
            """For copying and pickling: the member itself, wherever that is."""
            return getattr, (type(self), self.name)


__all__ = ["Choice", "Record"]
