//! What does a charged message pay for besides itself?

use chrono::{DateTime, Utc};

use crate::model::{ChargeKind, CoverAnchor, CoverRules};
use crate::rules::time::plus_ms;

/// A charged message and until when it covers others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cover {
    pub(super) ends_at: DateTime<Utc>,
    pub(super) window_opened_at: Option<DateTime<Utc>>,
}

impl Cover {
    /// The cover that a charge at `started_at` begins.
    pub(super) fn of(rules: &CoverRules, started_at: DateTime<Utc>, window_opened_at: Option<DateTime<Utc>>) -> Self {
        Self { ends_at: cover_end(rules, started_at, window_opened_at), window_opened_at }
    }

    /// Whether a message at `at` in a window is paid for.
    pub(super) fn covers(
        &self,
        rules: &CoverRules,
        at: DateTime<Utc>,
        window_opened_at: Option<DateTime<Utc>>,
    ) -> bool {
        let same_window = self.window_opened_at == window_opened_at;
        at < self.ends_at && (same_window || rules.cover_crosses_windows)
    }
}

/// When a cover that began at `started_at` ends. One that crosses windows belongs to none, and a
/// message that went into no window has none: both are counted from the charged message.
pub(super) fn cover_end(
    rules: &CoverRules,
    started_at: DateTime<Utc>,
    window_opened_at: Option<DateTime<Utc>>,
) -> DateTime<Utc> {
    match (rules.anchor, window_opened_at) {
        (CoverAnchor::WindowOpened, Some(opened))
            if opened <= started_at && rules.cover_ms > 0 && !rules.cover_crosses_windows =>
        {
            let into = started_at.signed_duration_since(opened).num_milliseconds().rem_euclid(rules.cover_ms);
            plus_ms(started_at, rules.cover_ms.saturating_sub(into))
        }
        (CoverAnchor::ChargedMessage | CoverAnchor::WindowOpened | CoverAnchor::Unknown, _) => {
            plus_ms(started_at, rules.cover_ms)
        }
    }
}

/// Whether a charge of this kind covers the replies that follow it.
pub(super) fn covers_replies(kind: ChargeKind, rules: &CoverRules) -> bool {
    match kind {
        ChargeKind::Reply => true,
        ChargeKind::Template | ChargeKind::Marketing | ChargeKind::Utility | ChargeKind::Authentication => {
            rules.template_covers_replies
        }
        ChargeKind::Unknown => false,
    }
}
