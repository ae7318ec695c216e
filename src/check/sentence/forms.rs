//! The forms of sentence that measures understand, written out for people: the reference in `docs/` is made of them.

use super::{Part, Syntax, Unit};

/// One form of sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What follows the task's id, with names and numbers as placeholders in capitals: `selects VALUE >= SHARE`.
    pub pattern: String,
    /// A sentence of this form.
    pub example: &'static str,
    /// What its bound counts; `None` where it has none.
    pub unit: Option<Unit>,
    /// Whether `beats chance` may stand in place of the bound, or why not.
    pub chance: Result<(), &'static str>,
}

impl Form {
    pub(in crate::check) fn of(syntax: &Syntax) -> Form {
        let parts: Vec<String> = syntax.parts.iter().map(written).collect();
        let (mut unit, mut chance) = (None, Err("it has no bound"));
        for part in syntax.parts {
            match part {
                Part::Bound(own) | Part::BoundFor(own) => (unit, chance) = (Some(*own), Ok(())),
                Part::Limit(own, why) => (unit, chance) = (Some(*own), Err(*why)),
                _ => {}
            }
        }
        let mut pattern = parts.join(" ");
        if syntax.example.contains("<=") {
            pattern = pattern.replace(">=", "<=");
        }
        Form { pattern, example: syntax.example, unit, chance }
    }
}

fn written(part: &Part) -> String {
    let bound = |unit: &Unit| match unit {
        Unit::Share => "SHARE",
        Unit::Index => "INDEX",
        Unit::Correlation => "CORRELATION",
        Unit::Number | Unit::Place => "NUMBER",
    };
    match part {
        Part::Word(word) => (*word).to_owned(),
        Part::TopK => "top-K".to_owned(),
        Part::Number => "K".to_owned(),
        Part::Percent => "SHARE".to_owned(),
        Part::Within => "±K".to_owned(),
        // `a value`, `another value`, `` `snapshot` or a respondent ``
        Part::Name(what) => match what.rsplit(' ').next() {
            Some(_) if what.starts_with('`') => "SNAPSHOT-OR-RESPONDENT".to_owned(),
            Some(noun) if what.starts_with("another ") => format!("OTHER-{}", noun.to_uppercase()),
            noun => noun.unwrap_or_default().to_uppercase(),
        },
        Part::Level => "LEVEL".to_owned(),
        Part::Where => "[in CONTEXT | in every context]".to_owned(),
        Part::In => "[in CONTEXT]".to_owned(),
        Part::Bound(unit) | Part::Limit(unit, _) => format!(">= {}", bound(unit)),
        Part::BoundFor(unit) => format!("for >= {}", bound(unit)),
    }
}
