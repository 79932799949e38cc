//! Tables: the columns of records that matter, as many as fit.

use std::borrow::Cow;

use anstyle::Style;
use pipefit::component::is_deceptive;
use pipefit::{Code, Error};
use serde_json::{Map, Value};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Lines, Transform};

/// How many records decide on the columns and their widths. Later ones are written as they arrive.
const SAMPLE: usize = 200;

/// The width to which a column of text may shrink.
const NARROW: usize = 24;

/// The width that a column of text has at most.
const WIDE: usize = 60;

const GAP: &str = "  ";

/// Writes records, one to a line, as the rows of a table.
pub(crate) struct Table {
    width: usize,
    colours: bool,
    lines: Lines,
    /// The records that wait for the columns.
    sample: Vec<Map<String, Value>>,
    columns: Option<Vec<Column>>,
    hidden: usize,
}

#[derive(Debug)]
struct Column {
    name: String,
    width: usize,
}

impl Table {
    pub(crate) fn new(width: usize, colours: bool) -> Self {
        Self { width, colours, lines: Lines::default(), sample: Vec::new(), columns: None, hidden: 0 }
    }

    fn record(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let record = match serde_json::from_slice(line) {
            Ok(Value::Object(record)) => record,
            Ok(value) => Map::from_iter([("value".to_owned(), value)]),
            Err(error) => return Err(Error::new(Code::BadReply, format!("a record of the list is not JSON: {error}"))),
        };
        match &self.columns {
            Some(columns) => write_row(columns, &record, out),
            None => self.sample.push(record),
        }
        if self.sample.len() == SAMPLE {
            self.begin(out);
        }
        Ok(())
    }

    /// Chooses the columns, and writes the heading and the records that waited.
    fn begin(&mut self, out: &mut Vec<u8>) {
        let sample = std::mem::take(&mut self.sample);
        let columns = columns(&sample, self.width);
        let mut names: Vec<_> = sample.iter().flat_map(Map::keys).collect();
        names.sort_unstable();
        names.dedup();
        self.hidden = names.len() - columns.len();
        let bold = if self.colours { Style::new().bold() } else { Style::new() };
        let heading = row(&columns, columns.iter().map(|column| fitted(&column.name, column.width)));
        if !columns.is_empty() {
            out.extend_from_slice(format!("{bold}{heading}{bold:#}\n").as_bytes());
        }
        for record in &sample {
            write_row(&columns, record, out);
        }
        self.columns = Some(columns);
    }
}

impl Transform for Table {
    fn push(&mut self, part: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut lines = std::mem::take(&mut self.lines);
        let outcome = lines.push(part, |line| self.record(line, out));
        self.lines = lines;
        outcome
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        if self.columns.is_none() {
            self.begin(out);
        }
        Ok(())
    }

    fn remark(&self) -> Option<String> {
        match (&self.columns, self.hidden) {
            (Some(columns), 0) if columns.is_empty() => Some("no records".to_owned()),
            (_, 0) => None,
            (_, 1) => Some("… and 1 more column: --output json".to_owned()),
            (_, hidden) => Some(format!("… and {hidden} more columns: --output json")),
        }
    }
}

/// Chooses the columns that say what a record is, first those that say it best, as many as fit.
fn columns(sample: &[Map<String, Value>], width: usize) -> Vec<Column> {
    let mut names: Vec<&str> = Vec::new();
    for name in
        sample.iter().flat_map(|record| record.iter()).filter(|(_, value)| is_shown(value)).map(|(name, _)| name)
    {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| rank(name));
    let values = |name: &str| sample.iter().filter_map(|record| record.get(name)).map(cell).collect::<Vec<_>>();
    let mut chosen: Vec<(Column, usize)> = Vec::new();
    let mut left = width;
    for name in names {
        let widest = values(name).iter().map(|cell| cell.width()).max().unwrap_or(0).max(name.width()).min(WIDE);
        let needed = widest.min(NARROW) + if chosen.is_empty() { 0 } else { GAP.len() };
        if needed > left && !chosen.is_empty() {
            break;
        }
        left = left.saturating_sub(needed);
        chosen.push((Column { name: name.to_owned(), width: widest.min(NARROW) }, widest));
    }
    // What is left goes to the columns that shrank.
    for (column, widest) in &mut chosen {
        let more = (*widest - column.width).min(left);
        column.width += more;
        left -= more;
    }
    chosen.into_iter().map(|(column, _)| column).collect()
}

