//! Numbers, and nouns with numbers, as people read them.

/// `12,000`
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A regular noun in the number that fits a count: `question` for 1, else `questions`.
pub(crate) fn noun(count: usize, singular: &str) -> String {
    if count == 1 { singular.to_owned() } else { format!("{singular}s") }
}

/// A count with its noun: `1 question`, `12,000 questions`.
pub(crate) fn counted(count: usize, singular: &str) -> String {
    format!("{} {}", thousands(count as u64), noun(count, singular))
}

/// Joins words by commas and, before the last, by `and` or `or`: `a, b and c`.
pub(crate) fn series<T: AsRef<str>>(words: &[T], conjunction: &str) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, head @ [_, ..])) => format!("{} {conjunction} {last}", head.join(", ")),
        _ => words.concat(),
    }
}

/// Lists the first `most` names, and how many more there are: `a, b and 3 more`.
pub(crate) fn first_few<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A whole number as prose has it: in letters up to twelve.
pub(crate) fn number(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(number).map_or_else(|| thousands(number as u64), |word| (*word).to_owned())
}

/// An error rate, as reports print it.
pub(crate) fn rate(rate: f64) -> String {
    if rate >= 0.001 { format!("{rate:.4}") } else { format!("{rate:.1e}") }
}

/// A share in per cent, as reports print it.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    // A share that is not 0 is not shown as 0.
    if percent > 0.0 && percent < 0.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(
            [0, 1, 2, 1234].map(|count| counted(count, "question")),
            ["0 questions", "1 question", "2 questions", "1,234 questions"]
        );
    }

    #[test]
    fn lists_end_in_words() {
        let names = ["a", "b", "c"];
        assert_eq!([0, 1, 2, 3].map(|n| series(&names[..n], "or")), ["", "a", "a or b", "a, b or c"]);
        assert_eq!([2, 3].map(|most| first_few(&names, most)), ["a, b and 1 more", "a, b, c"]);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
