//! Which crate and which test target a trial is of, where a report has several: two crates of a workspace
//! may have the same roles and the same checks.

use std::collections::{BTreeMap, BTreeSet};

use super::results::Record;

/// Returns the records, with the crate's name before the names of trials and roles if there are several
/// crates, and the test target's if a crate has several.
pub(crate) fn labelled(records: &[Record]) -> Vec<Record> {
    // A record without a test target belongs to no crate.
    let placed = records.iter().filter(|record| !record.target.is_empty());
    let all: BTreeSet<(&str, &str)> =
        placed.map(|record| (record.package.as_str(), record.target.as_str())).collect();
    let crates: BTreeSet<&str> = all.iter().map(|(package, _)| *package).collect();
    // The crate names that several folders have.
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        named.entry(&record.crate_name).or_default().insert(&record.package);
    }
    let twins: BTreeSet<&str> =
        named.into_iter().filter(|(_, folders)| folders.len() > 1).map(|(name, _)| name).collect();
    let label = |record: &Record| {
        if record.target.is_empty() {
            return String::new();
        }
        let targets = all.iter().filter(|(package, _)| *package == record.package).count();
        let mut parts = Vec::new();
        if crates.len() > 1 {
            parts.push(name(record, &twins));
        }
        if targets > 1 {
            parts.push(record.target.as_str());
        }
        parts.join("/")
    };
    let labelled = records.iter().map(|record| match label(record) {
        none if none.is_empty() => record.clone(),
        label => {
            let mut record = record.clone();
            record.name = format!("{label}/{}", record.name);
            record.model = record.model.map(|model| format!("{label}/{model}"));
            record
        }
    });
    labelled.collect()
}

/// Returns the crate's name in Cargo.toml, or its folder: also where two crates have the same name.
fn name<'a>(record: &'a Record, twins: &BTreeSet<&str>) -> &'a str {
    match (record.crate_name.as_str(), record.package.as_str()) {
        ("", "") => ".",
        ("", folder) => folder,
        (name, folder) if !folder.is_empty() && twins.contains(name) => folder,
        (name, _) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(folder: &str, name: &str, target: &str) -> Record {
        let text = |text: &str| text.to_owned();
        Record {
            package: text(folder),
            crate_name: text(name),
            target: text(target),
            name: text("m::T1 x"),
            model: Some(text("m")),
            ..Record::default()
        }
    }

    #[test]
    fn a_crate_is_named_where_there_are_two() {
        let names = |records: &[Record]| {
            let labelled = labelled(records).into_iter();
            labelled.map(|record| record.name).collect::<Vec<_>>()
        };
        let (one, two) = (record("gates/one", "one", "alignment"), record("gates/two", "two", "alignment"));
        assert_eq!(names(&[one.clone(), one.clone()]), ["m::T1 x", "m::T1 x"]);
        assert_eq!(names(&[one.clone(), two.clone()]), ["one/m::T1 x", "two/m::T1 x"]);
        assert_eq!(labelled(&[one.clone(), two.clone()])[1].model.as_deref(), Some("two/m"));
        let functions = record("gates/one", "one", "functions");
        assert_eq!(
            names(&[one.clone(), functions, two]),
            ["one/alignment/m::T1 x", "one/functions/m::T1 x", "two/m::T1 x"]
        );
        assert_eq!(names(&[one.clone(), record("", "", "")]), ["m::T1 x", "m::T1 x"]);
        // Two repositories' crates of one name, and records of a version that did not know it.
        let (twin, nameless) = (record("other", "one", "alignment"), record("", "", "alignment"));
        assert_eq!(names(&[one, twin, nameless]), ["gates/one/m::T1 x", "other/m::T1 x", "./m::T1 x"]);
    }
}
