//! Everything that can go wrong with a call, at once: about two calls in five.

use riposte_server::faults::{Endpoint, Fault, Plan, RetryAfter, Rule};

const TWO_DAYS_MS: i64 = 2 * 86_400_000;

pub(crate) fn everything(seed: u64) -> Plan {
    let rule = |on: Option<Endpoint>, percent: u8, fault: Fault| Rule { on, percent, fault };
    let status = |status: u16, retry_after: RetryAfter| Fault::Status { status, retry_after };
    let rules = vec![
        rule(Some(Endpoint::Live), 15, Fault::Closed),
        rule(Some(Endpoint::Live), 15, Fault::HalfOpen),
        rule(Some(Endpoint::Changes), 6, Fault::Gone),
        rule(Some(Endpoint::Execute), 8, Fault::DroppedAfter),
        rule(None, 6, Fault::DroppedBefore),
        rule(None, 6, Fault::DroppedAfter),
        rule(None, 5, Fault::Truncated),
        rule(None, 4, Fault::NotJson),
        rule(None, 2, Fault::HalfOpen),
        rule(None, 4, Fault::Delay { ms: 3_000 }),
        rule(None, 1, Fault::ClockMoved { ms: TWO_DAYS_MS }),
        rule(None, 1, Fault::ClockMoved { ms: -TWO_DAYS_MS }),
        rule(None, 2, status(408, RetryAfter::Absent)),
        rule(None, 2, status(429, RetryAfter::Seconds(3))),
        rule(None, 2, status(429, RetryAfter::Absurd)),
        rule(None, 2, status(503, RetryAfter::Date(5))),
        rule(None, 2, status(503, RetryAfter::Absent)),
        rule(None, 2, status(500, RetryAfter::Absent)),
        rule(None, 2, status(502, RetryAfter::Seconds(1))),
    ];
    Plan { seed, rules }
}
