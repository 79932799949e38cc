//! Lines: cuts what arrives into messages, in bounded memory.

use memchr::memchr;

/// A line of input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Message(Vec<u8>),
    /// It was longer than a message may be, and is gone.
    TooLong,
    /// There are no more lines.
    End,
}

/// Cuts pieces of input into lines.
#[derive(Debug)]
pub(super) struct LineReader {
    limit: usize,
    line: Vec<u8>,
    /// Whether the rest of a line that is too long is skipped.
    skipping: bool,
}

impl LineReader {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, line: Vec::new(), skipping: false }
    }

    /// Takes a piece of input, and hands each line that is complete to `each` until that returns false.
    pub(super) fn push(&mut self, mut piece: &[u8], mut each: impl FnMut(Line) -> bool) {
        while let Some(end) = memchr(b'\n', piece) {
            self.extend(&piece[..end]);
            piece = &piece[end + 1..];
            if let Some(line) = self.take()
                && !each(line)
            {
                return;
            }
        }
        self.extend(piece);
    }

    /// Returns the last line, which has no end.
    pub(super) fn finish(mut self) -> Option<Line> {
        self.take()
    }

    fn extend(&mut self, piece: &[u8]) {
        if self.skipping || self.line.len() + piece.len() > self.limit {
            self.skipping = true;
            self.line = Vec::new();
        } else {
            self.line.extend_from_slice(piece);
        }
    }

    /// Ends a line. One without content is none.
    fn take(&mut self) -> Option<Line> {
        if std::mem::take(&mut self.skipping) {
            return Some(Line::TooLong);
        }
        let line = std::mem::take(&mut self.line);
        (!line.trim_ascii().is_empty()).then_some(Line::Message(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(limit: usize, pieces: &[&str]) -> Vec<String> {
        let (mut reader, mut lines) = (LineReader::new(limit), Vec::new());
        let mut note = |line| {
            lines.push(match line {
                Line::Message(text) => String::from_utf8(text).expect("the test is text"),
                Line::TooLong => "too long".to_owned(),
                Line::End => "end".to_owned(),
            });
            true
        };
        for piece in pieces {
            reader.push(piece.as_bytes(), &mut note);
        }
        if let Some(last) = reader.finish() {
            note(last);
        }
        lines
    }

    #[test]
    fn lines_are_cut_wherever_the_pieces_end() {
        assert_eq!(lines(9, &["a\nb", "c\r\n\n  \nd"]), ["a", "bc\r", "d"]);
        assert_eq!(lines(3, &["abc\nabcd\nab", "cd", "ef\nx"]), ["abc", "too long", "too long", "x"]);
        assert_eq!(lines(3, &["abcdef"]), ["too long"]);
    }
}
