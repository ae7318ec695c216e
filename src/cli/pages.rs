//! `cargo alignspec completions` and `cargo alignspec man`: both are made from the description of the command line that
//! `--help` is made from.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use clap_mangen::Man;

use super::{Failure, command, place_for, say, shown};
use crate::config::OutputKind;
use crate::ground::format::counted;

/// The name of the program, under which cargo finds it. Man pages and completions go by it.
const PROGRAM: &str = "cargo-alignspec";

/// Prints a script that completes this command line in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(super) struct CompletionsArguments {
    /// The shell that the script is for
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

const COMPLETIONS_HELP: &str = "\
Examples:
  cargo alignspec completions bash > ~/.local/share/bash-completion/completions/cargo-alignspec
  cargo alignspec completions zsh > \"${fpath[1]}/_cargo-alignspec\"
  cargo alignspec completions fish > ~/.config/fish/completions/cargo-alignspec.fish

The script completes the program by its own name, `cargo-alignspec check`. After `cargo alignspec`, with a space, it is cargo's
own completion that is asked: zsh's uses this script, and those of the other shells know no commands but cargo's.

Exit codes: 0 done; 2 the command line is not valid.";

/// Prints the man page, or writes it and one for each command.
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_HELP)]
pub(super) struct ManArguments {
    /// The folder that all pages are written to, for example ~/.local/share/man/man1; pages of the same name are replaced
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const MAN_HELP: &str = "\
Examples:
  cargo alignspec man > cargo-alignspec.1
  cargo alignspec man --out ~/.local/share/man/man1

`cargo help alignspec` then shows the page.

Exit codes: 0 done; 1 a page cannot be written; 2 the command line is not valid.";

pub(super) fn completions(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    // A shell knows it by its own name, which has no space.
    let mut whole = command().name(PROGRAM).bin_name(PROGRAM);
    clap_complete::generate(arguments.shell, &mut whole, PROGRAM, &mut script);
    if arguments.shell == Shell::Bash {
        // clap_complete (4.6) writes the dash of a program's name in two ways, so that nothing after a command is completed.
        let text = String::from_utf8_lossy(&script).replace("cargo__subcmd__alignspec", "cargo__alignspec");
        script = text.into_bytes();
    }
    // A reader that has closed the pipe is no error.
    std::io::stdout().write_all(&script).ok();
    Ok(())
}

pub(super) fn man(arguments: &ManArguments) -> Result<(), Failure> {
    let pages = pages().map_err(|cause| Failure::Refused(format!("the pages cannot be made: {cause}")))?;
    let Some(folder) = &arguments.out else {
        if let Some((_, page)) = pages.first() {
            std::io::stdout().write_all(page).ok();
        }
        return Ok(());
    };
    place_for("--out", folder, OutputKind::Folder)?;
    for (name, page) in &pages {
        write(&folder.join(name), page)
            .map_err(|cause| Failure::Refused(format!("{name} cannot be written: {cause}")))?;
    }
    say(format!("wrote {} to {}", counted(pages.len(), "page"), shown(folder.clone())));
    Ok(())
}

fn write(path: &Path, page: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, page)
}

/// Makes the page of the program, and then one for each command, each with the name of its file.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    // There is no page for `help`, so none is named.
    let mut whole = command().disable_help_subcommand(true);
    whole.build();
    let mut pages = vec![page(whole.clone(), PROGRAM)?];
    for command in whole.get_subcommands() {
        if command.is_hide_set() {
            continue;
        }
        let name = format!("{PROGRAM}-{}", command.get_name());
        pages.push(page(command.clone(), &name)?);
    }
    Ok(pages)
}

/// Makes the page of one command. Its last section keeps the lines of the examples as they are.
fn page(command: clap::Command, name: &str) -> std::io::Result<(String, Vec<u8>)> {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = command.has_subcommands();
    let page = Man::new(command.display_name(name.to_owned())).title(name);
    let page = page.source(concat!("alignspec ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if has_commands {
        page.render_subcommands_section(&mut text)?;
    }
    text.extend(roff(&after).into_bytes());
    Ok((format!("{name}.1"), text))
}

/// Writes what stands behind the options: indented lines as they are, others as paragraphs.
fn roff(after: &str) -> String {
    let mut page = String::new();
    let mut kept = false;
    for line in after.lines() {
        let indented = line.starts_with("  ");
        if indented != kept {
            page += if indented { ".nf\n" } else { ".fi\n" };
            kept = indented;
        }
        match line {
            "Examples:" => page += ".SH EXAMPLES\n",
            "" => page += ".PP\n",
            line if line.starts_with("Exit codes:") => {
                page += ".SH \"EXIT CODES\"\n";
                page += &plain(line.trim_start_matches("Exit codes:").trim_start());
            }
            line => page += &plain(line),
        }
    }
    page
}

/// Writes a line in which nothing is a command of roff's.
fn plain(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    let lead = if line.starts_with('.') { "\\&" } else { "" };
    format!("{lead}{line}\n")
}
