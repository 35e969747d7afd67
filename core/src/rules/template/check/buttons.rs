//! Will Meta take these buttons?

use crate::model::{Phrase, PhraseKey, PhraseValue, TemplateButton};
use crate::rules::braces::{Piece, pieces};
use crate::rules::template::limits::{
    BUTTON_TEXT_MOST, BUTTONS_MOST, CODE_BUTTONS_MOST, CONTACT_BUTTONS_MOST, PHONE_BUTTONS_MOST, PHONE_MOST,
    URL_BUTTONS_MOST, URL_MOST, count, over,
};
use crate::rules::template::variables::names;

/// A sentence per fault, button by button; people count them from 1.
pub(super) fn check_buttons(buttons: &[TemplateButton], faults: &mut Vec<Phrase>) {
    if buttons.is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateButtonsEmpty));
    }
    if buttons.len() > BUTTONS_MOST {
        let (found, most) = (count(buttons.len()), count(BUTTONS_MOST));
        faults.push(Phrase::new(PhraseKey::TemplateButtonsTooMany).with("count", found).with("most", most));
    }
    check_kinds(buttons, faults);
    for (place, button) in buttons.iter().enumerate() {
        let number = count(place + 1);
        match button {
            TemplateButton::QuickReply { text } => check_button_text(text, &number, faults),
            TemplateButton::Url { text, url } => {
                check_button_text(text, &number, faults);
                check_address(url, number, faults);
            }
            TemplateButton::Phone { text, phone } => {
                check_button_text(text, &number, faults);
                if !is_phone(phone) {
                    faults.push(Phrase::new(PhraseKey::TemplateButtonPhone).with("number", number));
                }
            }
            // Their words are Meta's own.
            TemplateButton::CopyCode { .. } | TemplateButton::RequestContactInfo { .. } => {}
            // A form has to exist first, and is made elsewhere.
            TemplateButton::Flow { .. } => {
                faults.push(Phrase::new(PhraseKey::TemplateButtonFlow).with("number", number));
            }
            TemplateButton::Unknown => {
                faults.push(Phrase::new(PhraseKey::TemplateButtonUnknown).with("number", number));
            }
        }
    }
}

/// Of some kinds there are few, and quick replies stand together: before the others or after them.
fn check_kinds(buttons: &[TemplateButton], faults: &mut Vec<Phrase>) {
    let of = |kind: fn(&TemplateButton) -> bool| buttons.iter().filter(|button| kind(button)).count();
    if of(|button| matches!(button, TemplateButton::Url { .. })) > URL_BUTTONS_MOST {
        faults.push(Phrase::new(PhraseKey::TemplateButtonsUrls).with("most", count(URL_BUTTONS_MOST)));
    }
    if of(|button| matches!(button, TemplateButton::Phone { .. })) > PHONE_BUTTONS_MOST {
        faults.push(Phrase::new(PhraseKey::TemplateButtonsPhones).with("most", count(PHONE_BUTTONS_MOST)));
    }
    if of(|button| matches!(button, TemplateButton::CopyCode { .. })) > CODE_BUTTONS_MOST {
        faults.push(Phrase::new(PhraseKey::TemplateButtonsCodes).with("most", count(CODE_BUTTONS_MOST)));
    }
    if of(|button| matches!(button, TemplateButton::RequestContactInfo { .. })) > CONTACT_BUTTONS_MOST {
        faults.push(Phrase::new(PhraseKey::TemplateButtonsContacts).with("most", count(CONTACT_BUTTONS_MOST)));
    }
    let mut sorts: Vec<bool> =
        buttons.iter().map(|button| matches!(button, TemplateButton::QuickReply { .. })).collect();
    sorts.dedup();
    if sorts.len() > 2 {
        faults.push(Phrase::new(PhraseKey::TemplateButtonsMixed));
    }
}

fn check_button_text(text: &str, number: &PhraseValue, faults: &mut Vec<Phrase>) {
    let number = || number.clone();
    if text.trim().is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateButtonTextEmpty).with("number", number()));
    }
    if let Some((length, most)) = over(text, BUTTON_TEXT_MOST) {
        faults.push(
            Phrase::new(PhraseKey::TemplateButtonTextTooLong)
                .with("number", number())
                .with("length", length)
                .with("most", most),
        );
    }
    if !names(text).is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateButtonTextVariables).with("number", number()));
    }
}

fn check_address(url: &str, number: PhraseValue, faults: &mut Vec<Phrase>) {
    if url.strip_prefix("https://").is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
        faults.push(Phrase::new(PhraseKey::TemplateButtonUrl).with("number", number));
        return;
    }
    if let Some((length, most)) = over(url, URL_MOST) {
        faults.push(
            Phrase::new(PhraseKey::TemplateButtonUrlTooLong)
                .with("number", number.clone())
                .with("length", length)
                .with("most", most),
        );
    }
    let variables = pieces(url).iter().filter(|piece| matches!(piece, Piece::Variable(_))).count();
    let at_the_end = matches!(pieces(url).last(), Some(Piece::Variable(_)));
    if variables > 1 || variables == 1 && !at_the_end {
        faults.push(Phrase::new(PhraseKey::TemplateButtonUrlVariable).with("number", number));
    }
}

/// `+33 1 99 00 00 01`: digits with a country code; Meta takes 20 characters.
fn is_phone(phone: &str) -> bool {
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    let written = digits.chars().all(|char| char.is_ascii_digit() || " -.()".contains(char));
    let known = digits.chars().filter(char::is_ascii_digit).count() >= 7;
    written && known && !digits.starts_with('0') && phone.len() <= PHONE_MOST
}
