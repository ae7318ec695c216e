//! The last words of a run that is interrupted: what is kept, and how to continue.

use std::path::{Path, PathBuf};

use crate::asking::{Mode, Status};
use crate::ground::format::counted;

/// Says what is kept. `folder` returns where a model's answers are kept, and `here` is the reader's folder.
pub(crate) fn interrupted(
    statuses: &[Status],
    mode: Mode,
    folder: impl Fn(&str) -> PathBuf,
    here: Option<&Path>,
) -> String {
    let kept: Vec<String> = statuses
        .iter()
        .filter(|status| status.arrived > 0)
        .map(|status| {
            let folder = folder(&status.model);
            let near = here.and_then(|here| folder.strip_prefix(here).ok()).unwrap_or(&folder);
            let answers = counted(status.arrived as usize, "answer");
            format!("{answers} in {}", near.display())
        })
        .collect();
    let kept = match kept.as_slice() {
        [] => "no new answers had arrived".to_owned(),
        kept => format!("kept {}", kept.join(", ")),
    };
    let next = match mode {
        Mode::Live => "in live mode, the next run asks for everything again",
        Mode::Auto | Mode::Record | Mode::Replay => "run the same command again to continue from here",
    };
    format!("interrupted: {kept}; {next}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_kept_where_and_how_to_go_on() {
        let told = |mode, arrived: &[u64]| {
            let models = arrived.iter().enumerate();
            let status = |(at, arrived): (usize, &u64)| Status {
                model: format!("m{at}"),
                arrived: *arrived,
                ..Status::default()
            };
            let statuses: Vec<Status> = models.map(status).collect();
            let told = interrupted(
                &statuses,
                mode,
                |model| Path::new("/crate/recordings").join(model),
                Some(Path::new("/crate")),
            );
            // Paths are written as the system does.
            told.replace(std::path::MAIN_SEPARATOR, "/")
        };
        assert_eq!(
            told(Mode::Auto, &[1312]),
            "interrupted: kept 1,312 answers in recordings/m0; run the same command again to continue from here"
        );
        assert_eq!(
            told(Mode::Record, &[2, 0, 1]),
            "interrupted: kept 2 answers in recordings/m0, 1 answer in recordings/m2; run the same command again to continue from here"
        );
        assert_eq!(
            told(Mode::Auto, &[0]),
            "interrupted: no new answers had arrived; run the same command again to continue from here"
        );
        assert_eq!(
            told(Mode::Live, &[3]),
            "interrupted: kept 3 answers in recordings/m0; in live mode, the next run asks for everything again"
        );
    }
}
