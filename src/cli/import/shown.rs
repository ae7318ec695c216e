//! In which order the options of a question were shown, and with which letters: only that says what a letter in a
//! response stands for.

use super::table::ids_of;
use crate::ground::text::one_line;
use crate::suite::{Choice, Item};

/// The options of a question as they were shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShownOrder {
    /// Indices of the item's choices.
    pub choices: Vec<usize>,
    /// Whether the first had the letter A, the second B, and so on.
    pub letters: bool,
}

/// Reads the ids of a cell: those of all options, each once.
pub(super) fn of_ids(cell: &str, item: &Item) -> Result<ShownOrder, String> {
    let ids = ids_of(cell);
    let place = |id: &String| item.choices.iter().position(|choice| choice.id == *id);
    let choices: Option<Vec<usize>> = ids.iter().map(place).collect();
    let choices = choices.filter(|choices| is_whole(choices, item)).ok_or_else(|| {
        format!(
            "`shown` must name each of its {} options once, by their ids: {}",
            item.choices.len(),
            one_line(&ids_listed(&item.choices), 300)
        )
    })?;
    Ok(ShownOrder { choices, letters: true })
}

/// Finds the lines of a prompt that list the options. `None` if it lists none of them on a line of its own.
pub(super) fn of_prompt(prompt: &str, item: &Item) -> Result<Option<ShownOrder>, String> {
    let found: Vec<(usize, Option<char>)> = prompt.lines().filter_map(|line| listed(line, item)).collect();
    if found.is_empty() {
        return Ok(None);
    }
    let choices: Vec<usize> = found.iter().map(|(choice, _)| *choice).collect();
    if !is_whole(&choices, item) {
        return Err(format!(
            "its prompt lists {} of the {} options, or one of them twice, so it asked something else",
            choices.iter().collect::<std::collections::BTreeSet<_>>().len(),
            item.choices.len()
        ));
    }
    let letters = found.iter().zip('A'..='Z').all(|((_, letter), expected)| *letter == Some(expected));
    Ok(Some(ShownOrder { choices, letters: letters && found.len() <= 26 }))
}

fn is_whole(choices: &[usize], item: &Item) -> bool {
    choices.len() == item.choices.len() && (0..item.choices.len()).all(|at| choices.contains(&at))
}

fn ids_listed(choices: &[Choice]) -> String {
    choices.iter().map(|choice| choice.id.as_str()).collect::<Vec<_>>().join(", ")
}

/// Returns the option that a line shows, and the letter before it.
pub(super) fn listed(line: &str, item: &Item) -> Option<(usize, Option<char>)> {
    let plain = line.trim().trim_start_matches(['-', '*', '•', '–']).trim_start();
    let bare = |text: &str| text.trim().trim_matches('*').trim().to_owned();
    let choice = |text: &str| {
        let text = bare(text);
        item.choices.iter().position(|choice| choice.label == text || choice.synonyms.contains(&text))
    };
    if let Some(found) = choice(plain) {
        return Some((found, None));
    }
    let opened = plain.trim_start_matches(['(', '*']);
    let mut characters = opened.chars();
    let letter = characters.next().filter(char::is_ascii_uppercase)?;
    let rest = characters.as_str();
    let spaced = || rest.trim_start().strip_prefix(['-', '–', '—']);
    let rest = rest.strip_prefix(['.', ')', ':']).or_else(spaced)?;
    choice(rest.trim_start_matches('*')).map(|found| (found, Some(letter)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suites;

    fn item() -> Item {
        let suites = Suites::builtin();
        suites.task("T2").and_then(|task| task.item("medical.privacy")).expect("built in").1.clone()
    }

    #[test]
    fn the_order_is_that_of_the_lines_that_are_options() {
        let item = item();
        let labels: Vec<&str> = item.choices.iter().map(|choice| choice.label.as_str()).collect();
        let listed = |lines: &[String]| of_prompt(&format!("Rate it:\n{}\nAnswer.", lines.join("\n")), &item);
        let lettered: Vec<String> =
            labels.iter().rev().zip('A'..).map(|(label, letter)| format!("{letter}) {label}")).collect();
        let wanted = ShownOrder { choices: vec![4, 3, 2, 1, 0], letters: true };
        assert_eq!(listed(&lettered), Ok(Some(wanted.clone())));
        let bold: Vec<String> = lettered.iter().map(|line| format!("- **{line}**")).collect();
        assert_eq!(listed(&bold), Ok(Some(wanted)));
        let plain: Vec<String> = labels.iter().map(|label| format!("- {label}")).collect();
        assert_eq!(listed(&plain), Ok(Some(ShownOrder { choices: vec![0, 1, 2, 3, 4], letters: false })));
        // Other letters than those of the places say nothing of what a letter means here.
        let other: Vec<String> = lettered.iter().map(|line| line.replacen("A)", "E)", 1)).collect();
        assert_eq!(listed(&other).map(|order| order.map(|order| order.letters)), Ok(Some(false)));
        assert_eq!(of_prompt(&format!("Rate it as {}.", labels.join(", ")), &item), Ok(None));
        assert!(listed(&plain[1..]).is_err() && listed(&[plain.clone(), plain].concat()).is_err());
    }

    #[test]
    fn ids_name_each_option_once() {
        let item = item();
        let ids: Vec<&str> = item.choices.iter().rev().map(|choice| choice.id.as_str()).collect();
        let wanted = Ok(ShownOrder { choices: vec![4, 3, 2, 1, 0], letters: true });
        assert_eq!(of_ids(&ids.join(" | "), &item), wanted);
        assert!(of_ids(&ids[1..].join("|"), &item).is_err());
        assert!(of_ids(&[ids[0], &ids[1..].join("|"), ids[0]].join("|"), &item).is_err());
    }
}
