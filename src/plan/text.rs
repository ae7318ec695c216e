//! The plan as text for people: a block for each model with its checks, then a table of requests.

use std::fmt;

use super::{Answers, Back, Basis, Detects, Forecast, Likely, Plan, Told, VARIABLE};
use crate::ground::format::{counted, rate, thousands};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self.checks.len();
        writeln!(f, "plan: {}, error rate {} for the whole run", counted(checks, "check"), self.error_rate)?;
        let mut model = "";
        for check in &self.checks {
            if check.model != model {
                model = &check.model;
                writeln!(f, "\n{model}")?;
            }
            write!(f, "{check}")?;
        }
        writeln!(f)?;
        if self.requests.is_empty() {
            return writeln!(f, "no model is asked: all answers are published figures");
        }
        self.table(f)?;
        let total = self.total(None);
        let [likely, most, recorded] = [total.likely, total.most, total.recorded].map(thousands);
        let are = if total.recorded == 1 { "is" } else { "are" };
        write!(f, "\nlikely {likely} requests, at most {most}; {recorded} {are} recorded")?;
        if total.is_nothing() {
            return writeln!(f);
        }
        if total.back.most > 0 {
            write!(f, "\nasked back where an answer is unread: {}", total.back)?;
        }
        writeln!(f, "\n{}", total.cost)
    }
}

impl Plan {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["requests", "", "questions", "forms", "answers", "likely", "at most", "recorded"];
        let mut rows = vec![head.map(str::to_owned)];
        let mut at = 0;
        while let Some(first) = self.requests.get(at) {
            let own = self.requests[at..].iter().take_while(|requests| requests.model == first.model);
            let before = rows.len();
            for requests in own {
                rows.push([
                    first.model.clone(),
                    requests.task.clone(),
                    requests.items.to_string(),
                    requests.forms.to_string(),
                    requests.answers.to_string(),
                    thousands(requests.likely),
                    thousands(requests.most),
                    thousands(requests.recorded),
                ]);
            }
            let tasks = rows.len() - before;
            if tasks > 1 {
                let total = self.total(Some(&first.model));
                let [likely, most, recorded] = [total.likely, total.most, total.recorded].map(thousands);
                let none = String::new;
                let name = first.model.clone();
                rows.push([name, "all".to_owned(), none(), none(), none(), likely, most, recorded]);
            }
            at += tasks;
        }
        let mut widths = [0; 8];
        for row in &rows {
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
        }
        for row in &rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                // Names are aligned to the left, numbers to the right.
                let cell = if column < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") };
                line += &cell;
                line += "  ";
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Returns what a run says before it asks a model.
    pub(crate) fn announcement(&self, model: &str) -> String {
        let total = self.total(Some(model));
        let [likely, most] = [total.likely, total.most].map(thousands);
        let back = match total.back.most {
            0 => String::new(),
            _ => format!(" asked back where an answer is unread ({});", total.back.counts()),
        };
        format!(
            "plan: {model}: likely {likely} requests, at most {most};{back} {} ({VARIABLE}=1 shows why)",
            total.cost
        )
    }
}

impl Back {
    /// Writes `likely 12, at most 200 more`; only the most where nothing is recorded.
    fn counts(&self) -> String {
        let [likely, most] = [self.likely, self.most].map(thousands);
        let likely = if self.known.0 == 0 { String::new() } else { format!("likely {likely}, ") };
        format!("{likely}at most {most} more")
    }
}

impl fmt::Display for Back {
    /// Writes `likely 12, at most 200 more (5 of 50 recorded were unread)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.counts())?;
        let (of, unread) = self.known;
        if of == 0 {
            return Ok(());
        }
        let were = if unread == 1 { "was" } else { "were" };
        write!(f, " ({} of {} recorded {were} unread)", thousands(unread), thousands(of))
    }
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sentence, rate) = (&self.sentence, rate(self.rate));
        let likely = match &self.answers {
            Answers::Once { answers } => {
                let once = format!("judged once, {answers} answers per question (error rate {rate})");
                return writeln!(f, "  {sentence}: {once}");
            }
            Answers::Unjudged { why } => return writeln!(f, "  {sentence}\n    not judged: {why}"),
            Answers::Asked { likely, basis } => likely_text(*likely, *basis),
        };
        writeln!(f, "  {sentence}\n    likely   {likely}\n    judged   at any look, at error rate {rate}")?;
        if let Some(detects) = detects_text(sentence, &self.detects) {
            writeln!(f, "    detects  {detects}")?;
        }
        if let Some(instead) = &self.instead {
            writeln!(
                f,
                "    instead  a rank correlation jumps where two scores tie; `{instead}` does not, with a bound of its own"
            )?;
        }
        Ok(())
    }
}

