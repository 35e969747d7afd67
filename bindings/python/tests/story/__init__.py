"""A phone for the stories of tests/scenarios: ``python -m story`` answers what the teller asks.

The README there describes the asks, under "A phone in another language".

- ``phone``: what an agent does and reads, through the package and nothing else
- ``picture``: what a screen shows
- ``__main__``: one line in, one line out
"""
