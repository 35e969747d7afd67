"""Tells the stories of tests/scenarios through the Python package: the schema is the README there.

- ``times``: how a story writes instants, spans and amounts
- ``matching``: whether a screen says what a story expects
- ``picture``: a screen's records in the words of stories
- ``phone``: what an agent does, through the package and nothing else
- ``world``: the server, started as a process, and the clock it shares with the phones
- ``teller``: one step after the other
"""

import logging

# The test runner turns asyncio's debugging on, which tells of every slow step.
logging.getLogger("asyncio").setLevel(logging.ERROR)
