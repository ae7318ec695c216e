//! Keeps computed chance levels for later processes, since thousands of draws take far longer than the verdict, and
//! nextest runs each trial in a process of its own.
//!
//! A chance level is kept under everything that it depends on ([`KeptKey`]): the program, the check's sentence, the
//! seed, the tables, and the tasks of the tables.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Run;
use crate::check::Check;
use crate::check::chance::{self, ChanceLevel};
use crate::kept::{KeptFolder, KeptKey};
use crate::profile::Table;

impl Run {
    /// Returns the chance level of a check of `model` on its tables, or `None` if the check has none.
    pub(super) fn chance(
        &self,
        model: &str,
        check: &Check,
        tables: &[Table],
        seed: u64,
    ) -> Option<ChanceLevel> {
        let place = self.place_of_drawn("chance", model, check, tables, seed);
        kept_or(place, || chance::chance_level(check, tables, &self.suites, seed))
    }

    /// Returns the place of a result that was drawn for a check of `model` on its tables: the folder, the name and
    /// the key.
    pub(super) fn place_of_drawn(
        &self,
        what: &str,
        model: &str,
        check: &Check,
        tables: &[Table],
        seed: u64,
    ) -> Option<(KeptFolder, String, KeptKey)> {
        let (kept, mut key) = (KeptFolder::of_program()?, KeptKey::of_program()?);
        key.part(&check.sentence).part(seed.to_le_bytes());
        for (input, table) in check.measure.inputs().iter().zip(tables) {
            let suite = self
                .suites
                .suites
                .iter()
                .find(|suite| suite.task.as_ref().is_some_and(|task| task.id == input.task))?;
            suite.texts().for_each(|text| {
                key.part(text.as_bytes());
            });
            key.part(format!("{table:?}"));
        }
        Some((kept, format!("{what} {} {model} {}", self.config.root.display(), check.sentence), key))
    }
}

/// Returns the result that is kept in a place; if there is none, computes and keeps it.
pub(super) fn kept_or<T: Serialize + DeserializeOwned>(
    place: Option<(KeptFolder, String, KeptKey)>,
    work_out: impl FnOnce() -> T,
) -> T {
    let known = place.as_ref().and_then(|(kept, name, key)| kept.get(name, key));
    if let Some(known) = known.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
        return known;
    }
    let found = work_out();
    if let (Some((kept, name, key)), Ok(bytes)) = (place, postcard::to_allocvec(&found)) {
        kept.put(&name, &key, &bytes);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::profile::View;
    use crate::run::Subject;

    #[test]
    fn a_level_is_kept_for_the_same_tables_and_seed_and_for_no_others() {
        let run = Run::read(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the config of this repository");
        let of_one = |planned: &&crate::run::Planned| {
            planned.name.starts_with("o1-mini::T1 top-5 Jaccard with practitioners")
        };
        let planned = run.planned.iter().find(of_one).expect("a trial of this repository");
        let Subject::Check { check, .. } = planned.subject else { panic!("a check") };
        let (check, model) = (&run.checks[check], planned.model.as_str());
        let tables = |who: &str| {
            let task = run.suites.task("T1").expect("built in");
            run.answers(who, task, None, View::Main).expect("published").profile.table(task, View::Main)
        };
        let both = [tables(model), tables("practitioners")];
        let level = chance::chance_level(check, &both, &run.suites, 7).expect("a level");
        assert_eq!(run.chance(model, check, &both, 7), Some(level), "worked out");

        let (kept, name, key) = run.place_of_drawn("chance", model, check, &both, 7).expect("a place");
        let other = ChanceLevel { uniform: None, ..level };
        kept.put(&name, &key, &postcard::to_allocvec(&Some(other)).expect("written"));
        assert_eq!(run.chance(model, check, &both, 7), Some(other), "what is kept is used");
        assert_eq!(
            run.chance(model, check, &both, 8),
            chance::chance_level(check, &both, &run.suites, 8),
            "another seed"
        );

        kept.put(&name, &key, &postcard::to_allocvec(&Some(other)).expect("written"));
        let swapped = [tables("practitioners"), tables(model)];
        let afresh = chance::chance_level(check, &swapped, &run.suites, 7);
        assert_eq!(run.chance(model, check, &swapped, 7), afresh, "other tables");
    }
}
