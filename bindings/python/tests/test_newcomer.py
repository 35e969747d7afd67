"""The first ten minutes: the page's ten lines, what a shell shows, and what help() says."""

import ast
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import riposte as r
from riposte import _core
from desk import Desk

README = Path(__file__).resolve().parents[1] / "README.md"


class Newcomer(unittest.IsolatedAsyncioTestCase):
    async def test_the_ten_lines_of_the_page_work_on_an_empty_folder(self) -> None:
        async with Desk() as desk:
            phone = desk.phone
            lines = ten_lines().replace("https://inbox.example", phone.url)
            lines = lines.replace("marc@example.com", phone.email).replace('"password"', repr(phone.password))
            with tempfile.TemporaryDirectory() as folder:
                ran = run(lines, folder)
            self.assertEqual((ran.returncode, ran.stdout), (0, "Léa Martin: Bonjour, ma commande ?\n"), ran.stderr)
            self.assertEqual(desk.received(), ["It leaves tonight."])

    async def test_the_sample_is_in_the_wheel_and_names_what_it_waits_for(self) -> None:
        async with Desk() as desk:
            phone = desk.phone
            command = [sys.executable, "-m", "riposte.samples.answer", phone.url, phone.email, phone.password, "Elle part."]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertIn("waiting for the report that it has arrived", ran.stderr)
            self.assertEqual(desk.received(), ["Elle part."])

    def test_a_repr_shows_every_field(self) -> None:
        self.assertEqual(
            repr(r.Draft.TEXT(body="Oui", reply_to=None)), "Draft.TEXT(body='Oui', reply_to=None)"
        )
        quiet = r.QuietHours(from_minute=1_320, until_minute=420)
        self.assertEqual(repr(quiet), "QuietHours(from_minute=1320, until_minute=420)")
        self.assertEqual(repr(r.Assignee.AGENT(3)), "Assignee.AGENT(3)")

    def test_no_docstring_speaks_rust(self) -> None:
        code = Path(_core.__file__).read_text("utf-8")
        alone = (node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Expr))
        docstrings = [text.value for text in alone if isinstance(text, ast.Constant) and isinstance(text.value, str)]
        self.assertGreater(len(docstrings), 300)
        self.assertEqual([text for text in docstrings if "::" in text or "```" in text or "[`" in text], [])
        self.assertIn("`RiposteError.NotFound`", _core.ConversationHandle.enter.__doc__ or "")


def ten_lines() -> str:
    found = re.search(r"## Ten lines\n\n```python\n(.*?)```", README.read_text("utf-8"), flags=re.S)
    assert found, "the page has no ten lines"
    return found[1]


def run(lines: str, folder: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", lines], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


if __name__ == "__main__":
    unittest.main()
