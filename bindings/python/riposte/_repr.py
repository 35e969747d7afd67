"""What records and variants look like in a shell, a log of one's own or a failed assertion."""

from __future__ import annotations

import dataclasses
from types import ModuleType


def show_every_field(module: ModuleType) -> None:
    """Gives the generated records and variants a ``repr`` with all their fields.

    The generator marks them as dataclasses without declaring a field, so their own ``repr`` shows none.
    """
    for thing in list(vars(module).values()):
        if isinstance(thing, type) and thing.__module__ == module.__name__:
            for kind in [thing, *(inner for inner in vars(thing).values() if isinstance(inner, type))]:
                if dataclasses.is_dataclass(kind):
                    setattr(kind, "__repr__", _with_fields)


def _with_fields(self: object) -> str:
    fields = dict(vars(self))
    values = [repr(value) for value in fields.pop("_values", ())]
    values += [f"{name}={value!r}" for name, value in fields.items()]
    return f"{type(self).__qualname__}({', '.join(values)})"
