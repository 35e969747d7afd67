"""A server with its simulator, and pywa at the other end: it calls the simulator's Graph API, and
the simulator posts its webhooks to it, as Meta does after `subscribed_apps`."""

import http.server
import json
import logging
import os
import subprocess
import threading
import urllib.parse

import httpx
from pywa import WhatsApp, handlers

CAST = {
    "channels": {"whatsapp": {"kind": "whatsapp", "name": "Atelier Nord", "address": "33199000001"}},
    "customers": {
        "lea": {"name": "Léa Martin", "phone": "33612345678", "channel": "whatsapp"},
        "paul": {"name": "Paul Roux", "phone": "33698765432", "username": "paul.roux", "channel": "whatsapp"},
        "mia": {"name": "Mia", "bsuid": "DE.100200300", "username": "mia", "channel": "whatsapp"},
    },
    "templates": {
        "order": {
            "channel": "whatsapp", "name": "order", "language": "fr", "category": "utility",
            "source": "conversations", "status": "approved",
            "components": [
                {"part": "body", "text": "Bonjour {{1}}, votre commande {{2}} est prête."},
                {"part": "buttons", "buttons": [{"button": "quick_reply", "text": "Merci"}]},
            ],
        },
        "promo": {
            "channel": "whatsapp", "name": "promo", "language": "fr", "category": "marketing",
            "source": "conversations", "status": "approved",
            "components": [{"part": "body", "text": "Tout doit partir !"}],
        },
        "tracking": {
            "channel": "whatsapp", "name": "tracking", "language": "fr", "category": "utility",
            "source": "conversations", "status": "approved",
            "components": [
                {"part": "header_text", "text": "Commande {{1}}"},
                {"part": "body", "text": "Bonjour {{1}}, elle arrive."},
                {"part": "buttons", "buttons": [
                    {"button": "url", "text": "Suivre", "url": "https://suivi.example/{{1}}"}]},
            ],
        },
        "waiting": {
            "channel": "whatsapp", "name": "waiting", "language": "fr", "category": "utility",
            "source": "conversations", "status": "pending",
            "components": [{"part": "body", "text": "Bonjour."}],
        },
    },
}

HANDLERS = [
    kind for kind in vars(handlers).values()
    if isinstance(kind, type) and issubclass(kind, handlers.Handler) and kind is not handlers.Handler
    and not kind.__name__.startswith("_") and kind is not handlers.RawUpdateHandler
]


class Troubles(logging.Handler):
    """What pywa logs when it cannot read a webhook."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.found = []

    def emit(self, record):
        trouble = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            trouble += f": {record.exc_info[1]!r}"
        self.found.append(trouble)


class Stage:
    """One world for one test."""

    def __init__(self):
        binary = os.environ["RIPOSTE_SERVER"]
        arguments = [binary, "story", "--at", "2026-11-02T09:00:00+01:00"]
        self.server = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        lines = iter(self.server.stdout.readline, "")
        url = next(line for line in lines if line.startswith("Listening on ")).removeprefix("Listening on ").strip()
        self.sim = httpx.Client(base_url=f"{url}/sim/", timeout=30)
        self.post("cast", CAST)
        told = self.sim.get("accounts").raise_for_status().json()
        self.api, self.account = told["api"], told["accounts"][0]
        self.bodies, self.updates, self.troubles = [], [], Troubles()
        logging.getLogger("pywa").addHandler(self.troubles)
        logging.getLogger("pywa").propagate = False
        self.wa = self.client()
        self.wa.add_handlers(*(kind(self.keep) for kind in HANDLERS))
        self.listen()

    def client(self, version="26.0"):
        session = httpx.Client(timeout=30)
        account = self.account
        wa = WhatsApp(
            phone_id=account["provider_id"], token=account["token"], session=session, waba_id=account["business_id"],
            app_secret=account["app_secret"], verify_token="hello", api_version=version,
        )
        session.base_url = f"{self.api}/v{version}"
        return wa

    def keep(self, _, update):
        self.updates.append(update)

    def listen(self):
        stage = self

        class Callback(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                answer, status = stage.wa.webhook_challenge_handler(
                    vt=asked["hub.verify_token"][0], ch=asked["hub.challenge"][0])
                self.answer(status, answer)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                refused = stage.wa.webhook_update_validator(body, self.headers["X-Hub-Signature-256"])
                if refused:
                    self.answer(refused[1], refused[0])
                    return
                stage.bodies.append(json.loads(body))
                answer, status = stage.wa.webhook_update_handler(stage.lend(body))
                self.answer(status, answer)

            def answer(self, status, text):
                self.send_response(status)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_):
                pass

        self.callback = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Callback)
        threading.Thread(target=self.callback.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{self.callback.server_port}/"
        set_up = self.wa.override_waba_callback_url(callback_url=url, verify_token="hello", waba_id=self.account["business_id"])
        assert set_up.success, set_up

    def lend(self, body):
        """Two webhooks that Meta documents pywa 4.5 cannot read: a failure comes without contacts
        (Meta, "Status messages webhook reference"), a new user id without a number (Meta, "System
        messages webhook reference"). The test checks that, then lends what pywa asks for."""
        read = json.loads(body)
        value = read["entry"][0]["changes"][0]["value"]
        if any(status["status"] == "failed" for status in value.get("statuses", [])) and "contacts" not in value:
            value["contacts"] = [{"profile": {}}]
        for message in value.get("messages", []):
            if message["type"] == "system" and "from" not in message:
                message["from"] = None
        return json.dumps(read).encode()

    def post(self, path, body):
        answer = self.sim.post(path, json=body)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    def says(self, customer, content, **manner):
        self.post(f"customers/{customer}/says", {"on": "whatsapp", "content": content, **manner})
        return self.news()

    def news(self):
        """What arrived since the last call, once nothing is on its way any more."""
        self.post("idle", {})
        updates, self.updates = self.updates, []
        troubles, self.troubles.found = self.troubles.found, []
        assert not troubles, troubles
        return updates

    def close(self):
        self.callback.shutdown()
        self.callback.server_close()
        logging.getLogger("pywa").removeHandler(self.troubles)
        self.sim.close()
        self.server.terminate()
        self.server.wait()
        self.server.stdout.close()
