//! The inbox server states a window itself: which one counts, and what does the agent read if the two differ?
//!
//! A server may know more than the facts show (a limit of its own, a statement of the provider that
//! never became a row). Its statement goes first, because the server is closer to the provider; what
//! happened after the statement goes before it. The agent reads the difference, so that an unexpected
//! refusal or an unexpected open field has a reason.

use chrono::{DateTime, Utc};

use super::computed::{ClosedWhy, ReplyWindow, computed};
use crate::model::{Phrase, PhraseKey, PhraseValue, ServerWindow, WindowFacts, WindowPolicy};
use crate::rules::time::plus_ms;

/// Providers count in whole seconds: two ends less than this apart are the same.
const SAME_MS: i64 = 1_000;

/// The server's statement, unless a customer's message or a refusal is later.
pub(super) fn that_holds(facts: &WindowFacts) -> Option<ServerWindow> {
    let said = facts.said?;
    let later = [facts.last_customer_at, facts.refused_at].into_iter().flatten().any(|at| at > said.said_at);
    (!later).then_some(said)
}

/// The window by the server's statement.
pub(super) fn judged(said: &ServerWindow, by_facts: ReplyWindow, now: DateTime<Utc>) -> ReplyWindow {
    let human_agent = matches!(by_facts, ReplyWindow::Open { human_agent: true, .. });
    match (said.closes_at, by_facts) {
        (Some(closes_at), _) if now < closes_at => ReplyWindow::Open { closes_at, human_agent },
        (Some(closed_at), _) => ReplyWindow::Closed { since: Some(closed_at), why: ClosedWhy::Ended },
        (None, ReplyWindow::Closed { .. }) => by_facts,
        (None, ReplyWindow::Open { .. } | ReplyWindow::Unlimited) => {
            ReplyWindow::Closed { since: Some(said.said_at), why: ClosedWhy::ServerSays }
        }
    }
}

/// What stands beside the composer if the server's statement and the facts differ at `now`, and when
/// that changes by itself. None: they agree, or no statement holds.
pub fn difference(
    policy: &WindowPolicy,
    facts: &WindowFacts,
    now: DateTime<Utc>,
) -> Option<(Phrase, Option<DateTime<Utc>>)> {
    let said = that_holds(facts)?;
    let end_said = said.closes_at.filter(|end| now < *end);
    let (end_computed, phrase) = match (end_said, computed(policy, facts, now)) {
        (None, ReplyWindow::Open { closes_at, .. }) => {
            (Some(closes_at), Phrase::new(PhraseKey::WindowDiffersClosed).with("computed", PhraseValue::At(closes_at)))
        }
        (None, ReplyWindow::Unlimited) => (None, Phrase::new(PhraseKey::WindowDiffersNever)),
        (Some(end), ReplyWindow::Open { closes_at, .. }) if !same(end, closes_at, policy, facts) => (
            Some(closes_at),
            Phrase::new(PhraseKey::WindowDiffersEnd)
                .with("said", PhraseValue::At(end))
                .with("computed", PhraseValue::At(closes_at)),
        ),
        (Some(end), ReplyWindow::Closed { .. }) => {
            (None, Phrase::new(PhraseKey::WindowDiffersOpen).with("said", PhraseValue::At(end)))
        }
        (Some(_), ReplyWindow::Open { .. } | ReplyWindow::Unlimited) | (None, ReplyWindow::Closed { .. }) => {
            return None;
        }
    };
    Some((phrase, end_said.into_iter().chain(end_computed).min()))
}

/// Whether an end that the server states is one of ours: that of the standard window, or that of
/// the days for a person.
fn same(said: DateTime<Utc>, closes_at: DateTime<Utc>, policy: &WindowPolicy, facts: &WindowFacts) -> bool {
    let last_end = facts.last_customer_at.zip(policy.reach_ms()).map(|(last, reach)| plus_ms(last, reach));
    let near = |end: DateTime<Utc>| said.signed_duration_since(end).num_milliseconds().abs() < SAME_MS;
    near(closes_at) || last_end.is_some_and(near)
}

#[cfg(test)]
mod tests {
    use super::super::{phrase, reply_window, sendable_until, window_facts};
    use super::*;
    use crate::rules::table::{at, messenger_window, whatsapp_window, widget_window};

    /// The customer wrote at ten on the second; the server said something at noon.
    fn said(closes_at: Option<&str>) -> WindowFacts {
        let facts = window_facts(&whatsapp_window(), &[at("2 10:00")], &[], None);
        let said = ServerWindow { said_at: at("2 12:00"), closes_at: closes_at.map(at) };
        WindowFacts { said: Some(said), ..facts }
    }

    fn whatsapp(facts: &WindowFacts, now: &str) -> ReplyWindow {
        reply_window(&whatsapp_window(), facts, at(now))
    }

