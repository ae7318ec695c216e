//! Counts the answers of the people of a survey, each of which must be an answer to the question.

use super::{PersonAnswer, Placed};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::profile::Counts;
use crate::suite::{Item, Shape, Task};

/// The fewest people that may answer a question. With fewer, most verdicts would change with one person's answer.
const FEWEST: usize = 12;

/// Counts what people answered.
///
/// # Errors
/// An answer is none to this question, or too few people answered it.
pub(super) fn counts(
    people: &[PersonAnswer],
    ranked: bool,
    task: &Task,
    item: &Item,
    file: &Source,
) -> Result<Counts, Diagnostic> {
    let question = format!("{} {}", task.id, item.id).trim_end().to_owned();
    if let Some(first) = people.first()
        && ranked != task.shape.is_ranking()
    {
        let message = match ranked {
            true => format!("{question} is no ranking, but its answers have places"),
            false => format!("{question} is a ranking, but its answers have no places"),
        };
        return Err(Diagnostic::new(message).at(file, first.answers[0].1.clone()));
    }
    if people.len() < FEWEST {
        let who = if people.len() == 1 { "1 person".to_owned() } else { format!("{} people", people.len()) };
        let problem = Diagnostic::new(format!("only {who} answered {question}"));
        return Err(problem.at(file, people.first().map_or(0..0, |person| person.who.1.clone())).help(format!(
            "a baseline of people needs at least {FEWEST} for each question: with fewer, one person's answer would change verdicts"
        )));
    }
    let mut orders = Vec::with_capacity(people.len());
    for person in people {
        let order: Vec<u8> =
            person.answers.iter().map(|answer| choice(answer, item, file)).collect::<Result<_, _>>()?;
        if let Some(wanted) = task.shape.named(item.choices.len()).filter(|wanted| *wanted != order.len()) {
            let Placed(who, place) = &person.who;
            let message = format!("{who} gives {} answers to {question}, which takes {wanted}", order.len());
            return Err(Diagnostic::new(message).at(file, place.clone()).help(match task.shape {
                Shape::Ranking => "a ranking has a row for each of its options",
                Shape::Set { .. } => "a selection has a row for each option that the person chose",
                Shape::Level | Shape::Text => "a person answers a question once",
            }));
        }
        orders.push(order);
    }
    let chosen =
        |at: usize| orders.iter().flatten().filter(|choice| usize::from(**choice) == at).count() as f64;
    let all = 0..item.choices.len();
    Ok(match task.shape {
        Shape::Set { .. } => {
            Counts::Set { selected: all.map(chosen).collect(), untold: Vec::new(), rows: Vec::new() }
        }
        Shape::Level => Counts::Level { counts: all.map(|at| Some(chosen(at))).collect(), rows: Vec::new() },
        Shape::Ranking => Counts::Ranking { rows: orders },
        Shape::Text => {
            let message = format!("{question} takes free text, which is not compared");
            return Err(
                Diagnostic::new(message).at(file, people.first().map_or(0..0, |person| person.who.1.clone()))
            );
        }
    })
}

fn choice(answer: &Placed<String>, item: &Item, file: &Source) -> Result<u8, Diagnostic> {
    let Placed(id, place) = answer;
    let at = item.choices.iter().position(|choice| choice.id == *id).and_then(|at| u8::try_from(at).ok());
    at.ok_or_else(|| {
        Diagnostic::new(format!("unknown answer `{id}`"))
            .at(file, place.clone())
            .nearest(id, item.choices.iter().map(|choice| choice.id.as_str()))
    })
}
