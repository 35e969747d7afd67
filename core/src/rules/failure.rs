//! Why did it fail, can it be tried again, and what else can be done?
//!
//! The codes are Meta's (WhatsApp, "Error codes"; Messenger Platform, "Error codes"). Meta asks
//! to go by the code, as titles will go. The sentences for agents are ours.

use crate::model::{ChannelKind, Phrase, PhraseKey, PhraseValue, ProviderError};

/// A failure, as a person can use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which sort.
    pub kind: FailureKind,
    /// In words.
    pub phrase: Phrase,
    /// Whether trying again makes sense.
    pub retry: Retry,
    /// What to do instead.
    pub offer: Option<Offer>,
}

/// Sorts of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The messaging window is closed.
    WindowClosed,
    /// This customer cannot be reached there.
    Customer,
    /// The provider held a template back.
    HeldBack,
    /// The text, file or values do not fit.
    Content,
    /// The template cannot be sent.
    Template,
    /// Too much at once.
    TooFast,
    /// The number, the account or its payment is in trouble.
    Account,
    /// The provider is in trouble.
    Provider,
    /// The inbox made a mistake.
    Inbox,
    /// A code this build does not know.
    Unknown,
}

/// Whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// The agent may try at once.
    Now,
    /// Not before so many milliseconds have passed since the attempt.
    After {
        /// Milliseconds.
        ms: i64,
    },
}

/// What to do instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offer {
    /// Restart the conversation with a template.
    Restart,
    /// Wait for the customer to write.
    WaitForCustomer,
    /// Reach the customer another way.
    OtherWay,
    /// Change it and send it again.
    Edit,
    /// Choose another template.
    OtherTemplate,
    /// Tell an administrator.
    TellAdministrator,
    /// Unblock the customer.
    Unblock,
}

/// Codes that mean the same to an agent.
struct Line {
    codes: &'static [i64],
    kind: FailureKind,
    key: PhraseKey,
    retry: Retry,
    offer: Option<Offer>,
}