    fn open_until(closes_at: &str) -> ReplyWindow {
        ReplyWindow::Open { closes_at: at(closes_at), human_agent: false }
    }

    fn differs(facts: &WindowFacts, now: &str) -> Option<PhraseKey> {
        difference(&whatsapp_window(), facts, at(now)).map(|(phrase, _)| phrase.key)
    }

    #[test]
    fn the_servers_own_end_counts_and_the_difference_is_shown() {
        let facts = said(Some("2 18:00"));
        assert_eq!(whatsapp(&facts, "2 17:59:59.999"), open_until("2 18:00"));
        let ended = ReplyWindow::Closed { since: Some(at("2 18:00")), why: ClosedWhy::Ended };
        assert_eq!(whatsapp(&facts, "2 18:00"), ended);
        let (phrase, until) = difference(&whatsapp_window(), &facts, at("2 13:00")).unwrap();
        assert_eq!((phrase.key, until), (PhraseKey::WindowDiffersEnd, Some(at("2 18:00"))));
        assert_eq!(differs(&facts, "2 18:00"), Some(PhraseKey::WindowDiffersClosed));
        assert_eq!(differs(&facts, "3 10:00"), None, "closed by both");
    }

    #[test]
    fn closed_by_the_server_is_closed() {
        let facts = said(None);
        let closed = ReplyWindow::Closed { since: Some(at("2 12:00")), why: ClosedWhy::ServerSays };
        assert_eq!(whatsapp(&facts, "2 12:00"), closed);
        assert_eq!(phrase(&closed).key, PhraseKey::WindowClosedByServer);
        assert_eq!(differs(&facts, "2 12:00"), Some(PhraseKey::WindowDiffersClosed));
        assert_eq!(
            whatsapp(&facts, "4 12:00"),
            ReplyWindow::Closed { since: Some(at("3 10:00")), why: ClosedWhy::Ended }
        );
    }

    #[test]
    fn a_longer_window_of_the_server_is_open_and_what_has_waited_still_asks() {
        let facts = said(Some("5 10:00"));
        assert_eq!(whatsapp(&facts, "4 10:00"), open_until("5 10:00"));
        assert_eq!(differs(&facts, "4 10:00"), Some(PhraseKey::WindowDiffersOpen));
        assert_eq!(sendable_until(&whatsapp_window(), &facts, 0), Some(at("3 09:59")));
        assert_eq!(sendable_until(&whatsapp_window(), &said(Some("2 18:00")), 0), Some(at("2 17:59")));
        assert!(sendable_until(&whatsapp_window(), &said(None), 0) < Some(at("2 10:00")));
    }

    #[test]
    fn what_happened_after_the_servers_word_goes_before_it() {
        let wrote_again = |time| {
            let facts = window_facts(&whatsapp_window(), &[at("2 10:00"), at(time)], &[], None);
            WindowFacts { said: said(None).said, ..facts }
        };
        assert_eq!(whatsapp(&wrote_again("2 12:00:00.001"), "2 13:00"), open_until("3 12:00:00.001"));
        assert!(matches!(whatsapp(&wrote_again("2 12:00"), "2 13:00"), ReplyWindow::Closed { .. }));
        let refused = window_facts(&whatsapp_window(), &[at("2 10:00")], &[at("2 12:30")], None);
        let refused = WindowFacts { said: said(Some("5 10:00")).said, ..refused };
        let closed = ReplyWindow::Closed { since: Some(at("2 12:30")), why: ClosedWhy::Refused };
        assert_eq!(whatsapp(&refused, "2 13:00"), closed);
        assert_eq!(differs(&refused, "2 13:00"), None);
    }

    #[test]
    fn ends_within_a_second_are_the_same() {
        assert_eq!(differs(&said(Some("3 09:59:59.001")), "2 13:00"), None);
        assert_eq!(differs(&said(Some("3 09:59:59")), "2 13:00"), Some(PhraseKey::WindowDiffersEnd));
    }

    #[test]
    fn the_days_for_a_person_are_no_difference() {
        let facts = said(Some("9 10:00"));
        assert_eq!(difference(&messenger_window(), &facts, at("2 13:00")), None);
    }

    #[test]
    fn a_channel_without_a_window_may_be_closed_by_the_server() {
        let widget = |now| reply_window(&widget_window(), &said(None), at(now));
        assert!(matches!(widget("2 13:00"), ReplyWindow::Closed { why: ClosedWhy::ServerSays, .. }));
        let phrase = difference(&widget_window(), &said(None), at("2 13:00")).map(|(phrase, _)| phrase.key);
        assert_eq!(phrase, Some(PhraseKey::WindowDiffersNever));
        assert_eq!(difference(&widget_window(), &said(Some("9 10:00")), at("2 13:00")), None);
    }
}
