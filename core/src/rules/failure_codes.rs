//! The table of codes as the trade knows it (Meta, WhatsApp, "Error codes", 2026-09-11; Messenger
//! Platform, "Error codes"), held against what the rule says of each.

use super::failure::Retry::{After, Never, Now};
use super::failure::{Failure, FailureKind, Offer, Retry, failure};
use crate::model::{ChannelKind, PhraseValue, ProviderError};

const SIX_SECONDS: Retry = After { ms: 6_000 };
const A_MINUTE: Retry = After { ms: 60_000 };
const A_DAY: Retry = After { ms: 86_400_000 };

fn on(channel: ChannelKind, code: i64, subcode: Option<i64>) -> Failure {
    failure(channel, &ProviderError { code, subcode, detail: "Provider's own words".to_owned() })
}

/// Codes, the sort, whether to try again, what to offer.
type Row = (&'static [i64], FailureKind, Retry, Option<Offer>);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (&[131047, 63016], FailureKind::WindowClosed, Never, Some(Offer::Restart)),
    (&[131026, 130497], FailureKind::Customer, Never, Some(Offer::OtherWay)),
    (&[131049], FailureKind::HeldBack, A_DAY, Some(Offer::OtherWay)),
    (&[131050], FailureKind::HeldBack, Never, Some(Offer::OtherWay)),
    (&[130472], FailureKind::HeldBack, Never, Some(Offer::OtherTemplate)),
    (&[131051, 131053], FailureKind::Content, Never, Some(Offer::Edit)),
    (&[131052], FailureKind::Content, Never, Some(Offer::WaitForCustomer)),
    (&[131056], FailureKind::TooFast, SIX_SECONDS, None),
    (&[130429, 4, 613, 80007, 80008], FailureKind::TooFast, A_MINUTE, None),
    (&[131048, 131064, 368, 131031, 131042, 131005, 10, 190, 0, 3, 200, 250, 299, 131037, 131045, 133005, 133006, 133008,
       133009, 133010, 133015, 33, 134011],
     FailureKind::Account, Never, Some(Offer::TellAdministrator)),
    (&[130403], FailureKind::Customer, Never, Some(Offer::Unblock)),
    (&[131008, 131009, 100, 135000], FailureKind::Inbox, Never, Some(Offer::TellAdministrator)),
    (&[131000, 1, 2, 131016, 133004, 131057], FailureKind::Provider, Now, None),
    (&[131021], FailureKind::Customer, Never, None),
    (&[131062, 131063, 132001, 132015, 132016], FailureKind::Template, Never, Some(Offer::OtherTemplate)),
    (&[132000, 132005, 132012, 132008, 132018], FailureKind::Template, Never, Some(Offer::Edit)),
    (&[132007, 132068, 132069], FailureKind::Template, Never, Some(Offer::TellAdministrator)),
    (&[137000], FailureKind::Customer, Never, Some(Offer::OtherWay)),
];

#[test]
fn every_code_of_whatsapp_says_what_sort_it_is_whether_to_retry_and_what_to_do() {
    for (codes, kind, retry, offer) in TABLE {
        for code in *codes {
            let failure = on(ChannelKind::Whatsapp, *code, None);
            assert_eq!((failure.kind, failure.retry, failure.offer), (*kind, *retry, *offer), "{code}");
        }
    }
}

#[test]
fn what_cannot_be_tried_again_says_what_else_can_be_done() {
    let helpless = |row: &&Row| row.2 == Never && row.3.is_none();
    let codes: Vec<i64> = TABLE.iter().filter(helpless).flat_map(|row| row.0).copied().collect();
    assert_eq!(codes, [131_021], "for the company's own number there is nothing to do");
}

#[test]
fn messenger_and_instagram_share_the_graphs_codes_and_not_whatsapps() {
    for channel in [ChannelKind::Messenger, ChannelKind::Instagram] {
        let outside = on(channel, 10, Some(2_018_278));
        assert_eq!((outside.kind, outside.retry), (FailureKind::WindowClosed, Never));
        assert_eq!(outside.offer, Some(Offer::WaitForCustomer), "there is no template to restart with");
        assert_eq!(on(channel, 190, None).kind, FailureKind::Account);
        assert_eq!(on(channel, 131_047, None).kind, FailureKind::Unknown, "a code of WhatsApp's");
    }
}

#[test]
fn on_messenger_a_person_who_cannot_be_reached_and_a_restricted_page_are_told_apart() {
    for channel in [ChannelKind::Messenger, ChannelKind::Instagram] {
        let gone = on(channel, 551, Some(1_545_041));
        assert_eq!((gone.kind, gone.retry, gone.offer), (FailureKind::Customer, Never, Some(Offer::OtherWay)));
        let restricted = on(channel, 10, Some(1_893_063));
        let administrator = Some(Offer::TellAdministrator);
        assert_eq!((restricted.kind, restricted.retry, restricted.offer), (FailureKind::Account, Never, administrator));
    }
}

#[test]
fn a_code_of_next_year_is_shown_with_its_number_and_may_be_retried() {
    let code = |failure: &Failure| match failure.phrase.args.first().map(|arg| &arg.value) {
        Some(PhraseValue::Text(code)) => code.clone(),
        other => panic!("{other:?}"),
    };
    let unknown = on(ChannelKind::Whatsapp, 139_999, None);
    assert_eq!((unknown.kind, unknown.retry, unknown.offer), (FailureKind::Unknown, Now, None));
    assert_eq!(code(&unknown), "139999");
    assert_eq!(code(&on(ChannelKind::Messenger, 559, Some(1_545_041))), "559/1545041");
    assert_eq!(code(&on(ChannelKind::Widget, -1, None)), "-1");
}
