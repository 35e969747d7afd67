//! Which stretches of a conversation's messages are in hand?
//!
//! Every message the feed brings is kept, wherever it stands, so that the newest version of a
//! row is always the one that is held. A kept message alone says nothing of its neighbours: a
//! report about a message of last year brings that one row. A range is the claim that **every**
//! message with an id inside it is held. Ranges come from history and snapshots, which read a
//! stretch without a hole, and never from the feed:
//!
//! - A conversation that the feed shows for the first time may be new, or old and newly in this
//!   agent's view, and its row does not say which. Its beginning is therefore not claimed.
//! - Nor is its end: the message that came with it may be an old one that changed, with newer
//!   ones not in hand. The first history answer claims both.
//!
//! What no range claims is a hole, which is shown and filled when looked at. A hole too many
//! costs one request; a hole too few loses a customer's message in silence.
//!
//! From an open-ended range on the feed keeps the claim true: whatever is written later comes.

/// As an end: goes on with the feed.
pub(super) const OPEN_END: i64 = i64::MAX;

/// Every message with an id from `first` to `last` is held. A `first` of 0 is the beginning of
/// the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) last: i64,
    /// Something inside may have changed on the server while the feed could not say so.
    pub(super) stale: bool,
}

/// The ranges of one conversation: in order, apart, and as few as possible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<Range>);

