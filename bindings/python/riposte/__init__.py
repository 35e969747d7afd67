"""The core of a phone app for customer conversations, for scripts, support and tests.

What is generated from the core (screens, commands, errors) is here under its own names. By hand
are added: :func:`opened`, a core for as long as a block lasts; :class:`Changes`, the stream of
changes as an async iterator; two places for secrets; and :func:`sample`, an account with something in
it that needs neither server nor disk.
"""

from __future__ import annotations

from . import _core, _ends, _repr
from ._core import *  # noqa: F401,F403
from ._core import __all__ as _generated
from ._layer import Changes, FileSecrets, MemorySecrets, opened, sample

__all__ = [*_generated, "Changes", "FileSecrets", "MemorySecrets", "opened", "sample"]

_ends.come_with_the_loop_and_the_interpreter()
_repr.show_every_field(_core)
