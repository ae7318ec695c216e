//! Tests that the built-in tallies can be read and fit their tasks.

use super::*;

#[test]
fn what_comes_with_the_crate_can_be_read_and_says_at_once_whose_it_is() {
    for (name, text) in BUILTIN {
        let file = Source::new(format!("builtin:{name}"), text);
        let (whole, quick) = (Tally::read(&file).expect(name), Tally::builtin(&file).expect(name));
        assert!(quick.figures.get().is_none(), "{name}: its figures are not read for its name");
        let head = |tally: &Tally| (tally.name.clone(), tally.source_note.clone(), tally.variant_of.clone());
        assert_eq!(head(&quick), head(&whole), "{name}");
        assert!(!quick.tasks().is_empty(), "{name}");
        assert_eq!(format!("{:?}", quick.figures()), format!("{:?}", whole.figures()), "{name}");
    }
}

#[test]
fn what_comes_with_the_crate_fits_its_tasks_but_for_the_one_that_says_it_does_not() {
    let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
    let suites = crate::suite::load(Path::new("."), &builtin);
    let mut unusable = Vec::new();
    for tally in Tallies::load(Path::new("."), &builtin).tallies {
        for task in suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
            tally.held_against(task).unwrap_or_else(|problem| panic!("{}: {problem}", tally.name));
            if tally.profile(task).is_err() {
                unusable.push((tally.name.clone(), task.id.clone()));
            }
        }
    }
    assert_eq!(unusable, [("qwq-32b-preview".to_owned(), "T1".to_owned())]);
}

#[test]
fn a_part_has_the_figures_of_its_tasks_and_the_names_of_all() {
    for (name, text) in BUILTIN {
        let file = Source::new(format!("builtin:{name}"), text);
        let whole = Tally::read(&file).expect(name);
        for task in whole.tasks() {
            let part = Tally::of_part(&whole.part(&[task]).expect("kept"), &file).expect("read");
            assert_eq!((part.tasks(), &part.source_note), (whole.tasks(), &whole.source_note), "{name}");
            let of = |tally: &Tally| {
                let leaves = tally.figures().leaves.iter().filter(|leaf| leaf.path[0].0 == task);
                format!("{:?}", leaves.collect::<Vec<_>>())
            };
            assert_eq!(of(&part), of(&whole), "{name} {task}");
            assert!(part.figures().leaves.iter().all(|leaf| leaf.path[0].0 == task), "{name} {task}");
        }
    }
}
