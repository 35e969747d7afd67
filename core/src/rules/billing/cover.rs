//! What does a charged message pay for besides itself?

use chrono::{DateTime, Utc};

use crate::model::{ChargeKind, CoverAnchor, CoverRules};
use crate::rules::time::plus_ms;

/// Where a message stands among the windows: in an open one, or after the last one. A cover that does
/// not cross windows covers messages of the same stretch only: it ends with its window, and a cover
/// bought outside a window ends when the next one opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) window_opened_at: Option<DateTime<Utc>>,
    pub(super) closed_since: Option<DateTime<Utc>>,
}

/// A charged message and until when it covers others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cover {
    pub(super) ends_at: DateTime<Utc>,
    stretch: Stretch,
}

impl Cover {
    /// The cover that a charge at `started_at` begins.
    pub(super) fn of(rules: &CoverRules, started_at: DateTime<Utc>, stretch: Stretch) -> Self {
        Self { ends_at: cover_end(rules, started_at, stretch.window_opened_at), stretch }
    }

    /// Whether a message at `at` is paid for.
    pub(super) fn covers(&self, rules: &CoverRules, at: DateTime<Utc>, stretch: Stretch) -> bool {
        at < self.ends_at && (self.stretch == stretch || rules.cover_crosses_windows)
    }
}

/// When a cover that began at `started_at` ends by its length. A cover that crosses windows belongs to
/// none, and a message sent outside a window has none: both are counted from the charged message.
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
