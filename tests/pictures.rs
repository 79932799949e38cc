//! The picture of the README: a session at a terminal, drawn from what the command really writes.

use std::fs;

use anstyle::{Color, RgbColor};
use anstyle_svg::{Palette, Term};

use crate::support::terminal::{on_terminal, typed};

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures/terminal.svg");

/// The session, as it is typed.
const SESSION: [&[&str]; 4] = [
    &["run", "--sandbox", "listJobs", "pageSize=4", "customQueryParams.jobStatus=Scheduled"],
    &["run", "--sandbox", "getJob", "jobId=10978752986", "--jq", ".data | {id, jobStatus, createdOn}"],
    &["run", "--sandbox", "getJob", "--jobId", "10978752986"],
    &["run", "--sandbox", "cancelJob", "jobId=10978752986", "reasonId=late"],
];

/// Colours for a dark background, in the order of the terminal: eight, and their bright ones.
const COLOURS: [(u8, u8, u8); 16] = [
    (72, 79, 88),
    (255, 123, 114),
    (63, 185, 80),
    (210, 153, 34),
    (121, 192, 255),
    (188, 140, 255),
    (57, 197, 207),
    (177, 186, 196),
    (110, 118, 129),
    (255, 161, 152),
    (86, 211, 100),
    (227, 179, 65),
    (165, 214, 255),
    (210, 168, 255),
    (86, 212, 221),
    (255, 255, 255),
];

/// The words of a command, with quotes where a shell needs them.
fn line(arguments: &[&str]) -> String {
    let quoted = |word: &&str| if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() };
    arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn picture() -> String {
    let shown = SESSION.map(|arguments| {
        let (_, output) = on_terminal(typed(arguments), |command| command);
        format!("\u{1b}[1;32m$\u{1b}[0m \u{1b}[1mpipefit {}\u{1b}[0m\n{}\n", line(arguments), output.trim_end())
    });
    let palette = Palette(COLOURS.map(|(red, green, blue)| RgbColor(red, green, blue)));
    let (text, background) = (Color::Rgb(RgbColor(230, 237, 243)), Color::Rgb(RgbColor(13, 17, 23)));
    Term::new().palette(palette).fg_color(text).bg_color(background).render_svg(shown.join("\n").trim_end())
}

#[test]
fn the_picture_of_the_terminal_is_up_to_date() {
    let drawn = picture();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(PICTURE, &drawn).unwrap();
    }
    let kept = fs::read_to_string(PICTURE).unwrap_or_default();
    assert!(kept == drawn, "docs/pictures/terminal.svg shows something else: repair with `cargo xtask update`");
}
