"""pywa reads every webhook of the simulator as what it is."""

import datetime
import unittest

from pywa import types
from pywa.types import account_update, calls, message_status, templates
from stage import Stage


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.close)
        self.wa = self.stage.wa

    def one(self, updates, kind):
        self.assertEqual([type(update).__name__ for update in updates], [kind])
        return updates[0]

    def ours(self, text="Bonjour Léa"):
        """Léa has written and was answered; the id of the answer."""
        self.stage.says("lea", {"type": "text", "body": "Bonjour"})
        sent = self.wa.send_message("+33 6 12 34 56 78", text)
        self.stage.news()
        return sent.id

    def test_what_a_customer_sends(self):
        contents = [
            ({"type": "text", "body": "Bonjour"}, "text"),
            ({"type": "media", "kind": "image", "mime": "image/jpeg", "caption": "ma table"}, "image"),
            ({"type": "media", "kind": "video", "mime": "video/mp4"}, "video"),
            ({"type": "media", "kind": "audio", "mime": "audio/ogg; codecs=opus", "voice": True}, "audio"),
            ({"type": "media", "kind": "document", "mime": "application/pdf", "name": "facture.pdf"}, "document"),
            ({"type": "media", "kind": "sticker", "mime": "image/webp"}, "sticker"),
            ({"type": "location", "latitude_e6": 48856600, "longitude_e6": 2352200, "name": "Chez moi"}, "location"),
            ({"type": "contacts", "cards": [{"name": "Paul Roux", "phones": ["+33 6 98 76 54 32"]}]}, "contacts"),
            ({"type": "order", "products": 2, "body": "vite"}, "order"),
            ({"type": "unsupported"}, "unsupported"),
            ({"type": "request_welcome"}, "request_welcome"),
        ]
        for content, kind in contents:
            with self.subTest(kind):
                heard = self.one(self.stage.says("lea", content), "Message")
                self.assertEqual(heard.type.value, kind)
                self.assertTrue(heard.from_user.bsuid.startswith("FR."))
                self.assertEqual((heard.from_user.wa_id, heard.from_user.name), ("33612345678", "Léa Martin"))
                self.assertEqual(heard.timestamp, datetime.datetime(2026, 11, 2, 8, tzinfo=datetime.timezone.utc))
                if heard.has_media:
                    self.assertTrue(heard.media.sha256 and heard.media.url and heard.media.mime_type)
                    self.assertTrue(heard.media.get_bytes())
                if kind == "unsupported":
                    self.assertEqual((heard.error.code, bool(heard.error.href)), (131051, True))

    def test_a_customer_with_a_username_has_no_number(self):
        heard = self.one(self.stage.says("mia", {"type": "text", "body": "Hallo"}), "Message")
        self.assertEqual((heard.from_user.bsuid, heard.from_user.wa_id), ("DE.100200300", None))
        self.assertEqual(heard.from_user.username, "mia")
        message = self.stage.bodies[-1]["entry"][0]["changes"][0]["value"]["messages"][0]
        self.assertNotIn("from", message)

    def test_quotes_reactions_and_advertisements(self):
        ours = self.ours()
        quote = self.one(self.stage.says("lea", {"type": "text", "body": "Celui-ci"}, quoting=True), "Message")
        self.assertEqual(quote.reply_to_message.message_id, ours)
        reaction = self.one(self.stage.says("lea", {"type": "reaction", "emoji": "👍"}), "Message")
        self.assertEqual((reaction.reaction.message_id, reaction.reaction.emoji), (ours, "👍"))
        taken_back = self.one(self.stage.says("lea", {"type": "reaction"}), "Message")
        self.assertFalse(taken_back.reaction.emoji)
        text = {"type": "text", "body": "Je viens de la publicité"}
        referred = self.one(self.stage.says("paul", text, by_advertisement=True), "Message")
        self.assertTrue(referred.referral.headline and referred.referral.ctwa_clid)

    def test_answers(self):
        self.ours()
        button = self.one(self.stage.says("lea", {"type": "answer", "title": "Mardi", "kind": "button"}), "CallbackButton")
        self.assertEqual(button.title, "Mardi")
        chosen = self.one(self.stage.says("lea", {"type": "answer", "title": "Mardi", "kind": "list"}), "CallbackSelection")
        self.assertEqual(chosen.title, "Mardi")
        form = self.one(self.stage.says("lea", {"type": "answer", "title": "Mardi", "kind": "flow"}), "FlowCompletion")
        self.assertEqual(form.response["answer"], "Mardi")
        self.wa.send_template("+33612345678", "order", templates.TemplateLanguage.FRENCH, [
            templates.BodyText.params("Léa", "4711")])
        self.stage.news()
        quick = self.one(self.stage.says("lea", {"type": "answer", "title": "Merci"}), "CallbackButton")
        self.assertEqual((quick.type.value, quick.title), ("button", "Merci"))

    def test_own_messages_are_changed_and_taken_back(self):
        first = self.one(self.stage.says("lea", {"type": "text", "body": "Bnojour"}), "Message")
        edited = self.one(self.stage.says("lea", {"type": "edit", "body": "Bonjour"}), "EditedMessage")
        self.assertEqual((edited.original_message_id, edited.message.text), (first.id, "Bonjour"))
        deleted = self.one(self.stage.says("lea", {"type": "revoke"}), "DeletedMessage")
        self.assertEqual(deleted.original_message_id, first.id)

    def test_a_new_number_comes_with_a_new_user_id(self):
        before = self.one(self.stage.says("lea", {"type": "text", "body": "Bonjour"}), "Message").from_user.bsuid
        changed = self.one(self.stage.says("lea", {"type": "number_change", "phone": "33700000007"}), "PhoneNumberChange")
        self.assertEqual((changed.old_wa_id, changed.new_wa_id), ("33612345678", "33700000007"))
        value = self.stage.bodies[-1]["entry"][0]["changes"][0]["value"]
        self.assertNotIn("contacts", value)
        self.assertEqual(value["messages"][0]["system"]["previous_user_id"], before)
        after = self.one(self.stage.says("lea", {"type": "text", "body": "C'est moi"}), "Message")
        self.assertEqual((after.from_user.bsuid, after.from_user.wa_id), (changed.new_user_id, "33700000007"))
        self.assertNotEqual(after.from_user.bsuid, before)

    def test_a_new_user_id_comes_without_a_number(self):
        changed = self.one(self.stage.says("mia", {"type": "user_id_change"}), "PhoneNumberChange")
        value = self.stage.bodies[-1]["entry"][0]["changes"][0]["value"]
        self.assertNotIn("contacts", value)
        self.assertNotIn("from", value["messages"][0])
        self.assertEqual(value["messages"][0]["system"]["previous_user_id"], "DE.100200300")
        self.assertNotEqual(changed.new_user_id, "DE.100200300")

    def test_calls_ring_and_end(self):
        rings, ends = self.stage.says("lea", {"type": "call", "length_ms": 90_000})
        self.assertEqual((rings.event, rings.direction), (calls.CallEvent.CONNECT, calls.CallDirection.USER_INITIATED))
        self.assertEqual((ends.event, ends.duration), (calls.CallEvent.TERMINATE, 90))
        self.assertEqual(ends.end_time - ends.start_time, datetime.timedelta(seconds=90))
        rings, ends = self.stage.says("lea", {"type": "call"})
        self.assertEqual((ends.status, ends.duration), (calls.CallTerminateStatus.FAILED, None))

    def test_what_the_company_writes_on_its_phone(self):
        self.stage.post("company/says", {"on": "whatsapp", "to": "lea", "body": "Je vous rappelle"})
        echo = self.one(self.stage.news(), "OutgoingMessage")
        self.assertEqual((echo.text, echo.to_user.wa_id), ("Je vous rappelle", "33612345678"))

    def test_reports_name_the_customer_and_the_price_once(self):
        self.stage.says("paul", {"type": "text", "body": "Bonjour"})
        self.wa.send_message("+33698765432", "Bonjour Paul", tracker="key-1")
        sent, delivered = self.stage.news()
        self.stage.post("customers/paul/reads", {"on": "whatsapp"})
        read = self.one(self.stage.news(), "MessageStatus")
        for report in (sent, delivered, read):
            self.assertEqual((report.from_user.wa_id, report.tracker), ("33698765432", "key-1"))
            self.assertTrue(report.from_user.bsuid.startswith("FR."))
        self.assertEqual((sent.from_user.username, delivered.from_user.username), (None, "paul.roux"))
        self.assertEqual([report.pricing is not None for report in (sent, delivered, read)], [True, False, False])
        self.assertEqual(sent.pricing.type, message_status.PricingType.FREE_CUSTOMER_SERVICE)
        self.assertFalse(sent.pricing.billable)

    def test_a_free_entry_point_has_an_end(self):
        self.stage.says("lea", {"type": "text", "body": "Bonjour"}, by_advertisement=True)
        self.wa.send_message("+33612345678", "Bonjour Léa")
        sent = self.stage.news()[0]
        self.assertEqual(sent.pricing.type, message_status.PricingType.FREE_ENTRY_POINT)
        self.assertEqual(sent.conversation.expiration, datetime.datetime(2026, 11, 5, 8, tzinfo=datetime.timezone.utc))

    def test_a_template_is_charged(self):
        self.wa.send_template("+33612345678", "promo", templates.TemplateLanguage.FRENCH)
        sent = self.stage.news()[0]
        self.assertEqual((sent.pricing.billable, sent.pricing.category.value), (True, "marketing"))

    def test_a_failure_says_why_and_names_no_card(self):
        self.stage.says("lea", {"type": "text", "body": "Bonjour"})
        self.stage.post("customers/lea/phone", {"deliverable": False})
        self.wa.send_message("+33612345678", "Bonjour Léa")
        _, failed = self.stage.news()
        value = self.stage.bodies[-1]["entry"][0]["changes"][0]["value"]
        self.assertNotIn("contacts", value)
        self.assertNotIn("recipient_user_id", value["statuses"][0])
        self.assertEqual((failed.status.value, failed.error.code), ("failed", 131026))
        self.assertTrue(failed.error.href and failed.error.details)

    def test_a_voice_message_is_played(self):
        self.stage.says("lea", {"type": "text", "body": "Bonjour"})
        self.wa.send_voice("+33612345678", b"OggS" + bytes(24) + b"OpusHead", mime_type="audio/ogg")
        self.stage.news()
        self.stage.post("customers/lea/plays", {"on": "whatsapp"})
        self.assertEqual([report.status.value for report in self.stage.news()], ["read", "played"])

    def test_news_of_templates(self):
        for decision, status in [("approved", "APPROVED"), ("rejected", "REJECTED"), ("paused", "PAUSED"),
                                 ("disabled", "DISABLED"), ("flagged", "FLAGGED")]:
            self.stage.post("templates/waiting", {"decision": decision, "reason": "INVALID_FORMAT"})
            news = self.one(self.stage.news(), "TemplateStatusUpdate")
            self.assertEqual((news.new_status.value, news.template_name), (status, "waiting"))
        self.stage.post("templates/waiting", {"category": "marketing"})
        news = self.one(self.stage.news(), "TemplateCategoryUpdate")
        self.assertEqual((news.previous_category.value, news.new_category.value), ("UTILITY", "MARKETING"))
        self.stage.post("templates/waiting", {"body": "Bonsoir."})
        self.assertEqual(self.one(self.stage.news(), "TemplateComponentsUpdate").template_element, "Bonsoir.")
        self.stage.post("templates/waiting", {"quality": "yellow"})
        self.assertEqual(self.one(self.stage.news(), "TemplateQualityUpdate").new_quality_score.value, "YELLOW")

    def test_news_of_the_account(self):
        for happens, event in [
            ("violation", "ACCOUNT_VIOLATION"), ("restricted", "ACCOUNT_RESTRICTION"), ("disabled", "DISABLED_UPDATE"),
            ("reinstated", "DISABLED_UPDATE"), ("partner_removed", "PARTNER_REMOVED"),
            ("offboarded", "ACCOUNT_OFFBOARDED"), ("reconnected", "ACCOUNT_RECONNECTED"), ("deleted", "ACCOUNT_DELETED"),
        ]:
            self.stage.post("accounts/whatsapp", {"happens": happens})
            news = self.one(self.stage.news(), "AccountUpdate")
            self.assertEqual(news.event, account_update.AccountUpdateEvent(event))

    def test_a_customer_stops_marketing(self):
        self.stage.post("customers/lea/marketing", {"on": "whatsapp", "wanted": False})
        stopped = self.one(self.stage.news(), "UserMarketingPreferences")
        self.assertEqual(stopped.value.value, "stop")
        self.wa.send_template("+33612345678", "promo", templates.TemplateLanguage.FRENCH)
        self.assertEqual(self.stage.news()[1].error.code, 131050)
        self.stage.post("customers/lea/marketing", {"on": "whatsapp", "wanted": True})
        self.assertEqual(self.one(self.stage.news(), "UserMarketingPreferences").value.value, "resume")


if __name__ == "__main__":
    unittest.main()
