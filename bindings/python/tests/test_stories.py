"""Every file of tests/scenarios, told with real phones against a real server."""

import unittest

from story import teller


class Stories(unittest.IsolatedAsyncioTestCase):
    async def test_an_untrue_story_says_at_which_step_and_on_whose_screen(self) -> None:
        cast = teller.json.loads((teller.FOLDER / "cast.json").read_text("utf-8"))
        steps = [
            {"at": "09:00", "customer": "lea", "says": "Bonjour"},
            {"expect": {"phone": "marc", "inbox": [{"customer": "paul"}]}},
        ]
        with self.assertRaises(AssertionError) as untrue:
            await teller.tell_story(cast, steps)
        wrong = "step 2 (09:00): marc's inbox[0].customer: expected 'paul', there is 'lea'"
        self.assertEqual(str(untrue.exception), wrong)


def story(name: str):
    async def test(self: Stories) -> None:
        await teller.tell(name)

    return test


for name in teller.names():
    setattr(Stories, f"test_{name}", story(name))

if __name__ == "__main__":
    unittest.main()
