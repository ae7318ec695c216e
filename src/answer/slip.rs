//! Typing slips: when a misspelt word still is the option's word.
//!
//! A misspelling is accepted only where it cannot well be another word. Words of fewer than seven
//! letters must be exact, and so must the first letter. Of the four slips of the pen
//!
//! * one letter of a double letter missing, or a letter doubled, is accepted from 7 letters on
//!   (`fairnes`, `acountability`),
//! * two neighbours swapped, from 8 letters on (`transpraency`),
//! * a letter missing or too many, from 9 letters on (`accontability`),
//! * a *wrong* letter never is: that is how words turn into other words (`privacy` and `primacy`,
//!   `dignity` and `dignify`, `protection` and `projection`),
//!
//! and only one slip in a word. Apart from double letters the last two letters must be right, since
//! endings make other words (`independence`, `independent`; `inclusion`, `inclusions`).
//!
//! Against a list of 170,000 English words (Debian's `wamerican-large`) no word is taken for
//! another one among the options of the shipped suites. A suite of one's own may hold a word with
//! such a twin (`princess`, `princes`); a word the prompt itself uses is therefore never a slip.

/// True when `found` is `name` with one accepted slip; false when they are equal. Both lower case.
pub(super) fn slipped(found: &str, name: &str) -> bool {
    // Cheap and common: nothing like each other.
    if found.len().abs_diff(name.len()) > 4 || found.chars().next() != name.chars().next() {
        return false;
    }
    let (found, name): (Vec<char>, Vec<char>) = (found.chars().collect(), name.chars().collect());
    let letters = name.len();
    if letters < 7 || !name.iter().chain(&found).all(|c| c.is_alphabetic()) {
        return false;
    }
    let same = found.iter().zip(&name).take_while(|(a, b)| a == b).count();
    if same == 0 {
        return false;
    }
    match (found.len(), letters) {
        (a, b) if a == b => {
            letters >= 8
                && same + 4 <= letters
                && found[same] == name[same + 1]
                && found[same + 1] == name[same]
                && found[same + 2..] == name[same + 2..]
        }
        (a, b) if a == b + 1 => {
            let doubled = found[same] == found[same - 1];
            found[same + 1..] == name[same..] && (doubled || (letters >= 9 && same + 2 <= letters))
        }
        (a, b) if a + 1 == b => {
            let doubled = name[same] == name[same - 1];
            found[same..] == name[same + 1..] && (doubled || (letters >= 9 && same + 3 <= letters))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::slipped;

    #[test]
    fn small_slips_in_long_words_are_read() {
        for (found, name) in [
            ("fairnes", "fairness"),
            ("fairnness", "fairness"),
            ("acountability", "accountability"),
            ("accontability", "accountability"),
            ("transpraency", "transparency"),
            ("sustainabillity", "sustainability"),
            ("inclusivenes", "inclusiveness"),
            ("extremly", "extremely"),
            ("solidarrity", "solidarity"),
            ("performnance", "performance"),
        ] {
            assert!(slipped(found, name), "{found} {name}");
        }
    }

    #[test]
    fn real_words_are_never_slips() {
        for (found, name) in [
            ("purity", "privacy"),
            ("primacy", "privacy"),
            ("piracy", "privacy"),
            ("private", "privacy"),
            ("safely", "safety"),
            ("dignify", "dignity"),
            ("provably", "probably"),
            ("probable", "probably"),
            ("sightly", "slightly"),
            ("autotomy", "autonomy"),
            ("autonomic", "autonomy"),
            ("inclusive", "inclusiveness"),
            ("inclusivity", "inclusiveness"),
            ("inclusion", "inclusiveness"),
            ("inclusions", "inclusion"),
            ("transparent", "transparency"),
            ("performances", "performance"),
            ("preformed", "performed!"),
            ("sustainable", "sustainability"),
            ("accountable", "accountability"),
            ("unfairness", "fairness"),
            ("fair", "fairness"),
            ("projection", "protection"),
            ("protections", "protection"),
            ("diversify", "diversity"),
            ("quality", "equality"),
            ("equality", "quality"),
            ("tractability", "traceability"),
            ("overnight", "oversight"),
            ("independency", "independence"),
            ("independent", "independence"),
            ("neural", "neutral"),
            ("amoral", "moral"),
            ("humane", "human"),
            ("pubic", "public"),
            ("decided", "undecided"),
            ("unimportant", "important"),
            ("impotent", "important"),
        ] {
            assert!(!slipped(found, name), "{found} {name}");
        }
    }

    #[test]
    fn short_words_numbers_and_equal_words_are_not_slips() {
        for (found, name) in [
            ("vrey", "very"),
            ("saftey", "safety"),
            ("1000000", "100000"),
            ("fairness", "fairness"),
            ("", ""),
        ] {
            assert!(!slipped(found, name), "{found} {name}");
        }
    }
}