impl Ranges {
    pub(super) fn new(mut ranges: Vec<Range>) -> Self {
        ranges.retain(|range| range.first <= range.last);
        ranges.sort_by_key(|range| range.first);
        Self(ranges)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Range> {
        self.0.iter()
    }

    /// Claims a stretch that was just read.
    pub(super) fn cover(&mut self, first: i64, last: i64) {
        if first > last {
            return;
        }
        let mut fresh = Range { first, last, stale: false };
        let mut others = Vec::with_capacity(self.0.len() + 2);
        for range in std::mem::take(&mut self.0) {
            let touches = range.first <= fresh.last.saturating_add(1) && fresh.first <= range.last.saturating_add(1);
            if touches && !range.stale {
                fresh.first = fresh.first.min(range.first);
                fresh.last = fresh.last.max(range.last);
            } else {
                others.push(range);
            }
        }
        // What is stale stays so on either side of what was read.
        for range in others {
            self.0.push(Range { last: range.last.min(fresh.first.saturating_sub(1)), ..range });
            self.0.push(Range { first: range.first.max(fresh.last.saturating_add(1)), ..range });
            if fresh.last == OPEN_END {
                self.0.pop();
            }
        }
        self.0.push(fresh);
        self.0.retain(|range| range.first <= range.last);
        self.0.sort_by_key(|range| range.first);
    }

    /// The feed jumped over changes. The messages that are held, here in order, are shown and not
    /// trusted, also those that stand alone; what came after the newest is unknown.
    pub(super) fn distrust(&mut self, held: impl IntoIterator<Item = i64>) {
        let mut alone = Vec::new();
        let mut newest = 0;
        for id in held {
            if !self.covers(id, id) {
                alone.push(Range { first: id, last: id, stale: true });
            }
            newest = id;
        }
        for range in &mut self.0 {
            range.stale = true;
            range.last = range.last.min(newest.max(range.first.saturating_sub(1)));
        }
        self.0.append(&mut alone);
        self.0.retain(|range| range.first <= range.last);
        self.0.sort_by_key(|range| range.first);
        self.join();
    }

    /// Drops the claim on everything older than `first`.
    pub(super) fn forget_before(&mut self, first: i64) {
        for range in &mut self.0 {
            range.first = range.first.max(first);
        }
        self.0.retain(|range| range.first <= range.last);
    }

    /// Whether every message from `first` to `last` is held. An empty stretch always is.
    pub(super) fn covers(&self, first: i64, last: i64) -> bool {
        let mut next = first;
        for range in &self.0 {
            if next > last {
                return true;
            }
            if range.first <= next && next <= range.last {
                if range.last == OPEN_END {
                    return true;
                }
                next = range.last + 1;
            }
        }
        next > last
    }

    /// Whether any claim between `first` and `last` is stale.
    pub(super) fn is_stale(&self, first: i64, last: i64) -> bool {
        self.0.iter().any(|range| range.stale && range.first <= last && first <= range.last)
    }

    fn join(&mut self) {
        let mut joined: Vec<Range> = Vec::with_capacity(self.0.len());
        for range in std::mem::take(&mut self.0) {
            match joined.last_mut() {
                Some(before) if before.stale == range.stale && range.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(range.last);
                }
                _ => joined.push(range),
            }
        }
        self.0 = joined;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fresh(first: i64, last: i64) -> Range {
        Range { first, last, stale: false }
    }

    fn stale(first: i64, last: i64) -> Range {
        Range { first, last, stale: true }
    }

    fn after(ranges: &[Range], first: i64, last: i64) -> Vec<Range> {
        let mut ranges = Ranges::new(ranges.to_vec());
        ranges.cover(first, last);
        ranges.0
    }

    #[test]
    fn stretches_that_touch_become_one() {
        assert_eq!(after(&[fresh(1, 4), fresh(8, 9)], 5, 7), [fresh(1, 9)]);
        assert_eq!(after(&[fresh(1, 4)], 6, 7), [fresh(1, 4), fresh(6, 7)]);
        assert_eq!(after(&[fresh(40, OPEN_END)], 0, 39), [fresh(0, OPEN_END)]);
    }

    #[test]
    fn what_was_not_read_again_stays_stale() {
        assert_eq!(after(&[stale(1, 100)], 40, 60), [stale(1, 39), fresh(40, 60), stale(61, 100)]);
        assert_eq!(after(&[stale(1, 100)], 90, OPEN_END), [stale(1, 89), fresh(90, OPEN_END)]);
    }

    #[test]
    fn when_the_feed_jumped_the_newest_stretch_ends_with_what_is_held() {
        let mut alone = Ranges::default();
        alone.distrust([5, 7]);
        assert_eq!(alone.0, [stale(5, 5), stale(7, 7)]);
        let mut ranges = Ranges::new(vec![fresh(1, 4), fresh(8, OPEN_END)]);
        ranges.distrust([9, 12, 20]);
        assert_eq!(ranges.0, [stale(1, 4), stale(8, 20)]);
        let mut nothing_held = Ranges::new(vec![fresh(0, OPEN_END)]);
        nothing_held.distrust([]);
        assert_eq!(nothing_held.0, [stale(0, 0)]);
    }

    proptest! {
        #[test]
        fn ranges_say_of_every_id_what_a_plain_list_would_say(
            steps in prop::collection::vec((0_i64..40, 0_i64..40, prop::bool::weighted(0.2), prop::bool::weighted(0.2)), 1..12)
        ) {
            let mut ranges = Ranges::default();
            // Per id: not held, fresh or stale. Id 40 stands for the open end.
            let mut plain = [None; 41];
            for (a, b, open, distrust) in steps {
                if distrust {
                    let (alone, newest) = (a.min(b), a.max(b));
                    ranges.distrust([alone, newest]);
                    for (id, state) in (0_i64..).zip(plain.iter_mut()) {
                        let known = state.is_some() || id == alone || id == newest;
                        *state = (known && id <= newest).then_some(true);
                    }
                    continue;
                }
                let (first, last) = (a.min(b), if open { OPEN_END } else { a.max(b) });
                ranges.cover(first, last);
                for (id, state) in (0_i64..).zip(plain.iter_mut()) {
                    if first <= id && id <= last.min(40) {
                        *state = Some(false);
                    }
                }
            }
            for (id, state) in (0_i64..).zip(plain) {
                let (first, last) = if id == 40 { (OPEN_END - 1, OPEN_END) } else { (id, id) };
                prop_assert_eq!(ranges.covers(first, last), state.is_some(), "id {}", id);
                prop_assert_eq!(ranges.is_stale(first, last), state == Some(true), "id {}", id);
            }
            let apart = ranges.0.windows(2).all(|pair| pair[0].last < pair[1].first);
            prop_assert!(apart);
        }
    }
}