/// Whether a value has a place in a table.
fn is_shown(value: &Value) -> bool {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

/// How much a field says about what its record is, judged by its name; less is better.
fn rank(name: &str) -> usize {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match name {
        "id" | "key" => 0,
        "name" | "number" | "displayName" | "title" | "label" => 1,
        _ if ends(&["Number", "Name"]) && !name.starts_with("phone") => 2,
        "summary" | "description" | "subject" => 3,
        "status" => 4,
        _ if ends(&["Status"]) => 4,
        "type" | "priority" | "active" => 5,
        "start" | "end" | "date" => 6,
        _ if ends(&["On", "Date"]) => 6,
        _ => 7,
    }
}

/// The text of a cell, on one line.
fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) if text.contains(|char: char| char.is_whitespace() || is_deceptive(char)) => {
            let printable = text.chars().map(|char| if is_deceptive(char) { ' ' } else { char });
            let printable: String = printable.collect();
            printable.split_whitespace().collect::<Vec<_>>().join(" ").into()
        }
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

fn write_row(columns: &[Column], record: &Map<String, Value>, out: &mut Vec<u8>) {
    let cells = columns.iter().map(|column| match record.get(&column.name) {
        None => String::new(),
        // Digits that are cut off would make another number.
        Some(number @ Value::Number(_)) => number.to_string(),
        Some(value) => fitted(&cell(value), column.width),
    });
    out.extend_from_slice(row(columns, cells).as_bytes());
    out.push(b'\n');
}

/// Returns cells as a row, without spaces at its end.
fn row(columns: &[Column], cells: impl Iterator<Item = String>) -> String {
    let mut row = String::new();
    for (column, cell) in columns.iter().zip(cells) {
        row.push_str(&cell);
        row.extend(std::iter::repeat_n(' ', column.width.saturating_sub(cell.width())));
        row.push_str(GAP);
    }
    row.truncate(row.trim_end().len());
    row
}

/// Cuts text that is wider than this. `…` stands for what is cut off.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |char: &char| {
        let width = char.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(records: &[&str], width: usize) -> (String, Option<String>) {
        let (mut table, mut out) = (Table::new(width, false), Vec::new());
        table
            .push(records.iter().fold(String::new(), |lines, record| lines + record + "\n").as_bytes(), &mut out)
            .expect("they are records");
        table.end(&mut out).expect("they are records");
        (String::from_utf8(out).expect("it is text"), table.remark())
    }

    #[test]
    fn the_columns_that_matter_fit_the_width() {
        let records = [
            concat!(
                r#"{"projectId":7,"jobStatus":"Done","summary":"A long text\nthat goes on and on and on and on","#,
                r#""id":10978752986,"jobNumber":"N1","tags":[],"memo":null}"#
            ),
            concat!(
                r#"{"projectId":8,"jobStatus":"Open","summary":"","#,
                r#""id":109787529861097875298,"jobNumber":"N2","tags":[1],"memo":null}"#
            ),
        ];
        let (wide, remark) = table(&records, 120);
        assert_eq!(
            wide.lines().next(),
            Some(
                "id                     jobNumber  summary                                        jobStatus  projectId"
            )
        );
        assert!(wide.contains("A long text that goes on and on and on and on"), "{wide}");
        assert_eq!(remark.as_deref(), Some("… and 2 more columns: --output json"));
        let (narrow, remark) = table(&records, 60);
        assert_eq!(narrow.lines().next(), Some("id                     jobNumber  summary"));
        assert!(
            narrow.contains("A long text that goes on…") && narrow.lines().all(|line| line.width() <= 60),
            "{narrow}"
        );
        assert_eq!(remark.as_deref(), Some("… and 4 more columns: --output json"));
    }

    #[test]
    fn a_table_without_records_says_so() {
        assert_eq!(table(&[], 80), (String::new(), Some("no records".to_owned())));
    }

    #[test]
    fn text_is_cut_by_its_width() {
        assert_eq!(fitted("日本語", 6), "日本語");
        assert_eq!(fitted("日本語", 5), "日本…");
        assert_eq!(fitted("日本語", 4), "日…");
        assert_eq!(cell(&Value::from("a\u{1b}[2Jb\n c")), "a [2Jb c");
    }

    #[test]
    fn numbers_keep_their_digits() {
        let first = r#"{"id":1}"#.to_owned();
        let mut records = vec![first.as_str(); SAMPLE];
        records.push(r#"{"id":10978752986}"#);
        assert!(table(&records, 80).0.ends_with("\n10978752986\n"));
    }
}
