//! Who answered on two sides, and what they were asked with: what both sides share is written once, and the
//! rest for each side.

use crate::snapshot::is_asked_with;

/// Stands for a snapshot's head that does not say.
pub(crate) const NOT_TOLD: &str = "not told: stored by an older version";

/// Writes the lines under a drift. `before` and `now` are the lines of the two heads that say where the
/// answers come from.
pub(crate) fn of_drift(before: &[String], now: &[String]) -> Vec<String> {
    let told = |head: &[String], with: bool| {
        let lines: Vec<&str> =
            head.iter().map(String::as_str).filter(|line| is_asked_with(line) == with).collect();
        lines.join("; ")
    };
    let [old, new] = [before, now].map(|head| told(head, true));
    let differ = old != new;
    let mut lines = Vec::new();
    for (word, head, with) in [("before", before, &old), ("now", now, &new)] {
        let who = told(head, false);
        lines.push(format!("  {word:6}  {}", if who.is_empty() { NOT_TOLD } else { &who }));
        if differ && !with.is_empty() {
            lines.push(format!("          asked with {with}"));
        } else if differ && !who.is_empty() {
            lines.push(format!("          asked with settings that are {NOT_TOLD}"));
        }
    }
    if !differ && !new.is_empty() {
        lines.push(format!("  both    asked with {new}"));
    }
    lines
}

/// Writes the lines of a comparison that say who was asked with what, as far as the sides tell.
pub(crate) fn of_sides(before: (&str, &[String]), now: (&str, &[String])) -> Vec<String> {
    if before.1.is_empty() && now.1.is_empty() {
        return Vec::new();
    }
    if before.1 == now.1 {
        return now.1.iter().map(|with| format!("both: {with}")).collect();
    }
    let each = |(name, with): (&str, &[String])| match with {
        [] => vec![format!("{name}: not told")],
        with => with.iter().map(|with| format!("{name}: {with}")).collect(),
    };
    [each(before), each(now)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn what_is_the_same_is_told_once() {
        let one = head(&["model a", "system none", "settings x", "sampled 1"]);
        let other = head(&["model a", "system \"s\"", "settings x", "sampled 1"]);
        let text = |before: &[String], now: &[String]| of_drift(before, now).join("\n");
        assert_eq!(
            text(&one, &one),
            "  before  model a; sampled 1\n  now     model a; sampled 1\n  both    asked with system none; settings x"
        );
        assert_eq!(
            text(&one, &other),
            "  before  model a; sampled 1\n          asked with system none; settings x\n  now     model a; sampled 1\n          asked with system \"s\"; settings x"
        );
        assert_eq!(
            text(&head(&["model a"]), &one),
            "  before  model a\n          asked with settings that are not told: stored by an older version\n  now     model a; sampled 1\n          asked with system none; settings x"
        );
        assert_eq!(
            text(&[], &head(&["source a: b"])),
            "  before  not told: stored by an older version\n  now     source a: b"
        );
    }

    #[test]
    fn sides_that_tell_nothing_have_no_lines() {
        let [none, one, other] = [head(&[]), head(&["x"]), head(&["y"])];
        assert!(of_sides(("a", &none), ("b", &none)).is_empty());
        assert_eq!(of_sides(("a", &one), ("b", &one)), ["both: x"]);
        assert_eq!(of_sides(("a", &one), ("b", &other)), ["a: x", "b: y"]);
        assert_eq!(of_sides(("a", &none), ("b", &other)), ["a: not told", "b: y"]);
    }
}
