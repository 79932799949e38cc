//! Lines: cuts what is read into messages, in bounded memory.

use std::io;

use memchr::memchr;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How many bytes are read at a time.
const PIECE: usize = 64 * 1024;

/// A line of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Message(&'a [u8]),
    /// It was longer than a message may be, and is gone.
    TooLong,
}

/// Reads lines.
#[derive(Debug)]
pub(super) struct LineReader {
    limit: usize,
    buffer: Vec<u8>,
    /// Where the next line begins in the buffer.
    start: usize,
    /// How much of the buffer was searched for the end of that line.
    searched: usize,
    /// How much of the buffer was read.
    end: usize,
    /// Whether the rest of a line that is too long is skipped.
    skipping: bool,
}

impl LineReader {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, buffer: Vec::new(), start: 0, searched: 0, end: 0, skipping: false }
    }

    /// Reads a piece of the input, once all lines of the last one are taken. Returns its length, which is 0 at the end.
    /// If this future is dropped, nothing is lost.
    pub(super) async fn read(&mut self, input: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        self.make_room();
        let length = input.read(&mut self.buffer[self.end..]).await?;
        self.end += length;
        Ok(length)
    }

    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= std::mem::take(&mut self.start);
        self.searched = self.end;
        if self.end == 0 && self.buffer.len() > PIECE {
            // A long line is rare.
            self.buffer = Vec::new();
        }
        if self.buffer.len() - self.end < PIECE / 2 {
            // A line that does not fit is too long.
            self.buffer.resize((2 * self.buffer.len()).clamp(PIECE, self.limit.max(PIECE).saturating_add(PIECE)), 0);
        }
    }

    /// Takes the next line that is complete. One without content is none.
    pub(super) fn next(&mut self) -> Option<Line<'_>> {
        while let Some(length) = memchr(b'\n', &self.buffer[self.searched..self.end]) {
            let end = self.searched + length;
            let start = std::mem::replace(&mut self.start, end + 1);
            self.searched = end + 1;
            if self.is_line(start, end) {
                return Some(self.line(start, end));
            }
        }
        self.skipping |= self.end - self.start > self.limit;
        if self.skipping {
            self.end = self.start;
        }
        self.searched = self.end;
        None
    }

    /// Takes the last line, which has no end.
    pub(super) fn last(&mut self) -> Option<Line<'_>> {
        let start = std::mem::replace(&mut self.start, self.end);
        self.is_line(start, self.end).then(|| self.line(start, self.end))
    }

    fn is_line(&self, start: usize, end: usize) -> bool {
        self.skipping || end - start > self.limit || !self.buffer[start..end].trim_ascii().is_empty()
    }

    fn line(&mut self, start: usize, end: usize) -> Line<'_> {
        if std::mem::take(&mut self.skipping) || end - start > self.limit {
            return Line::TooLong;
        }
        Line::Message(&self.buffer[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: Line<'_>) -> String {
        match line {
            Line::Message(text) => String::from_utf8(text.to_vec()).expect("the test is text"),
            Line::TooLong => "too long".to_owned(),
        }
    }

    async fn lines(limit: usize, pieces: &[&str]) -> Vec<String> {
        let (mut reader, mut lines) = (LineReader::new(limit), Vec::new());
        for mut piece in pieces.iter().map(|piece| piece.as_bytes()) {
            reader.read(&mut piece).await.expect("memory can be read");
            lines.extend(std::iter::from_fn(|| reader.next().map(told)));
            assert!(reader.end - reader.start <= limit);
        }
        lines.extend(reader.last().map(told));
        lines
    }

    #[tokio::test]
    async fn lines_are_cut_wherever_the_pieces_end() {
        assert_eq!(lines(9, &["a\nb", "c\r\n\n  \nd"]).await, ["a", "bc\r", "d"]);
        let pieces = ["abc\nabcd\nab", "cd", "ef\nx"];
        assert_eq!(lines(3, &pieces).await, ["abc", "too long", "too long", "x"]);
        assert_eq!(lines(3, &["abcdef"]).await, ["too long"]);
        assert_eq!(lines(3, &["a", "b", "c", "\nab", "", "c\n"]).await, ["abc", "abc"]);
        // Any limit is one.
        assert_eq!(lines(usize::MAX, &["abc\nd"]).await, ["abc", "d"]);
    }
}
