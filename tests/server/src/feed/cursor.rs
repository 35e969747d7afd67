use riposte::model::Cursor;

/// A place in the feed: what a cursor means. Only this server reads it; to a phone it is opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which history of the server.
    pub(crate) epoch: i64,
    /// The newest change below or at this place.
    pub(crate) seq: i64,
}

impl Place {
    /// How it is written.
    pub(crate) fn cursor(self) -> Cursor {
        Cursor(format!("e{}.{}", self.epoch, self.seq))
    }

    /// How its epoch is written.
    pub(crate) fn epoch_word(self) -> String {
        format!("e{}", self.epoch)
    }

    /// Reads what [`Place::cursor`] wrote, and nothing else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (epoch, seq) = text.strip_prefix('e')?.split_once('.')?;
        let digits =
            |part: &str| -> Option<i64> { (part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())? };
        Some(Self { epoch: digits(epoch)?, seq: digits(seq)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_the_place_it_was_written_from() {
        let place = Place { epoch: 7, seq: 104_233 };
        assert_eq!(place.cursor().0, "e7.104233");
        assert_eq!(Place::read("e7.104233"), Some(place));
    }

    #[test]
    fn anything_else_is_no_cursor() {
        for text in ["", "e", "e7", "e7.", "e.1", "7.1", "e7.-1", "e7.+1", "e7.1.2", "e7.99999999999999999999", "é7.1"]
        {
            assert_eq!(Place::read(text), None, "{text}");
        }
    }
}