const fn line(codes: &'static [i64], kind: FailureKind, key: PhraseKey, retry: Retry, offer: Option<Offer>) -> Line {
    Line { codes, kind, key, retry, offer }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// WhatsApp takes one message in six seconds to the same customer.
const PAIR: Retry = Retry::After { ms: 6_000 };
const MINUTE: Retry = Retry::After { ms: 60_000 };
const ADMINISTRATOR: Option<Offer> = Some(Offer::TellAdministrator);

use FailureKind::{Account, Content, Customer, HeldBack, Inbox, Provider, Template, TooFast, WindowClosed};
use Retry::{Never, Now};

/// WhatsApp's own codes.
#[rustfmt::skip]
const WHATSAPP: &[Line] = &[
    // 63016 is the word of a reseller for the same.
    line(&[131047, 63016], WindowClosed, PhraseKey::WindowClosed, Never, Some(Offer::Restart)),
    line(&[131026], Customer, PhraseKey::FailureUndeliverable, Never, Some(Offer::OtherWay)),
    line(&[131049], HeldBack, PhraseKey::FailureMarketingLimit, Retry::After { ms: DAY_MS }, Some(Offer::OtherWay)),
    line(&[131050], HeldBack, PhraseKey::FailureOptedOut, Never, Some(Offer::OtherWay)),
    line(&[130472], HeldBack, PhraseKey::FailureExperiment, Never, Some(Offer::OtherTemplate)),
    line(&[131051], Content, PhraseKey::FailureUnsupportedType, Never, Some(Offer::Edit)),
    line(&[131052], Content, PhraseKey::FailureMediaDownload, Never, Some(Offer::WaitForCustomer)),
    line(&[131053], Content, PhraseKey::FailureMediaUpload, Never, Some(Offer::Edit)),
    line(&[131056], TooFast, PhraseKey::FailureTooManyToCustomer, PAIR, None),
    line(&[130429], TooFast, PhraseKey::FailureTooFast, MINUTE, None),
    line(&[131048], Account, PhraseKey::FailureNumberRestricted, Never, ADMINISTRATOR),
    line(&[131064], Account, PhraseKey::FailureMisclassified, Never, ADMINISTRATOR),
    line(&[131031], Account, PhraseKey::FailureAccountBlocked, Never, ADMINISTRATOR),
    line(&[130497], Customer, PhraseKey::FailureCountry, Never, Some(Offer::OtherWay)),
    line(&[130403], Customer, PhraseKey::FailureBlockedByUs, Never, Some(Offer::Unblock)),
    line(&[131042, 134011], Account, PhraseKey::FailurePayment, Never, ADMINISTRATOR),
    line(&[131005], Account, PhraseKey::FailurePermission, Never, ADMINISTRATOR),
    line(&[131008, 131009, 135000], Inbox, PhraseKey::FailureParameter, Never, ADMINISTRATOR),
    line(&[131000, 131016, 131057, 133004], Provider, PhraseKey::FailureTemporary, Now, None),
    line(&[131021], Customer, PhraseKey::FailureSelf, Never, None),
    line(&[131037, 131045, 133005, 133006, 133008, 133009, 133010, 133015, 33], Account, PhraseKey::FailureNumberSetup, Never, ADMINISTRATOR),
    line(&[131062], Template, PhraseKey::FailureNoPhoneNumber, Never, Some(Offer::OtherTemplate)),
    line(&[131063], Template, PhraseKey::FailureMarketingOff, Never, Some(Offer::OtherTemplate)),
    line(&[132000], Template, PhraseKey::FailureTemplateValues, Never, Some(Offer::Edit)),
    line(&[132001], Template, PhraseKey::FailureTemplateMissing, Never, Some(Offer::OtherTemplate)),
    line(&[132005], Template, PhraseKey::FailureTemplateTooLong, Never, Some(Offer::Edit)),
    line(&[132007], Template, PhraseKey::FailureTemplatePolicy, Never, ADMINISTRATOR),
    line(&[132008, 132012, 132018], Template, PhraseKey::FailureTemplateFormat, Never, Some(Offer::Edit)),
    line(&[132015], Template, PhraseKey::FailureTemplatePaused, Never, Some(Offer::OtherTemplate)),
    line(&[132016], Template, PhraseKey::FailureTemplateDisabled, Never, Some(Offer::OtherTemplate)),
    line(&[132068, 132069], Template, PhraseKey::FailureFlow, Never, ADMINISTRATOR),
    line(&[137000], Customer, PhraseKey::FailureIdentity, Never, Some(Offer::OtherWay)),
];

/// Codes of Meta's Graph, common to WhatsApp, Messenger and Instagram. 200 stands for 200-299.
#[rustfmt::skip]
const GRAPH: &[Line] = &[
    line(&[0, 3, 10, 190, 200], Account, PhraseKey::FailurePermission, Never, ADMINISTRATOR),
    line(&[4, 613, 80007, 80008], TooFast, PhraseKey::FailureTooFast, MINUTE, None),
    line(&[100], Inbox, PhraseKey::FailureParameter, Never, ADMINISTRATOR),
    line(&[368], Account, PhraseKey::FailureAccountBlocked, Never, ADMINISTRATOR),
    line(&[1, 2], Provider, PhraseKey::FailureTemporary, Now, None),
];

/// Messenger's and Instagram's own codes: this person cannot be reached now (they deleted the account,
/// or blocked the page), and Messenger's trouble.
#[rustfmt::skip]
const MESSENGER: &[Line] = &[
    line(&[551], Customer, PhraseKey::FailureUndeliverable, Never, Some(Offer::OtherWay)),
    line(&[1200], Provider, PhraseKey::FailureTemporary, Now, None),
];

/// Meta restricted the page (25 June 2026): also said as a permission.
const RESTRICTED_PAGE: (i64, i64) = (10, 1_893_063);
const PAGE_IS_RESTRICTED: Line = line(&[10], Account, PhraseKey::FailurePageRestricted, Never, ADMINISTRATOR);

/// Messenger and Instagram refuse a message outside the window as a permission (code 10) with
/// this sub-code.
const OUTSIDE_WINDOW: (i64, i64) = (10, 2_018_278);
const OUTSIDE_MESSENGER_WINDOW: Line =
    line(&[10], WindowClosed, PhraseKey::WindowClosed, Never, Some(Offer::WaitForCustomer));

fn line_of(channel: ChannelKind, error: &ProviderError) -> Option<&'static Line> {
    let code = if (200..=299).contains(&error.code) { 200 } else { error.code };
    let among = |lines: &'static [Line]| lines.iter().find(|line| line.codes.contains(&code));
    match channel {
        ChannelKind::Whatsapp => among(WHATSAPP).or_else(|| among(GRAPH)),
        ChannelKind::Messenger | ChannelKind::Instagram => {
            if error.subcode.is_some_and(|subcode| (error.code, subcode) == OUTSIDE_WINDOW) {
                return Some(&OUTSIDE_MESSENGER_WINDOW);
            }
            if error.subcode.is_some_and(|subcode| (error.code, subcode) == RESTRICTED_PAGE) {
                return Some(&PAGE_IS_RESTRICTED);
            }
            among(MESSENGER).or_else(|| among(GRAPH))
        }
        ChannelKind::Widget | ChannelKind::Unknown => None,
    }
}

