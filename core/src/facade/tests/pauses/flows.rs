//! What an app does.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::app::App;
use crate::facade::Error;

pub(super) type Step = for<'a> fn(&'a mut App) -> BoxFuture<'a, Result<(), Error>>;

/// Something an app does. `run` is done again when a pause cut it.
pub(super) struct Flow {
    pub(super) name: &'static str,
    pub(super) prepare: Step,
    pub(super) run: Step,
    /// The whole core is paused and not one account.
    pub(super) whole: bool,
    /// It resumes by itself.
    pub(super) resumes: bool,
    /// It deletes the account.
    pub(super) forgets: bool,
}

macro_rules! step {
    (|$app:ident| $body:expr) => {{
        fn step($app: &mut App) -> BoxFuture<'_, Result<(), Error>> {
            async move { $body.await }.boxed()
        }
        step as Step
    }};
}

pub(super) fn flows() -> Vec<Flow> {
    let flow = |name, prepare, run| Flow { name, prepare, run, whole: false, resumes: false, forgets: false };
    let settles = step!(|app| app.settled());
    let online = step!(|app| app.online());
    let offline = step!(|app| app.offline());
    let a_reply_waits = step!(|app| app.a_reply_waits());
    vec![
        Flow { whole: true, resumes: true, ..flow("start", step!(|app| app.is_killed()), step!(|app| app.starts())) },
        Flow { whole: true, ..flow("sign in", settles, step!(|app| app.signs_in_again())) },
        Flow { resumes: true, ..flow("resume", step!(|app| app.is_paused()), step!(|app| app.resumes())) },
        Flow { resumes: true, ..flow("pause", settles, step!(|app| app.pauses_and_resumes())) },
        flow("first snapshot", step!(|app| app.has_nothing_yet()), settles),
        flow("page", step!(|app| app.misses_a_message()), online),
        flow("live stream", step!(|app| app.is_written_to()), step!(|app| app.hears_of_it())),
        flow("subscription", settles, step!(|app| app.waits_for_a_change())),
        flow("history that is missing", step!(|app| app.misses_history()), online),
        flow("older messages", step!(|app| app.has_a_hole()), step!(|app| app.fills_the_hole())),
        flow("screens", settles, step!(|app| app.reads_everything())),
        flow("search", settles, step!(|app| app.searches())),
        flow("enter and leave", step!(|app| app.is_written_to()), step!(|app| app.looks_at_it())),
        flow("enqueue", offline, step!(|app| app.sends())),
        flow("enqueue a file", offline, step!(|app| app.sends_a_photo())),
        flow("send", a_reply_waits, online),
        flow("send, the answer lost", step!(|app| app.an_answer_will_be_lost()), online),
        flow("send at once", settles, step!(|app| app.sends_and_settles())),
        flow("answer to a notification", settles, step!(|app| app.answers_a_notification())),
        flow("upload", step!(|app| app.a_photo_waits()), online),
        flow("download", settles, step!(|app| app.downloads())),
        flow("flush", step!(|app| app.is_about_to_leave()), step!(|app| app.flushes())),
        flow("cancel", a_reply_waits, step!(|app| app.cancels())),
        flow("cancel what may have left", step!(|app| app.nobody_knows()), step!(|app| app.cancels())),
        flow("decide", step!(|app| app.is_asked()), step!(|app| app.takes_it_back())),
        flow("try again", step!(|app| app.is_refused()), step!(|app| app.tries_again())),
        flow("comment", settles, step!(|app| app.comments())),
        flow("react", settles, step!(|app| app.reacts())),
        flow("assign and close", settles, step!(|app| app.hands_over())),
        flow("draft", settles, step!(|app| app.types())),
        flow("settings", settles, step!(|app| app.sets_up())),
        flow("template create", settles, step!(|app| app.makes_a_template())),
        flow("template refresh", settles, step!(|app| app.refreshes_templates())),
        Flow { forgets: true, ..flow("sign out", a_reply_waits, step!(|app| app.signs_out())) },
    ]
}
