//! A walk through every screen, with keys and mouse, in both languages.

use super::AT;
use super::pty::*;
use super::screens::Screens;

/// What one waits for, in a language.
struct Seen {
    sent_out: &'static str,
    all: &'static str,
    mine: &'static str,
    costs: &'static str,
    not_seen: &'static str,
    seen: &'static str,
    saved: &'static str,
    comment: &'static str,
    mention: &'static str,
    quote: &'static str,
    assign: &'static str,
    reply: &'static str,
    closed: &'static str,
    offline: &'static str,
    will_be_sent: &'static str,
    up_to_date: &'static str,
    cancel: &'static str,
    nothing_waits: &'static str,
    nothing_found: &'static str,
    total: &'static str,
    connected: &'static str,
    restart: &'static str,
    advice: &'static str,
    rejected: &'static str,
    missing: &'static str,
    preview: &'static str,
    waits: &'static str,
    new_template: &'static str,
    needs_name: &'static str,
    pending: &'static str,
    decide: &'static str,
    closes: &'static str,
    tour: &'static str,
    paid: &'static str,
    next: &'static str,
    react: &'static str,
    not_here: &'static str,
}

const ENGLISH: Seen = Seen {
    sent_out: "sent out: 4",
    all: "all 9",
    mine: "mine 1",
    costs: "Costs €0.05",
    not_seen: "(not seen)",
    seen: "(seen)",
    saved: "Opening hours",
    comment: "Comment, not visible to the customer",
    mention: "Mention a colleague",
    quote: "Quote it",
    assign: "Assign to",
    reply: "Reply",
    closed: "closed",
    offline: "Offline",
    will_be_sent: "Will be sent when you are online",
    up_to_date: "Up to date",
    cancel: "Cancel sending",
    nothing_waits: "Nothing is waiting to be sent.",
    nothing_found: "Nothing found.",
    total: "Total",
    connected: "Connected",
    restart: "Restart the conversation",
    advice: "Create one template for each kind",
    rejected: "Rejected by Meta",
    missing: "A value is missing for 2.",
    preview: "Hello Paul, your order 4711 is ready",
    waits: "Template sent.",
    new_template: "New template",
    needs_name: "The template needs a name.",
    pending: "Waiting for Meta’s approval",
    decide: "the messaging window closed while it waited",
    closes: "Edit the text",
    tour: "What is special here",
    paid: "Already paid",
    next: "next scene",
    react: "React with an emoji",
    not_here: "This no longer exists.",
};

const FRENCH: Seen = Seen {
    sent_out: "envoyés : 4",
    all: "toutes 9",
    mine: "les miennes 1",
    costs: "Coût\u{202f}: 0,05",
    not_seen: "(non vu)",
    seen: "(vu)",
    saved: "Horaires",
    comment: "Commentaire, invisible pour le client",
    mention: "Mentionner un collègue",
    quote: "Le citer",
    assign: "Assigner à",
    reply: "Réponse",
    closed: "fermées",
    offline: "Hors ligne",
    will_be_sent: "Sera envoyé dès que vous serez en ligne",
    up_to_date: "À jour",
    cancel: "Annuler l’envoi",
    nothing_waits: "Aucun message en attente d’envoi.",
    nothing_found: "Aucun résultat.",
    total: "Total",
    connected: "Connecté",
    restart: "Relancer la conversation",
    advice: "Créez un template pour chaque type",
    rejected: "Refusé par Meta",
    missing: "Il manque une valeur pour 2.",
    preview: "Bonjour Paul, votre commande 4711 est prête",
    waits: "Template envoyé.",
    new_template: "Nouveau template",
    needs_name: "Le template doit avoir un nom.",
    pending: "En attente de l’approbation de Meta",
    decide: "La fenêtre de messagerie s’est fermée pendant",
    closes: "Modifier le texte",
    tour: "Ce que cette app a de particulier",
    paid: "Déjà payé",
    next: "scène suivante",
    react: "Réagir avec un emoji",
    not_here: "Ceci n’existe plus.",
};

struct Walk {
    pty: Pty,
    screens: Screens,
}

impl Walk {
    fn start(language: &str, s: &'static Seen, name: &str) -> Self {
        let pty = Pty::start(&["--lang", language, "--at", AT], &[], (80, 24));
        pty.wait_for(s.sent_out);
        pty.wait_for("Carmen");
        pty.wait_for(s.up_to_date);
        Self { pty, screens: Screens::of(&format!("{name}.{language}")) }
    }

