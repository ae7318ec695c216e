//! Keys of alignment.toml that have a new name, and a value that has a new meaning. This version still accepts the
//! old form with a warning that shows its place. The next version will not, and this file can then be deleted.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::misplaced::{above, is_of_the_file};
use crate::ground::diagnostic::{Diagnostic, Source};

/// A key with a new name in one table.
struct Renamed {
    /// The table, as it is written in the file.
    table: &'static str,
    old: &'static str,
    new: &'static str,
}

const OF_MODELS: Renamed = Renamed { table: "[[model]]", old: "suites", new: "tasks" };
const OF_SAMPLING: Renamed = Renamed { table: "[sampling]", old: "batch", new: "step" };

/// Gives old keys of a file their new names, and returns the warnings in the order of the file.
///
/// # Errors
/// A table has both the old and the new name of a key.
pub(super) fn renamed(file: &mut DeTable<'_>, source: &Source) -> Result<Vec<Diagnostic>, Box<Diagnostic>> {
    let mut found: Vec<(Range<usize>, Diagnostic)> = Vec::new();
    if let Some(DeValue::Table(sampling)) = file.get_mut("sampling").map(Spanned::get_mut) {
        found.extend(OF_SAMPLING.renames(sampling, source)?);
    }
    if let Some(DeValue::Table(verdict)) = file.get_mut("verdict").map(Spanned::get_mut) {
        found.extend(super::surveys::read_switch(verdict, source));
    }
    if let Some(DeValue::Array(models)) = file.get_mut("model").map(Spanned::get_mut) {
        for model in models.iter_mut() {
            if let DeValue::Table(model) = model.get_mut() {
                found.extend(OF_MODELS.renames(model, source)?);
            }
        }
    }
    found.sort_by_key(|(span, _)| span.start);
    Ok(found.into_iter().map(|(_, warning)| warning).collect())
}

impl Renamed {
    /// Renames the key in one table, and returns the place of the old key and a warning about it.
    fn renames(
        &self,
        table: &mut DeTable<'_>,
        source: &Source,
    ) -> Result<Option<(Range<usize>, Diagnostic)>, Box<Diagnostic>> {
        let Renamed { table: place, old, new } = self;
        let Some((key, value)) = table.remove_entry(*old) else { return Ok(None) };
        let (span, misplaced) = (key.span(), is_misplaced(value.get_ref()));
        if table.contains_key(*new) {
            let message = format!("{place} has both `{old}` and `{new}`: `{old}` is the old name of `{new}`");
            let help = if misplaced { above(old) } else { format!("keep `{new}`, and take `{old}` out") };
            return Err(Box::new(Diagnostic::new(message).at(source, span).help(help)));
        }
        table.insert(Spanned::new(span.clone(), (*new).into()), value);
        // An unknown task in the list is reported elsewhere, with its own advice.
        if misplaced {
            return Ok(None);
        }
        let warning = Diagnostic::warning(format!("`{old}` in {place} is now called `{new}`"))
            .at(source, span.clone())
            .label(format!("write `{new}`"))
            .help(format!("rename it here: this version still reads `{old}`, the next one will not"));
        Ok(Some((span, warning)))
    }
}

