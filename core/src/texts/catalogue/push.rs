//! Notifications.

use super::{Entry, sentences};

sentences! {
    ReminderClosing
        "{name} is waiting for an answer. You can reply until {until}."
        "{name} attend une réponse. Vous pouvez répondre jusqu’à {until}.";
}
