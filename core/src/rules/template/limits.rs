//! How much does Meta take? ("Template components"; the inbox's header limit is its own.)

use crate::model::PhraseValue;

pub(super) const NAME_MOST: usize = 512;
/// The inbox takes less than Meta.
pub(super) const HEADER_MOST: usize = 45;
/// What Meta takes once the header is filled in.
pub(super) const META_HEADER_MOST: usize = 60;
pub(super) const BODY_MOST: usize = 1_024;
pub(super) const FOOTER_MOST: usize = 60;
pub(super) const BUTTONS_MOST: usize = 10;
pub(super) const BUTTON_TEXT_MOST: usize = 25;
pub(super) const URL_MOST: usize = 2_000;
pub(super) const PHONE_MOST: usize = 20;
/// The code that a button copies.
pub(super) const CODE_MOST: usize = 15;
/// Of each of these kinds of buttons a template has at most so many.
pub(super) const URL_BUTTONS_MOST: usize = 2;
pub(super) const PHONE_BUTTONS_MOST: usize = 1;
pub(super) const CODE_BUTTONS_MOST: usize = 1;
pub(super) const CONTACT_BUTTONS_MOST: usize = 1;
/// The templates of one business account.
pub(super) const TEMPLATES_MOST: usize = 250;

/// A length and its limit, when the limit is passed. Meta counts characters.
pub(super) fn over(text: &str, most: usize) -> Option<(PhraseValue, PhraseValue)> {
    let length = text.chars().count();
    (length > most).then(|| (count(length), count(most)))
}

pub(super) fn count(count: usize) -> PhraseValue {
    PhraseValue::Number(i64::try_from(count).unwrap_or(i64::MAX))
}