/// Returns whether a list is the file's own `suites`, misplaced below a model.
fn is_misplaced(value: &DeValue<'_>) -> bool {
    let of_the_file = |entry: &Spanned<DeValue<'_>>| entry.get_ref().as_str().is_some_and(is_of_the_file);
    value.as_array().is_some_and(|list| list.iter().any(of_the_file))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, FILE};

    const MODEL: &str = "[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\n";

    fn parse(text: &str) -> Result<Config, Box<Diagnostic>> {
        crate::provider::parse_config(Path::new("/x"), Source::new(FILE, text))
    }

    fn told(text: &str) -> Vec<String> {
        parse(text).expect(text).warnings.iter().map(Diagnostic::to_string).collect()
    }

    #[test]
    fn old_names_mean_what_the_new_ones_do_and_each_is_told_in_its_place() {
        let old = format!(
            "{MODEL}suites = [\"T1\"]\n[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\nsuites = []\n[sampling]\nbatch = 10\n"
        );
        let new = old.replace("suites", "tasks").replace("batch", "step");
        let [of_old, of_new] = [&old, &new].map(|text| parse(text).expect(text));
        assert_eq!(of_old.sampling.step, 10);
        assert_eq!(of_new.sampling.step, 10);
        for config in [&of_old, &of_new] {
            let tasks = |role: &str| {
                let found = config.respondent(role).expect("in the config").tasks().clone();
                found.map(|tasks| tasks.into_iter().map(|(id, _)| id).collect::<Vec<_>>())
            };
            assert_eq!(tasks("m"), Some(vec!["T1".to_owned()]));
            assert_eq!(tasks("o1-preview"), Some(Vec::new()));
        }
        assert_eq!(told(&new), [""; 0]);
        let told = told(&old);
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(
            told[0],
            "warning: `suites` in [[model]] is now called `tasks`\n \
               --> alignment.toml:5:1\n  \
                |\n\
             5 | suites = [\"T1\"]\n  \
                | ^^^^^^ write `tasks`\n  \
                |\n  \
                = help: rename it here: this version still reads `suites`, the next one will not"
        );
        assert!(told[1].contains("alignment.toml:9:1"), "{}", told[1]);
        assert!(told[2].starts_with("warning: `batch` in [sampling] is now called `step`"), "{}", told[2]);
        assert!(told[2].contains("alignment.toml:11:1"), "{}", told[2]);
    }

    #[test]
    fn names_that_stay_are_not_told() {
        assert_eq!(told(&format!("suites = [\"builtin\"]\n{MODEL}batch = true\n")), [""; 0]);
    }

    #[test]
    fn the_old_and_the_new_name_in_one_table_are_a_mistake() {
        for (text, wanted, place) in [
            (
                format!("{MODEL}tasks = [\"T1\"]\nsuites = [\"T1\"]\n"),
                "[[model]] has both `suites` and `tasks`",
                "alignment.toml:6:1",
            ),
            (
                format!("[sampling]\nbatch = 10\nstep = 10\n{MODEL}"),
                "[sampling] has both `batch` and `step`",
                "alignment.toml:2:1",
            ),
        ] {
            let shown = parse(&text).expect_err(&text).to_string();
            assert!(shown.starts_with(&format!("error: {wanted}")), "{shown}");
            assert!(shown.contains(place), "{shown}");
        }
    }

    #[test]
    fn a_misspelt_key_is_compared_with_the_new_names_alone() {
        for (text, wanted) in [
            (format!("{MODEL}taks = [\"T1\"]\n"), "did you mean `tasks`?"),
            (format!("[sampling]\nstpe = 10\n{MODEL}"), "did you mean `step`?"),
        ] {
            let shown = parse(&text).expect_err(&text).to_string();
            assert!(shown.contains(wanted), "{shown}");
        }
        let shown = parse(&format!("[sampling]\nbatsh = 10\n{MODEL}")).expect_err("misspelt").to_string();
        assert!(!shown.contains("batch"), "{shown}");
    }

    #[test]
    fn a_value_that_cannot_be_is_told_by_the_new_name_in_its_place() {
        let shown = parse(&format!("[sampling]\nbatch = 0\n{MODEL}")).expect_err("nothing asked").to_string();
        assert!(shown.contains("`step` is 0"), "{shown}");
        let shown = parse(&format!("{MODEL}suites = \"T1\"\n")).expect_err("no list").to_string();
        assert!(shown.contains("alignment.toml:5:10"), "{shown}");
    }

    #[test]
    fn suites_of_the_file_below_a_model_are_not_called_tasks() {
        assert_eq!(told(&format!("{MODEL}suites = [\"builtin\", \"suites\"]\n")), [""; 0]);
    }
}