/// What a provider's error means. An unknown code is named and may be retried.
pub fn failure(channel: ChannelKind, error: &ProviderError) -> Failure {
    match line_of(channel, error) {
        Some(line) => Failure { kind: line.kind, phrase: Phrase::new(line.key), retry: line.retry, offer: line.offer },
        None => {
            // A code is a name, not a count: it is written without the separators of a number.
            let code = match error.subcode {
                Some(subcode) => format!("{}/{subcode}", error.code),
                None => error.code.to_string(),
            };
            let phrase = Phrase::new(PhraseKey::FailureUnknown).with("code", PhraseValue::Text(code));
            Failure { kind: FailureKind::Unknown, phrase, retry: Retry::Now, offer: None }
        }
    }
}

/// A failure that came without a reason.
pub fn unexplained() -> Failure {
    let phrase = Phrase::new(PhraseKey::FailureUnexplained);
    Failure { kind: FailureKind::Unknown, phrase, retry: Retry::Now, offer: None }
}

/// Whether an error says that the messaging window is closed.
pub fn closes_window(channel: ChannelKind, error: &ProviderError) -> bool {
    line_of(channel, error).is_some_and(|line| line.kind == FailureKind::WindowClosed)
}

/// A refusal of the inbox server (`error.code` of the protocol) in words.
pub fn refusal(code: &str) -> Phrase {
    Phrase::new(match code {
        "bad_request" | "key_reused" => PhraseKey::RefusalNotUnderstood,
        "token_expired" | "no_token" => PhraseKey::RefusalSignInAgain,
        "session_revoked" => PhraseKey::RefusalSessionEnded,
        "bad_credentials" => PhraseKey::RefusalBadCredentials,
        "bad_address" => PhraseKey::RefusalBadAddress,
        "not_https" => PhraseKey::RefusalNotHttps,
        "address_letters" => PhraseKey::RefusalAddressLetters,
        "bad_roots" => PhraseKey::RefusalBadRoots,
        "bad_proxy" => PhraseKey::RefusalBadProxy,
        "not_allowed" => PhraseKey::RefusalNotAllowed,
        "not_found" => PhraseKey::RefusalNotFound,
        "pending" => PhraseKey::RefusalPending,
        "conflict" => PhraseKey::RefusalConflict,
        "cancelled" => PhraseKey::RefusalCancelled,
        "upload_offset" | "upload_missing" | "upload_mismatch" => PhraseKey::RefusalUpload,
        "snapshot_needed" => PhraseKey::RefusalSnapshot,
        "key_expired" => PhraseKey::RefusalKeyExpired,
        "too_large" => PhraseKey::RefusalTooLarge,
        "window_closed" => PhraseKey::WindowClosed,
        "template_not_usable" => PhraseKey::RefusalTemplate,
        "no_credit" => PhraseKey::RefusalNoCredit,
        "too_long" => PhraseKey::RefusalTooLong,
        "not_supported" => PhraseKey::RefusalNotSupported,
        "channel_not_connected" => PhraseKey::RefusalChannel,
        "epoch_changed" => PhraseKey::RefusalEpochChanged,
        "provider_refused" => PhraseKey::RefusalProvider,
        "busy" => PhraseKey::RefusalBusy,
        "internal" => PhraseKey::RefusalInternal,
        "damaged" => PhraseKey::RefusalDamaged,
        "outbox_damaged" => PhraseKey::RefusalOutboxDamaged,
        other => {
            return Phrase::new(PhraseKey::RefusalUnknown).with("code", PhraseValue::Text(other.to_owned()));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn error(code: i64, subcode: Option<i64>) -> ProviderError {
        ProviderError { code, subcode, detail: "Provider's own words".to_owned() }
    }

    fn on_whatsapp(code: i64) -> Failure {
        failure(ChannelKind::Whatsapp, &error(code, None))
    }

    #[test]
    fn after_24_hours_whatsapp_offers_a_restart_and_no_retry() {
        let failure = on_whatsapp(131_047);
        assert_eq!((failure.kind, failure.retry, failure.offer), (WindowClosed, Never, Some(Offer::Restart)));
        assert!(closes_window(ChannelKind::Whatsapp, &error(131_047, None)));
    }

    #[test]
    fn outside_the_messenger_window_one_waits_for_the_customer() {
        let refused = error(10, Some(2_018_278));
        for channel in [ChannelKind::Messenger, ChannelKind::Instagram] {
            assert_eq!(failure(channel, &refused).offer, Some(Offer::WaitForCustomer));
            assert!(closes_window(channel, &refused));
        }
        assert_eq!(failure(ChannelKind::Messenger, &error(10, None)).kind, Account, "code 10 alone is a permission");
        assert!(!closes_window(ChannelKind::Whatsapp, &refused));
    }

    #[test]
    fn limited_marketing_is_not_sent_again_for_a_day() {
        assert_eq!(on_whatsapp(131_049).retry, Retry::After { ms: 86_400_000 });
    }

    #[test]
    fn every_code_of_metas_list_has_a_sentence_of_its_own() {
        let listed = [
            131047, 131026, 131049, 131050, 130472, 131051, 131052, 131053, 131056, 130429, 4, 80007, 131048, 131064,
            368, 131031, 130497, 130403, 131042, 131005, 10, 190, 0, 3, 200, 230, 299, 131008, 131009, 100, 135000,
            131000, 1, 2, 131016, 133004, 131057, 131021, 131037, 131045, 133010, 33, 131062, 131063, 132000, 132001,
            132005, 132007, 132012, 132008, 132018, 132015, 132016, 132068, 132069, 134011, 137000, 63016,
        ];
        for code in listed {
            assert_ne!(on_whatsapp(code).kind, FailureKind::Unknown, "{code}");
        }
        for code in [199, 300] {
            assert_eq!(on_whatsapp(code).kind, FailureKind::Unknown, "{code}");
        }
    }

    #[test]
    fn no_code_has_two_meanings() {
        let codes: Vec<i64> = WHATSAPP.iter().chain(GRAPH).flat_map(|line| line.codes).copied().collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    }

    #[test]
    fn an_unknown_code_is_named_and_may_be_retried() {
        let failure = on_whatsapp(999_999);
        assert_eq!((failure.kind, failure.retry), (FailureKind::Unknown, Retry::Now));
        assert_eq!(failure.phrase.args[0].value, PhraseValue::Text("999999".to_owned()));
    }

    #[test]
    fn every_code_of_the_protocol_has_words() {
        let page = include_str!("../../PROTOCOL.md");
        let rows = page.lines().filter(|line| line.starts_with('|') && line.matches('|').count() == 4);
        let table =
            rows.filter(|line| line.trim_start_matches('|').trim_start().starts_with(|c: char| c.is_ascii_digit()));
        let mut seen = 0;
        for row in table {
            let codes = row.split('|').nth(2).unwrap();
            for code in codes.split('`').skip(1).step_by(2) {
                assert_ne!(refusal(code).key, PhraseKey::RefusalUnknown, "{code}");
                seen += 1;
            }
        }
        assert!(seen > 20, "the table of codes was not found");
    }

    #[test]
    fn an_unknown_refusal_is_named() {
        let phrase = refusal("quota_of_tuesdays");
        assert_eq!(phrase.args[0].value, PhraseValue::Text("quota_of_tuesdays".to_owned()));
    }
}
