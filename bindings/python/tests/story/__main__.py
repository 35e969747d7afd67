"""Reads one ask a line, writes one answer a line."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import riposte as r

from .phone import Phone
from .picture import Pen

phones: dict[str, Phone] = {}


async def answer(ask: dict[str, Any]) -> dict[str, Any]:
    key, do = ask.pop("phone"), ask.pop("do")
    # Another folder is another phone: its secrets do not go with it.
    if do == "open" and (key not in phones or phones[key].folder != ask["folder"]):
        phones[key] = Phone(ask["folder"], ask["now_ms"])
    phone = phones[key]
    try:
        return {"done": await getattr(phone, "do_" + do)(**ask)}
    except r.RiposteError.Refused as error:
        return {"refused": {"code": error.error_code(), "phrase": Pen(phone).phrase(error.phrase)}}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


async def main() -> None:
    # The core's calls need a loop that runs; a line is read beside it.
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await answer(json.loads(line))), flush=True)


asyncio.run(main())
