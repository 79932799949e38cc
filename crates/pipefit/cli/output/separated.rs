//! `--output csv` and `tsv`: a line of names, and a line for each record.

use std::borrow::Cow;
use std::collections::HashSet;

use csv::WriterBuilder;
use pipefit::Error;
use serde_json::Value;

use super::super::out::printable;
use super::columns::Column;
use super::table::{SAMPLE, fields_of, record_in};
use super::{Lines, Transform};

/// How values are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    /// By commas, with quotes as in RFC 4180.
    Comma,
    /// By tabs. Tabs and line ends inside a value are written as `\t`, `\n` and `\r`, so that a record is one line.
    Tab,
}

/// Writes records, one to a line, as rows of values.
pub(crate) struct Separated {
    separator: Separator,
    /// Whether a terminal shows them, which they must not drive.
    on_terminal: bool,
    lines: Lines,
    /// The records that wait for the columns.
    sample: Vec<Value>,
    columns: Option<Vec<Column>>,
    /// Their names.
    known: HashSet<String>,
    /// Whether the line of names was written.
    begun: bool,
    /// Whether the columns were chosen by the caller.
    chosen: bool,
    /// A field that is no column.
    left_out: Option<String>,
}

impl Separated {
    /// Creates it for these columns. Without them, they are the fields of the first records.
    pub(crate) fn new(separator: Separator, columns: Option<Vec<Column>>, chosen: bool, on_terminal: bool) -> Self {
        let (lines, sample, known) = (Lines::default(), Vec::new(), HashSet::new());
        Self { separator, on_terminal, lines, sample, columns, known, begun: false, chosen, left_out: None }
    }

    fn record(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.sample.push(record_in(line)?);
        if self.columns.is_some() || self.sample.len() == SAMPLE { self.write_sample(out) } else { Ok(()) }
    }

    /// Writes the names, unless they are written, and the records that wait.
    fn write_sample(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let sample = std::mem::take(&mut self.sample);
        let columns = self.columns.take().unwrap_or_else(|| all_fields(&sample));
        if !std::mem::replace(&mut self.begun, true) && !columns.is_empty() {
            self.known = columns.iter().map(|column| column.name.clone()).collect();
            self.row(columns.iter().map(|column| Cow::from(&column.name)), out)?;
        }
        for record in &sample {
            if !self.chosen && self.left_out.is_none() {
                self.left_out = fields_of(record).find(|field| !self.known.contains(*field)).cloned();
            }
            self.row(columns.iter().map(|column| text_of(column.value(record))), out)?;
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn row<'a>(&self, values: impl Iterator<Item = Cow<'a, str>>, out: &mut Vec<u8>) -> Result<(), Error> {
        let safe = |value: Cow<'a, str>| if self.on_terminal { printable(&value).into_owned().into() } else { value };
        match self.separator {
            Separator::Comma => {
                let mut writer = WriterBuilder::new().from_writer(out);
                let values: Vec<_> = values.map(safe).collect();
                writer.write_record(values.iter().map(|value| value.as_bytes())).map_err(Error::internal)?;
                writer.flush().map_err(Error::internal)
            }
            Separator::Tab => {
                let values: Vec<_> = values.map(|value| safe(on_one_line(value))).collect();
                out.extend_from_slice(values.join("\t").as_bytes());
                out.push(b'\n');
                Ok(())
            }
        }
    }
}

impl Transform for Separated {
    fn push(&mut self, part: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut lines = std::mem::take(&mut self.lines);
        let outcome = lines.push(part, |line| self.record(line, out));
        self.lines = lines;
        outcome
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        if self.begun { Ok(()) } else { self.write_sample(out) }
    }

    fn remark(&self) -> Option<String> {
        let field = self.left_out.as_ref()?;
        Some(format!("note: some records have fields that are no columns, such as `{field}`: `--columns` names them"))
    }
}

/// A column for each field of these records, in the order in which they come.
fn all_fields(records: &[Value]) -> Vec<Column> {
    let mut names: Vec<&String> = Vec::new();
    for name in records.iter().flat_map(fields_of) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| Column::of_field(name)).collect()
}

/// Text as it is, nothing for null, and anything else as JSON.
fn text_of(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => "".into(),
        Some(Value::String(text)) => text.into(),
        Some(other) => other.to_string().into(),
    }
}

/// Escapes what would end a value or a line.
fn on_one_line(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains(['\t', '\n', '\r', '\\']) {
        return value;
    }
    value.replace('\\', r"\\").replace('\t', r"\t").replace('\n', r"\n").replace('\r', r"\r").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mut separated: Separated, records: &[&str]) -> (String, Option<String>) {
        let mut out = Vec::new();
        for record in records {
            separated.push(format!("{record}\n").as_bytes(), &mut out).expect("they are records");
        }
        separated.end(&mut out).expect("they are records");
        (String::from_utf8(out).expect("it is text"), separated.remark())
    }

    const RECORDS: [&str; 2] = [
        r#"{"id":10978752986109787529861,"total":1.50,"name":"a \"b\", c","place":{"city":"x\ny"},"tags":[1,2]}"#,
        r#"{"id":2,"total":null,"name":"tab\there\\","place":null,"more":true}"#,
    ];

    #[test]
    fn values_are_quoted_as_in_rfc_4180() {
        let (csv, remark) = written(Separated::new(Separator::Comma, None, false, false), &RECORDS);
        let expected = "id,total,name,place,tags,more\n\
                        10978752986109787529861,1.50,\"a \"\"b\"\", c\",\"{\"\"city\"\":\"\"x\\ny\"\"}\",\"[1,2]\",\n\
                        2,,tab\there\\,,,true\n";
        assert_eq!((csv.as_str(), remark), (expected, None));
        let columns = Some(["place.city", "tags.1", "nothing"].map(Column::at).into());
        let (csv, remark) = written(Separated::new(Separator::Comma, columns, true, false), &RECORDS);
        assert_eq!((csv.as_str(), remark), ("place.city,tags.1,nothing\n\"x\ny\",2,\n,,\n", None));
    }

    #[test]
    fn a_record_is_one_line_between_tabs() {
        let columns = Some(["name", "place.city"].map(Column::at).into());
        let (tsv, _) = written(Separated::new(Separator::Tab, columns, true, false), &RECORDS);
        assert_eq!(tsv, "name\tplace.city\na \"b\", c\tx\\ny\ntab\\there\\\\\t\n");
    }

    #[test]
    fn a_field_that_is_no_column_is_said() {
        let columns = Some(vec![Column::of_field("id"), Column::of_field("total")]);
        let (_, remark) = written(Separated::new(Separator::Comma, columns, false, false), &RECORDS);
        assert!(remark.is_some_and(|remark| remark.contains("such as `name`")));
        let (header, _) = written(Separated::new(Separator::Tab, Some(vec![Column::at("id")]), true, false), &[]);
        assert_eq!(header, "id\n");
        assert_eq!(written(Separated::new(Separator::Comma, None, false, false), &[]), (String::new(), None));
    }

    #[test]
    fn values_do_not_drive_a_terminal() {
        let columns = Some(vec![Column::at("a")]);
        let (csv, _) = written(Separated::new(Separator::Comma, columns, true, true), &[r#"{"a":"\u001b[2J"}"#]);
        assert_eq!(csv, "a\n\\u{1b}[2J\n");
    }
}
