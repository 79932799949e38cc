//! Tables: the columns of records that matter, as many as fit.

use std::borrow::Cow;

use anstyle::Style;
use jiff::Timestamp;
use pipefit::component::is_deceptive;
use pipefit::{Code, Error};
use serde_json::{Map, Value, json};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::columns::Column as Field;
use super::{Lines, Transform};

/// How many records decide on the columns and their widths. Later ones are written as they arrive.
pub(super) const SAMPLE: usize = 200;

/// The width that a column of long text has at least, at the end of a line.
const SHORT: usize = 12;

/// The width to which a column of text shrinks while others follow.
const NARROW: usize = 24;

/// The width that a column of text has at most.
const WIDE: usize = 60;

const GAP: &str = "  ";

/// Which columns a table has.
pub(crate) enum Choice {
    /// These, however wide they are.
    Given(Vec<Field>),
    /// As many of these as fit, without those that are empty.
    Declared(Vec<Field>),
    /// As many as fit of those that say most, judged by their names.
    ByName,
}

/// Writes records, one to a line, as the rows of a table.
pub(crate) struct Table {
    choice: Choice,
    width: usize,
    colours: bool,
    lines: Lines,
    /// The records that wait for the columns.
    sample: Vec<Value>,
    columns: Option<Vec<Column>>,
    hidden: usize,
}

#[derive(Debug)]
struct Column {
    field: Field,
    width: usize,
}

impl Table {
    pub(crate) fn new(choice: Choice, width: usize, colours: bool) -> Self {
        Self { choice, width, colours, lines: Lines::default(), sample: Vec::new(), columns: None, hidden: 0 }
    }

    fn record(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let record = record_in(line)?;
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
        let columns = match std::mem::replace(&mut self.choice, Choice::ByName) {
            Choice::Given(fields) => fitting(fields, &sample, self.width, true),
            Choice::Declared(mut fields) => {
                fields.retain(|field| sample.iter().filter_map(|record| field.value(record)).any(is_shown));
                self.without_the_rest(fitting(fields, &sample, self.width, false), &sample)
            }
            Choice::ByName => self.without_the_rest(fitting(by_name(&sample), &sample, self.width, false), &sample),
        };
        let bold = if self.colours { Style::new().bold() } else { Style::new() };
        let heading = row(&columns, columns.iter().map(|column| fitted(&column.field.name, column.width)));
        if !columns.is_empty() {
            out.extend_from_slice(format!("{bold}{heading}{bold:#}\n").as_bytes());
        }
        for record in &sample {
            write_row(&columns, record, out);
        }
        self.columns = Some(columns);
    }

    /// Notes how many fields are not shown.
    fn without_the_rest(&mut self, columns: Vec<Column>, sample: &[Value]) -> Vec<Column> {
        let mut names: Vec<_> = sample.iter().flat_map(fields_of).collect();
        names.sort_unstable();
        names.dedup();
        let is_shown = |name: &str| columns.iter().any(|column| column.field.is_of(name));
        self.hidden = names.iter().filter(|name| !is_shown(name)).count();
        columns
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
            (_, 1) => Some("… and 1 more column: --columns NAME,… or --output json".to_owned()),
            (_, hidden) => Some(format!("… and {hidden} more columns: --columns NAME,… or --output json")),
        }
    }
}

/// Reads a record. A value that is none stands in a column of its own.
pub(super) fn record_in(line: &[u8]) -> Result<Value, Error> {
    match serde_json::from_slice(line) {
        Ok(record @ Value::Object(_)) => Ok(record),
        Ok(value) => Ok(json!({"value": value})),
        Err(error) => Err(Error::new(Code::BadReply, format!("a record of the list is not JSON: {error}"))),
    }
}

/// The names of the fields of a record.
pub(super) fn fields_of(record: &Value) -> impl Iterator<Item = &String> {
    record.as_object().into_iter().flat_map(Map::keys)
}

