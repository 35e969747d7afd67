"""How calls end whose event loop was closed or left open, and whose interpreter ends."""

from __future__ import annotations

import atexit
from typing import Any

from . import _core


def come_with_the_loop_and_the_interpreter() -> None:
    """Nothing of the core calls a loop that is closed or an interpreter that ends.

    An ending interpreter lets no other thread in: one that rang then, or asked for a secret, would be
    ended in the middle and take the process with it. And by the time it gives back calls whose loop was
    left open, and objects, what the core calls for them is gone: they are not given back any more.
    """
    ended: list[bool] = []
    call = _core._uniffi_rust_call_async

    def call_until_the_end(future: int, poll: Any, complete: Any, free: Any, *how: Any) -> Any:
        return call(future, poll, complete, lambda future: None if ended else free(future), *how)

    @_core._UNIFFI_RUST_FUTURE_CONTINUATION_CALLBACK
    def go_on(handle: int, code: int) -> None:
        loop, future = _core._UniffiContinuationHandleMap.remove(handle)
        try:
            loop.call_soon_threadsafe(_core._uniffi_set_future_result, future, code)
        except RuntimeError:
            # It was closed in the middle of the call: no coroutine waits for it any more.
            pass

    def end() -> None:
        _core.shut_down()
        ended.append(True)
        for thing in vars(_core).values():
            if isinstance(thing, type) and "__del__" in vars(thing):
                del thing.__del__

    _core._uniffi_rust_call_async = call_until_the_end
    _core._uniffi_continuation_callback = go_on
    atexit.register(end)