fn likely_text(likely: Likely, basis: Basis) -> String {
    let count = match likely {
        Likely::Decided(n) => format!("decided after {n} answers per question"),
        Likely::AtLeast { pass, fail, .. } if pass == fail => {
            format!("decided after at least {} answers per question", pass.unwrap_or(0))
        }
        Likely::AtLeast { pass, fail, most } => {
            let end = |least: Option<u32>, what: &str| match least {
                Some(least) if least > most => {
                    format!("at least {} to {what}, which is more than may be asked", thousands(least.into()))
                }
                Some(least) => format!("at least {least} answers per question to {what}"),
                None => format!("no number of answers lets it {what}"),
            };
            format!("{}; {}", end(pass, "pass"), end(fail, "fail"))
        }
        Likely::Undecided { most, fixed, takes, unread, asks } => {
            let name = if fixed { "samples" } else { "max_samples" };
            let about = if basis == Basis::Least { "at least" } else { "about" };
            let takes = match takes {
                Some(takes) => format!("would take {about} {}", thousands(u64::from(takes))),
                None if unread => {
                    "no number of answers decides it while so many of them are unread".to_owned()
                }
                None => "too close to the bound".to_owned(),
            };
            let saved = match most.saturating_sub(asks) {
                0 => String::new(),
                saved => format!("; likely given up after {asks}, which saves {saved} answers per question"),
            };
            format!("undecided at {name} = {most}: {takes}{saved}")
        }
    };
    let basis = match basis {
        Basis::Recorded { answers } => format!("its {answers} recorded answers"),
        Basis::Snapshot { answers } => format!("its snapshot of {answers} answers"),
        Basis::Published { models, range, undecided } => {
            let mut said = vec![counted(models, "published model")];
            if let Some((least, most)) = range {
                said.push(if least == most { format!("{least}") } else { format!("{least} to {most}") });
            }
            if undecided > 0 {
                said.push(format!("{undecided} undecided"));
            }
            match said.split_first() {
                Some((models, rest)) if !rest.is_empty() => format!("{models}: {}", rest.join(", ")),
                _ => said.concat(),
            }
        }
        Basis::Least => "no answers to go by, so all are assumed to be the same".to_owned(),
    };
    format!("{count} ({basis})")
}

/// Describes what all sizes detect in one line; `None` where there is nothing to say.
fn detects_text(sentence: &str, detects: &[Detects]) -> Option<String> {
    // Shares are written as the sentence writes its bound.
    let percent = sentence.ends_with('%');
    let above =
        |value: f64| if percent { up(value) } else { format!("{:.2}", (value * 100.0).ceil() / 100.0) };
    let below =
        |value: f64| if percent { down(value) } else { format!("{:.2}", (value * 100.0).floor() / 100.0) };
    let each: Vec<String> = detects
        .iter()
        .map(|Detects { answers, told }| (thousands(u64::from(*answers)), told))
        .map(|(answers, told)| match told {
            Told::FromBound { above: None, below: None } => format!("{answers} answers cannot decide it"),
            Told::FromBound { above: up, below: down } => {
                let ends: Vec<String> = [
                    up.map(|value| format!("of {} or more", above(value))),
                    down.map(|value| format!("of {} or less", below(value))),
                ]
                .into_iter()
                .flatten()
                .collect();
                format!("{answers} answers decide a truth {}", ends.join(", or "))
            }
            Told::Shares { from_ninety, around_half } => {
                let pairs: Vec<String> = [
                    from_ninety.map(|share| format!("90% and {}", down(share))),
                    around_half.map(|share| format!("{} and {}", up(share), down(1.0 - share))),
                ]
                .into_iter()
                .flatten()
                .collect();
                match pairs.is_empty() {
                    true => format!("{answers} answers tell no two shares apart"),
                    false => format!("{answers} answers tell apart shares of {}", pairs.join(", or of ")),
                }
            }
            Told::Neighbours { agree: Some(share) } => {
                format!("{answers} answers tell which of two neighbours is first if {} agree", up(*share))
            }
            Told::Neighbours { agree: None } => {
                format!("{answers} answers do not tell which of two neighbours is first")
            }
        })
        .collect();
    (!each.is_empty()).then(|| each.join("; "))
}

/// Writes a share as a percentage, rounded up, so that it suffices.
fn up(share: f64) -> String {
    format!("{:.0}%", (share * 100.0 - 1e-6).ceil())
}

fn down(share: f64) -> String {
    format!("{:.0}%", (share * 100.0 + 1e-6).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_promise_too_much() {
        assert_eq!((up(0.801), down(0.799), up(0.8), down(0.8)).0, "81%");
        assert_eq!((down(0.799), up(0.8), down(0.8)), ("79%".into(), "80%".into(), "80%".into()));
    }

    #[test]
    fn what_is_not_decided_says_why() {
        let undecided =
            |takes, fixed| Likely::Undecided { most: 200, fixed, takes, unread: false, asks: 200 };
        let published = Basis::Published { models: 8, range: Some((11, 36)), undecided: 5 };
        assert_eq!(
            likely_text(undecided(Some(1300), false), published),
            "undecided at max_samples = 200: would take about 1,300 (8 published models: 11 to 36, 5 undecided)"
        );
        assert_eq!(
            likely_text(undecided(None, true), Basis::Recorded { answers: 50 }),
            "undecided at samples = 200: too close to the bound (its 50 recorded answers)"
        );
        let unread = Likely::Undecided { most: 200, fixed: false, takes: None, unread: true, asks: 62 };
        assert_eq!(
            likely_text(unread, Basis::Recorded { answers: 50 }),
            "undecided at max_samples = 200: no number of answers decides it while so many of them are unread; likely given up after 62, which saves 138 answers per question (its 50 recorded answers)"
        );
        assert_eq!(
            likely_text(undecided(Some(300), false), Basis::Least),
            "undecided at max_samples = 200: would take at least 300 (no answers to go by, so all are assumed to be the same)"
        );
        let least = |pass, fail| likely_text(Likely::AtLeast { pass, fail, most: 200 }, Basis::Least);
        for (said, wanted) in [
            (least(Some(9), Some(9)), "decided after at least 9 answers per question"),
            (
                least(Some(36), Some(9)),
                "at least 36 answers per question to pass; at least 9 answers per question to fail",
            ),
            (
                least(Some(1036), Some(9)),
                "at least 1,036 to pass, which is more than may be asked; at least 9 answers per question to fail",
            ),
            (
                least(None, Some(9)),
                "no number of answers lets it pass; at least 9 answers per question to fail",
            ),
        ] {
            assert_eq!(said, format!("{wanted} (no answers to go by, so all are assumed to be the same)"));
        }
    }
}
