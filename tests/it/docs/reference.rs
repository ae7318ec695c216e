//! `docs/reference.md` and `docs/commands.md` are made from the lists that the code itself goes by: keys as serde reads them, sentences as
//! measures declare them, the command line as clap has it, variables and exit codes from their tables. What is said
//! of each key stands in `keys.toml`. `ALIGNSPEC_BLESS=1 cargo test --test it docs::reference` writes the file anew.

mod command;
mod keys;
mod sentences;
mod tried;

use alignspec::__testing::environment::{HANDED, OTHERS, OURS, Variable};
use alignspec::__testing::exit::{Exit, OF_PROGRAM, OF_REPORT, OF_TESTS, OF_WATCH};
use alignspec::__testing::report::{FORMATS, ReportFormat};

use super::pages::page;
use crate::support::assert_kept;

const HEAD: &str = "# Reference

Every key, check, variable and exit code; [Commands](commands.md) has the command line. This page is made from the code, and a test
(`tests/it/docs/reference.rs`) compares the two.
";

const COMMANDS: &str = "# Commands

`cargo alignspec` comes with the feature `cli`; see [install](tutorial.md#the-command). This page is made from the code, and a test
(`tests/it/docs/reference.rs`) compares the two. `--help` behind a command says the same.

| to | use |
| --- | --- |
| begin | [`init`](#init), [`check`](#check), [`explain`](#explain), [`plan`](#plan), [`models`](#models) |
| find out what is in the way | [`doctor`](#doctor) |
| ask, and keep what is answered | [`record`](#record), [`merge`](#merge), [`watch`](#watch) |
| look at answers and compare them | [`read`](#read), [`diff`](#diff), [`across`](#across), [`figures`](#figures) |
| accept snapshots, and report a run | [`accept`](#accept), [`report`](#report) |
| complete and look up this command line | [`completions`](#completions), [`man`](#man) |

Each command is about the crate that the working folder is in, or the one that `--manifest-path` or `--package` names.
";

/// A cell of a table: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn table(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

fn environment() -> String {
    let rows = |list: &[Variable]| {
        let names =
            |variable: &Variable| variable.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        table(
            &["variable", "meaning"],
            list.iter().map(|one| vec![names(one).join(", "), one.means.to_owned()]).collect(),
        )
    };
    format!(
        "## Environment variables\n\nalignspec's own. Any other variable that begins as these do is a mistake, and \
         fails the run, unless alignment.toml names it. One that is empty is not set.\n\n{}\nSet for a program that answers (`provider = \"command\"`):\n\n{}\nOf other tools. The \
         variables that alignment.toml names (`key_env`, `headers`, `client_cert`, `client_key`) are read besides, \
         and with a `store` those of its host, as the crate `object_store` reads them.\n\n{}",
        rows(&OURS),
        rows(&HANDED),
        rows(&OTHERS)
    )
}

fn exit_codes() -> String {
    let rows = |list: &[Exit]| {
        table(
            &["code", "meaning"],
            list.iter().map(|exit| vec![exit.code.to_string(), exit.means.to_owned()]).collect(),
        )
    };
    format!(
        "## Exit codes\n\nOf a test target under `cargo test` (and so of `cargo alignspec record`). cargo says 101 for \
         several targets with `--no-fail-fast`, and cargo-nextest says 100 for whatever failed.\n\n{}\nOf `cargo \
         alignspec report`:\n\n{}\nOf `cargo alignspec watch`:\n\n{}\nOf the other commands of `cargo alignspec`:\n\n{}",
        rows(&OF_TESTS),
        rows(&OF_REPORT),
        rows(&OF_WATCH),
        rows(&OF_PROGRAM)
    )
}

#[test]
fn the_reference_is_what_the_code_says() {
    let made =
        [HEAD.to_owned(), keys::written(), sentences::written(), environment(), exit_codes()].join("\n");
    assert_kept("docs/reference.md", &made);
}

#[test]
fn the_chapter_on_commands_is_what_the_code_says() {
    assert_kept("docs/commands.md", &format!("{COMMANDS}{}", command::written()));
}

/// What `docs/ci.md` tells of each report format stands in the format's own file.
#[test]
fn the_formats_in_the_chapter_on_ci_are_those_of_the_code() {
    let chapter = page("docs/ci.md").text;
    let (before, rest) = chapter.split_once("| format | gives |").expect("the table of formats");
    let (_, after) = rest.split_once("\n\n").expect("an end of the table");
    let option = |format: &ReportFormat| match format.value_name() {
        Some(value) => format!("`--{} {value}`", format.name),
        None => format!("`--{}`", format.name),
    };
    let rows = FORMATS.iter().map(|format| vec![option(format), format.guide.to_owned()]).collect();
    assert_kept("docs/ci.md", &format!("{before}{}\n{after}", table(&["format", "gives"], rows)));
}
