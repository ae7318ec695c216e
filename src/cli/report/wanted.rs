//! The formats that a command line asks for. There is an option for each format in the list, and nothing else here names
//! one.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::super::{Failure, place_for, shown};
use crate::config::OutputKind;
use crate::report::FORMATS;
use crate::report::format::{FormatOutput, ReportFormat, ReportedRun};

/// The formats that are asked for, in the order of the list, and where each goes.
#[derive(Debug)]
pub(super) struct WantedFormats(Vec<(&'static ReportFormat, PathBuf)>);

fn option(format: &'static ReportFormat) -> Arg {
    let option = Arg::new(format.name).long(format.name).help(format.about);
    match format.value_name() {
        Some(value) => option.value_name(value).value_parser(value_parser!(PathBuf)),
        None => option.action(ArgAction::SetTrue),
    }
}

impl clap::Args for WantedFormats {
    fn augment_args(command: Command) -> Command {
        command.args(FORMATS.iter().copied().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for WantedFormats {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let place = |format: &ReportFormat| match format.value_name() {
            Some(_) => matches.get_one::<PathBuf>(format.name).cloned(),
            None => matches.get_flag(format.name).then(|| PathBuf::from("-")),
        };
        Ok(Self(FORMATS.iter().filter_map(|format| Some((*format, place(format)?))).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl WantedFormats {
    /// Checks that none is written where files are read from.
    pub(super) fn places(&self) -> Result<(), Failure> {
        self.0.iter().filter(|(_, path)| path != Path::new("-")).try_for_each(|(format, path)| {
            let kind = match format.writes {
                FormatOutput::Folder(_) => OutputKind::Folder,
                FormatOutput::File(_) | FormatOutput::Printed(_) => OutputKind::File,
            };
            place_for(&format!("--{}", format.name), path, kind)
        })
    }

    /// Writes each of them.
    pub(super) fn write(&self, run: &ReportedRun<'_>) -> Result<(), Failure> {
        for (format, path) in &self.0 {
            match format.writes {
                FormatOutput::File(render) | FormatOutput::Printed(render) => put(path, &made(render(run))?)?,
                FormatOutput::Folder(render) => {
                    for (name, text) in made(render(run))? {
                        put(&path.join(name), &text)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn made<T>(rendered: Result<T, String>) -> Result<T, Failure> {
    rendered.map_err(Failure::CouldNotRun)
}

/// Writes a text to a file, or to standard output where that is `-`.
fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let written = if path == Path::new("-") {
        // If the reader has closed the pipe, there is nobody to tell.
        std::io::stdout().write_all(text.as_bytes()).ok();
        Ok(())
    } else {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text))
    };
    written.map_err(|error| {
        Failure::CouldNotRun(format!("{} cannot be written: {error}", shown(path.to_owned())))
    })
}
