//! Templates: texts with placeholders such as `{prompt}`, each of which stands for a word.

/// Replaces each `{name}` by its word. One pass from left to right: a word with braces in it stays as it is, and so
/// does a placeholder that has no word.
pub(crate) fn fill<W: AsRef<str>>(template: &str, words: &[(&str, W)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let word = after.split_once('}').and_then(|(name, after)| {
            words.iter().find(|(known, _)| *known == name).map(|(_, word)| (word, after))
        });
        if let Some((word, after)) = word {
            text.push_str(word.as_ref());
            rest = after;
        } else {
            text.push('{');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

/// The names of the placeholders in a template, each with the place of its opening brace in bytes. Braces around
/// anything but lower-case letters and `_` are none: a template may hold JSON.
pub(crate) fn placeholders(template: &str) -> Vec<(usize, &str)> {
    template
        .match_indices('{')
        .filter_map(|(at, _)| {
            let name = &template[at + 1..at + 1 + template[at + 1..].find('}')?];
            let word = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            word.then_some((at, name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_braces_are_not_filled_twice() {
        let words = [("a", "{b}"), ("b", "no")];
        for (template, wanted) in [
            ("{a} {c} {b}{", "{b} {c} no{"),
            ("{ {a} {{b}} {a", "{ {b} {no} {a"),
            ("{}ä{b", "{}ä{b"),
            ("", ""),
        ] {
            assert_eq!(fill(template, &words), wanted, "{template:?}");
        }
    }

    #[test]
    fn finds_placeholders_but_not_json() {
        assert_eq!(placeholders("{options} {\"a\": 1} {x_y}"), [(0, "options"), (19, "x_y")]);
    }
}
