//! Which part of a file is this, and how long is the whole? The header `Content-Range` (RFC 9110,
//! 14.4): `bytes 2-5/6`, or `bytes */6` when there is no such part.

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Its first byte; none when no part was sent.
    pub(super) first: Option<u64>,
    /// The length of the whole file; none if the sender does not know it.
    pub(super) total: Option<u64>,
}

/// Reads the header; none when it is not one.
pub(super) fn read(header: &str) -> Option<Part> {
    let (range, total) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
    let first = match range.split_once('-') {
        Some((first, _)) => Some(first.trim().parse().ok()?),
        None if range.trim() == "*" => None,
        None => return None,
    };
    let total = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    Some(Part { first, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_begins_and_how_long_the_whole_is() {
        let part = |first, total| Some(Part { first, total });
        assert_eq!(read("bytes 2-5/6"), part(Some(2), Some(6)));
        assert_eq!(read("bytes 2-5/*"), part(Some(2), None));
        assert_eq!(read("bytes */6"), part(None, Some(6)));
        for odd in ["", "bytes", "bytes 2-5", "lines 2-5/6", "bytes x-5/6", "bytes 2/6", "bytes 2-5/six"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