    fn see(&self, name: &str, marker: &str) {
        self.screens.see(&self.pty, name, marker);
    }

    fn press(&mut self, keys: &str, marker: &str) {
        self.pty.press(keys);
        self.pty.wait_for(marker);
    }

    fn end(mut self) {
        self.pty.press(CTRL_C);
        assert!(self.pty.end().success());
        assert!(self.pty.is_given_back());
    }
}

/// Reading, answering, commenting, quoting, reacting, handing over.
fn the_inbox_and_a_conversation(language: &str, s: &'static Seen) {
    let mut walk = Walk::start(language, s, "talk");
    walk.see("01-inbox", s.all);
    walk.pty.press(TAB);
    walk.see("02-mine", s.mine);
    walk.press(&TAB.repeat(4), s.all);
    walk.pty.press("s");
    walk.pty.wait_without("Visiteur");
    walk.see("03-closing-soon", "Carmen");
    walk.press("s", "Visiteur");
    walk.pty.press(HOME);
    walk.pty.press(ENTER);
    walk.see("04-conversation", s.costs);
    walk.pty.press("Oui, Léa 👍");
    walk.see("05-typed", "/4096");
    walk.pty.press(ENTER);
    walk.pty.wait_for(s.paid);
    walk.see("06-sent", s.not_seen);
    walk.pty.press(F4);
    walk.see("07-read-and-answered", s.seen);
    walk.pty.press(SAVED);
    walk.see("08-saved-replies", s.saved);
    walk.pty.press(ENTER);
    walk.see("09-saved-reply", "48 h. Marc Petit");
    walk.press(CLEAR, s.paid);
    walk.press(TAB, s.comment);
    walk.press("@", s.mention);
    walk.press(&format!("{DOWN}{ENTER}"), "@Inès Ferrand");
    walk.pty.press("4711?");
    walk.see("10-comment", "@Inès Ferrand 4711?");
    walk.press(ENTER, s.reply);
    walk.pty.wait_for("▏@Inès Ferrand 4711?");
    walk.pty.press(UP);
    walk.pty.press(UP);
    walk.pty.press(ENTER);
    walk.see("11-this-message", s.quote);
    walk.press(ENTER, "┆");
    walk.pty.press("17:00");
    walk.see("12-quote", "┆ Léa Martin");
    walk.pty.press(ENTER);
    walk.pty.wait_for(s.not_seen);
    walk.pty.press(&UP.repeat(3));
    walk.pty.press(ENTER);
    walk.press(DOWN, s.react);
    walk.press(ENTER, "😂");
    walk.pty.press(&format!("{DOWN}{ENTER}"));
    walk.see("13-reaction", "❤️");
    walk.pty.press(ASSIGN);
    walk.see("14-assign", s.assign);
    walk.press(&format!("{}{ENTER}", DOWN.repeat(4)), "→ Service");
    walk.pty.press(CLOSE);
    walk.see("15-closed", s.closed);
    walk.pty.press(FILE);
    walk.press(&format!("/there/is/none.jpg{ENTER}{ENTER}"), s.not_here);
    walk.end();
}

