"""The sample does what it says, against a real server."""

import subprocess
import sys
import unittest
from pathlib import Path

from desk import Desk

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "answer.py"


class Sample(unittest.IsolatedAsyncioTestCase):
    async def test_it_signs_in_answers_and_sees_the_tick(self) -> None:
        async with Desk() as desk:
            phone = desk.phone
            told = run(phone.url, phone.email, phone.password, "Elle part ce soir.")
            self.assertEqual(told.stdout.splitlines(), ["Léa Martin: Bonjour, ma commande ?", "Costs €0.05", "> Elle part ce soir.", "✓"], told.stderr)
            self.assertEqual(told.returncode, 0)
            self.assertEqual(desk.received(), ["Elle part ce soir."])

    async def test_it_says_why_it_could_not(self) -> None:
        async with Desk() as desk:
            told = run(desk.phone.url, desk.phone.email, "wrong horse", "…")
            self.assertEqual((told.returncode, told.stderr), (1, "not done: bad_credentials\n"))


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, str(SAMPLE), *arguments], capture_output=True, text=True, timeout=60)


if __name__ == "__main__":
    unittest.main()
