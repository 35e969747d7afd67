//! The labels of the demo's controls, in English and French.
//!
//! Only labels of buttons, keys and headings, and the texts of the tour. Every sentence about a
//! conversation, a price or a failure is the core's; none is here.

mod english;
mod french;

use riposte::model::{AgentStatus, TemplateCategory};
use riposte::texts::Language;

/// Everything in one language.
pub(super) struct Labels {
    pub(super) opening: &'static str,
    // Places.
    pub(super) outbox: &'static str,
    pub(super) search: &'static str,
    pub(super) usage: &'static str,
    pub(super) settings: &'static str,
    pub(super) nothing_chosen: &'static str,
    // Filters.
    pub(super) mine: &'static str,
    pub(super) unassigned: &'static str,
    pub(super) all: &'static str,
    pub(super) open: &'static str,
    pub(super) closed: &'static str,
    pub(super) open_and_closed: &'static str,
    pub(super) every_channel: &'static str,
    pub(super) unread: &'static str,
    pub(super) unanswered: &'static str,
    pub(super) closing: &'static str,
    // The list and the conversation.
    pub(super) window_closed: &'static str,
    pub(super) left: &'static str,
    pub(super) minute: &'static str,
    pub(super) new: &'static str,
    pub(super) today: &'static str,
    pub(super) yesterday: &'static str,
    pub(super) weekdays: [&'static str; 7],
    pub(super) months: [&'static str; 12],
    pub(super) short_months: [&'static str; 12],
    /// As it stands after a word.
    pub(super) colon: &'static str,
    pub(super) channel: &'static str,
    pub(super) no_one: &'static str,
    pub(super) me: &'static str,
    pub(super) reply: &'static str,
    pub(super) comment: &'static str,
    pub(super) older: &'static str,
    pub(super) fetch: &'static str,
    /// Bytes, thousands and millions of them.
    pub(super) bytes: [&'static str; 3],
    // Keys, as the help line names them.
    pub(super) keys: Keys,
    // Menus.
    pub(super) assign_to: &'static str,
    pub(super) saved_replies: &'static str,
    pub(super) this_message: &'static str,
    pub(super) quote: &'static str,
    pub(super) react: &'static str,
    pub(super) take_reaction: &'static str,
    pub(super) open_file: &'static str,
    pub(super) retry: &'static str,
    pub(super) cancel: &'static str,
    pub(super) edit: &'static str,
    pub(super) restart: &'static str,
    pub(super) send_anyway: &'static str,
    pub(super) discard: &'static str,
    pub(super) open_conversation: &'static str,
    pub(super) nothing_to_do: &'static str,
    pub(super) mention: &'static str,
    pub(super) send_file: &'static str,
    pub(super) path: &'static str,
    pub(super) caption: &'static str,
    pub(super) file_here: &'static str,
    // Templates.
    pub(super) new_template: &'static str,
    pub(super) name: &'static str,
    pub(super) language: &'static str,
    pub(super) category: &'static str,
    pub(super) utility: &'static str,
    pub(super) marketing: &'static str,
    pub(super) header: &'static str,
    pub(super) body: &'static str,
    pub(super) footer: &'static str,
    pub(super) buttons: &'static str,
    pub(super) samples: &'static str,
    pub(super) submit: &'static str,
    pub(super) submitted: &'static str,
    pub(super) preview: &'static str,
    // The outbox.
    pub(super) kinds: Kinds,
    // Usage.
    pub(super) total: &'static str,
    pub(super) estimate: &'static str,
    pub(super) not_priced: &'static str,
    pub(super) included: &'static str,
    pub(super) not_fresh: &'static str,
    pub(super) differences: &'static str,
    pub(super) allowance_left: &'static str,
    pub(super) monthly: &'static str,
    pub(super) grant: &'static str,
    pub(super) plan: &'static str,
    pub(super) unknown_market: &'static str,
    // Settings.
    pub(super) status: &'static str,
    pub(super) online: &'static str,
    pub(super) offline: &'static str,
    pub(super) invisible: &'static str,
    pub(super) channels: &'static str,
    pub(super) account: &'static str,
    pub(super) server: &'static str,
    pub(super) tokens: &'static str,
    pub(super) tokens_in_memory: &'static str,
    pub(super) tokens_in_file: &'static str,
    pub(super) help: &'static str,
    pub(super) help_link: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) unsent: &'static str,
    pub(super) sign_out_anyway: &'static str,
    // Signing in.
    pub(super) sign_in: &'static str,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    // Errors that are no sentence of the core.
    pub(super) no_room: &'static str,
    pub(super) failed: &'static str,
    pub(super) not_found: &'static str,
    pub(super) locked: &'static str,
    // The demo alone.
    pub(super) demo: &'static str,
    pub(super) taken: &'static str,
    pub(super) busy: &'static str,
    // The tour.
    pub(super) tour: &'static str,
    pub(super) tour_next: &'static str,
    pub(super) tour_needs_demo: &'static str,
    pub(super) scenes: [Scene; 5],
    /// What is written in the scenes.
    pub(super) written: [&'static str; 3],
}

/// A scene of the tour.
pub(super) struct Scene {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
}

/// What keys do, in a word or two.
pub(super) struct Keys {
    pub(super) quit: &'static str,
    pub(super) back: &'static str,
    pub(super) open: &'static str,
    pub(super) choose: &'static str,
    pub(super) send: &'static str,
    pub(super) comment: &'static str,
    pub(super) message: &'static str,
    pub(super) saved: &'static str,
    pub(super) restart: &'static str,
    pub(super) assign: &'static str,
    pub(super) close: &'static str,
    pub(super) reopen: &'static str,
    pub(super) file: &'static str,
    pub(super) whose: &'static str,
    pub(super) search: &'static str,
    pub(super) outbox: &'static str,
    pub(super) usage: &'static str,
    pub(super) settings: &'static str,
    pub(super) tour: &'static str,
    pub(super) next: &'static str,
    pub(super) new: &'static str,
    pub(super) refresh: &'static str,
    pub(super) month: &'static str,
    pub(super) change: &'static str,
    pub(super) network: &'static str,
    pub(super) hour: &'static str,
    pub(super) customer: &'static str,
    pub(super) lose: &'static str,
}

/// What commands of the outbox are called.
pub(super) struct Kinds {
    pub(super) message: &'static str,
    pub(super) retry: &'static str,
    pub(super) comment: &'static str,
    pub(super) assign: &'static str,
    pub(super) open: &'static str,
    pub(super) status: &'static str,
    pub(super) template: &'static str,
    pub(super) refresh: &'static str,
}

impl Labels {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &english::LABELS,
            Language::French => &french::LABELS,
        }
    }

    pub(super) fn status_of(&self, status: AgentStatus) -> &'static str {
        match status {
            AgentStatus::Online => self.online,
            AgentStatus::Offline | AgentStatus::Unknown => self.offline,
            AgentStatus::Invisible => self.invisible,
        }
    }

    pub(super) fn category_of(&self, category: TemplateCategory) -> &'static str {
        match category {
            TemplateCategory::Marketing => self.marketing,
            TemplateCategory::Utility => self.utility,
            TemplateCategory::Authentication | TemplateCategory::Unknown => "",
        }
    }

    /// A command of the outbox, by the wire's word for it.
    pub(super) fn kind(&self, kind: &str) -> &'static str {
        match kind {
            "message.send" => self.kinds.message,
            "message.retry" => self.kinds.retry,
            "comment.add" => self.kinds.comment,
            "conversation.assign" => self.kinds.assign,
            "conversation.set_open" => self.kinds.open,
            "agent.set_status" => self.kinds.status,
            "template.create" => self.kinds.template,
            "template.refresh" => self.kinds.refresh,
            _ => "",
        }
    }
}