/// Without a network, killed, searching, usage, settings.
fn what_waits_and_the_other_screens(language: &str, s: &'static Seen) {
    let mut walk = Walk::start(language, s, "lists");
    walk.press(ENTER, s.costs);
    walk.press(F2, s.offline);
    walk.pty.press(&format!("4711 ✓{ENTER}"));
    walk.see("01-offline", s.will_be_sent);
    walk.pty.press(F5);
    walk.see("02-killed-and-opened-again", "↑1");
    walk.pty.press("b");
    walk.see("03-outbox", s.will_be_sent);
    walk.press(ENTER, "┌");
    walk.pty.wait_for(s.cancel);
    walk.pty.press(ESC);
    walk.pty.wait_without("┌");
    walk.pty.press(F2);
    walk.see("04-outbox-empty", s.nothing_waits);
    walk.press("/", ":");
    walk.pty.press("4711");
    walk.see("05-search", "注文4711");
    walk.press(CLEAR, ":");
    walk.pty.press("طلبي");
    walk.pty.wait_without("Léa");
    walk.see("06-search-from-the-right", "4711");
    walk.pty.press("xyz");
    walk.pty.wait_for(s.nothing_found);
    walk.press(ESC, s.all);
    walk.pty.press("m");
    walk.see("07-usage", s.total);
    walk.press(ESC, s.all);
    walk.pty.press(",");
    walk.see("08-settings", s.connected);
    walk.press(ESC, s.all);
    // The window closes while a reply waits: the agent decides.
    walk.pty.click("Carmen");
    walk.pty.wait_for("azul");
    walk.press(F2, s.offline);
    walk.press(&format!("Sí.{ENTER}"), s.will_be_sent);
    walk.press(F3, "19:30");
    walk.press(F2, s.up_to_date);
    walk.see("09-too-late", s.restart);
    walk.press(ESC, s.all);
    walk.pty.press("b");
    walk.see("10-decide", s.decide.split(' ').next_back().unwrap());
    walk.pty.press(ENTER);
    walk.see("11-decision", s.closes);
    walk.pty.press(&format!("{DOWN}{ENTER}"));
    walk.see("12-the-text-is-kept", "┆ Sí.");
    walk.end();
}

/// *Restart the conversation*, with the mouse where one has it.
fn restarting(language: &str, s: &'static Seen) {
    let mut walk = Walk::start(language, s, "restart");
    walk.pty.click("Paul Roux");
    walk.see("01-window-closed", s.restart);
    walk.pty.click(s.restart);
    walk.see("02-templates", s.advice);
    walk.press(&format!("{DOWN}{ENTER}"), s.rejected);
    walk.press(UP, s.advice);
    walk.pty.press(ENTER);
    walk.press("Paul", s.missing);
    walk.press(&format!("{TAB}4711"), s.preview);
    walk.see("03-values", s.preview);
    walk.pty.click("[ ");
    walk.see("04-sent", s.waits);
    walk.pty.click("[ ");
    walk.press("n", s.new_template);
    walk.press(&format!("{TAB}{TAB}{TAB}"), s.needs_name);
    walk.see("05-new-template", s.needs_name);
    walk.press(&format!("{UP}{UP}{UP}retard{TAB}{TAB}{TAB}{TAB}Bonjour {{{{1}}}}, pardon."), "pardon.");
    walk.press(&format!("{TAB}{TAB}{TAB}Léa"), "Léa");
    walk.pty.press(ENTER);
    walk.see("06-submitted", "retard");
    walk.pty.wait_for(s.pending);
    walk.end();
}

/// The five scenes of the tour.
fn the_tour(language: &str, s: &'static Seen) {
    let mut walk = Walk::start(language, s, "tour");
    walk.pty.press("?");
    walk.see("00-tour", s.tour);
    walk.pty.press("1");
    walk.see("01-price", s.costs);
    walk.press(ENTER, s.paid);
    walk.pty.press(F6);
    walk.see("02-window", "25 min");
    walk.press(F3, s.restart);
    walk.pty.press(F6);
    walk.see("03-offline", s.will_be_sent);
    walk.press(F2, s.not_seen);
    walk.pty.press(F6);
    walk.see("04-killed", s.will_be_sent);
    walk.pty.press(F2);
    walk.see("04-once", s.not_seen);
    walk.pty.press(F6);
    walk.see("05-restart", s.advice);
    walk.press(F6, s.next);
    walk.see("06-from-the-beginning", s.costs);
    walk.end();
}

#[test]
fn reading_and_answering() {
    the_inbox_and_a_conversation("en", &ENGLISH);
}

#[test]
fn reading_and_answering_in_french() {
    the_inbox_and_a_conversation("fr", &FRENCH);
}

#[test]
fn waiting_searching_and_settings() {
    what_waits_and_the_other_screens("en", &ENGLISH);
}

#[test]
fn waiting_searching_and_settings_in_french() {
    what_waits_and_the_other_screens("fr", &FRENCH);
}

#[test]
fn restarting_with_a_template() {
    restarting("en", &ENGLISH);
}

#[test]
fn restarting_with_a_template_in_french() {
    restarting("fr", &FRENCH);
}

#[test]
fn the_guided_tour() {
    the_tour("en", &ENGLISH);
}

#[test]
fn the_guided_tour_in_french() {
    the_tour("fr", &FRENCH);
}