/// The fields that have a value with a place in a table, first those that say best what a record is.
fn by_name(sample: &[Value]) -> Vec<Field> {
    let mut names: Vec<&str> = Vec::new();
    for (name, value) in sample.iter().filter_map(Value::as_object).flatten() {
        if is_shown(value) && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| rank(name));
    names.into_iter().map(Field::of_field).collect()
}

/// Gives the columns their widths. Those that do not fit are left out, unless `all` are wanted.
fn fitting(fields: Vec<Field>, sample: &[Value], width: usize, all: bool) -> Vec<Column> {
    let mut chosen: Vec<(Column, usize)> = Vec::new();
    let mut left = width;
    for field in fields {
        let cells = sample.iter().filter_map(|record| field.value(record)).map(|value| cell(value).width());
        let widest = cells.max().unwrap_or(0).max(field.name.width()).min(WIDE);
        let room = left.saturating_sub(if chosen.is_empty() { 0 } else { GAP.len() });
        let least = if widest > NARROW { SHORT } else { widest };
        if least > room && !chosen.is_empty() && !all {
            break;
        }
        let taken = widest.min(NARROW).min(room.max(least));
        left = room.saturating_sub(taken);
        chosen.push((Column { field, width: taken }, widest));
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
        Value::String(text) if let Some(time) = to_the_second(text) => time.into(),
        Value::String(text) if text.contains(|char: char| char.is_whitespace() || is_deceptive(char)) => {
            let printable = text.chars().map(|char| if is_deceptive(char) { ' ' } else { char });
            let printable: String = printable.collect();
            printable.split_whitespace().collect::<Vec<_>>().join(" ").into()
        }
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

/// Returns a time without the fraction of its second, if it has one.
fn to_the_second(text: &str) -> Option<String> {
    let (time, rest) = text.split_at_checked("2026-01-31T09:00:00".len())?;
    let zone = rest.strip_prefix('.')?.trim_start_matches(|char: char| char.is_ascii_digit());
    let shortened = format!("{time}{zone}");
    shortened.parse::<Timestamp>().is_ok().then_some(shortened)
}

fn write_row(columns: &[Column], record: &Value, out: &mut Vec<u8>) {
    let cells = columns.iter().map(|column| match column.field.value(record) {
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
        chosen(Choice::ByName, records, width)
    }

    fn chosen(choice: Choice, records: &[&str], width: usize) -> (String, Option<String>) {
        let (mut table, mut out) = (Table::new(choice, width, false), Vec::new());
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
        assert_eq!(remark.as_deref(), Some("… and 2 more columns: --columns NAME,… or --output json"));
        let (narrow, remark) = table(&records, 60);
        assert_eq!(narrow.lines().next(), Some("id                     jobNumber  summary"));
        assert!(
            narrow.contains("A long text that goes on…") && narrow.lines().all(|line| line.width() <= 60),
            "{narrow}"
        );
        assert_eq!(remark.as_deref(), Some("… and 4 more columns: --columns NAME,… or --output json"));
    }

    #[test]
    fn chosen_columns_are_kept_and_declared_ones_fit() {
        let records = [r#"{"id":1,"customer":{"name":"Jo"},"memo":null,"createdOn":"2026-01-31T09:00:00.1234567Z"}"#];
        let fields = || ["customer.name", "memo", "id", "createdOn"].map(Field::at).into();
        let (all, remark) = chosen(Choice::Given(fields()), &records, 10);
        assert_eq!(all, "customer.name  memo  id  createdOn\nJo                   1   2026-01-31T09:00:00Z\n");
        assert_eq!(remark, None);
        let (fitting, remark) = chosen(Choice::Declared(fields()), &records, 20);
        assert_eq!(fitting, "customer.name  id\nJo             1\n");
        assert!(remark.is_some_and(|remark| remark.starts_with("… and 2 more columns")));
    }

    #[test]
    fn long_text_takes_the_rest_of_the_line() {
        let records = [r#"{"id":10978752986,"summary":"A text that is longer than others"}"#];
        assert_eq!(table(&records, 30).0, "id           summary\n10978752986  A text that is l…\n");
        assert_eq!(table(&records, 24).0, "id\n10978752986\n");
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
