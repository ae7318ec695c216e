//! `baselines/team.csv`: a survey as a table with a row for each answer of a person, which becomes a baseline.
//!
//! A row names the person, the task, the question (its context, and the item within that), and the answer by its id. Who
//! selects several options has a row for each; who ranks has one for each option, with its place. The people are a
//! sample like those of any survey (`baseline_uncertainty`), so there must be enough of them to say anything.

use std::ops::Range;

use super::Tally;
use super::TallyFigures;
use super::figures::{Figures, FiguresTable, PersonAnswer, Placed};
use crate::ground::csv::{CsvCell, CsvColumn, CsvTable};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::unseen::as_read;

type SurveyResult<T> = Result<T, Box<Diagnostic>>;

/// The columns of the table.
pub(super) const COLUMNS: [CsvColumn; 6] = [
    CsvColumn { name: "respondent", required: true },
    CsvColumn { name: "task", required: true },
    CsvColumn { name: "context", required: false },
    CsvColumn { name: "item", required: false },
    CsvColumn { name: "answer", required: true },
    CsvColumn { name: "place", required: false },
];

const RESPONDENT: usize = 0;
const TASK: usize = 1;
const CONTEXT: usize = 2;
const ITEM: usize = 3;
const ANSWER: usize = 4;
const PLACE: usize = 5;

/// The answers of all people to one question.
struct AskedQuestion<'a> {
    /// The task, and then the parts of the question's id, each with its cell in the first row.
    path: Vec<&'a CsvCell>,
    people: Vec<PersonRows<'a>>,
}

/// The rows of one person about one question.
struct PersonRows<'a> {
    respondent: &'a CsvCell,
    rows: Vec<&'a [CsvCell]>,
}

/// Returns whether a file is a survey.
pub(super) fn is_one(file: &Source) -> bool {
    file.name.ends_with(".csv")
}

/// Reads a survey.
///
/// # Errors
/// The first mistake in the file, with its place.
pub(super) fn read(file: &Source) -> SurveyResult<(Tally, TallyFigures)> {
    let table = CsvTable::read(file, &COLUMNS)?;
    let wrong = |cell: &CsvCell, message: String| Diagnostic::new(message).at(file, cell.span.clone());
    let name = name_of(file)?;
    let mut questions: Vec<AskedQuestion<'_>> = Vec::new();
    let mut people: Vec<&CsvCell> = Vec::new();
    for row in table.rows() {
        if let Some(at) = [RESPONDENT, TASK, ANSWER].into_iter().find(|at| row[*at].text.is_empty()) {
            let problem = wrong(&row[at], format!("this row has no `{}`", COLUMNS[at].name));
            return Err(problem
                .help("a question that a person did not answer has no row: remove it, or fill the cell")
                .into());
        }
        if !people.iter().any(|known| known.text == row[RESPONDENT].text) {
            told_apart(&row[RESPONDENT], &people, file)?;
            people.push(&row[RESPONDENT]);
        }
        let path: Vec<&CsvCell> = [TASK, CONTEXT, ITEM]
            .into_iter()
            .map(|at| &row[at])
            .filter(|cell| !cell.text.is_empty())
            .collect();
        let same = |question: &&mut AskedQuestion<'_>| {
            question.path.iter().map(|cell| &cell.text).eq(path.iter().map(|cell| &cell.text))
        };
        let question = match questions.iter_mut().find(same) {
            Some(known) => known,
            None => {
                questions.push(AskedQuestion { path, people: Vec::new() });
                let last = questions.len() - 1;
                &mut questions[last]
            }
        };
        match question.people.iter_mut().find(|person| person.respondent.text == row[RESPONDENT].text) {
            Some(person) => person.rows.push(row),
            None => question.people.push(PersonRows { respondent: &row[RESPONDENT], rows: vec![row] }),
        }
    }
    if questions.is_empty() {
        return Err(Diagnostic::new("this survey has no answer").at(file, 0..0).into());
    }
    let leaves =
        questions.iter().map(|question| figures(question, file)).collect::<SurveyResult<Vec<_>>>()?;
    let mut tasks: Vec<String> = Vec::new();
    for leaf in &leaves {
        if !tasks.contains(&leaf.path[0].0) {
            tasks.push(leaf.path[0].0.clone());
        }
    }
    let source_note = format!("a survey of {} people, {}", people.len(), file.name);
    let tally = Tally {
        name,
        source_note,
        variant_of: None,
        file: file.clone(),
        figures: once_cell::sync::OnceCell::new(),
    };
    Ok((tally, TallyFigures { tasks, leaves }))
}

/// Checks that a person is not one of others whose name only reads alike (`P10` and `p10`): whether these are one person
/// or two is not to be guessed.
fn told_apart(who: &CsvCell, others: &[&CsvCell], file: &Source) -> SurveyResult<()> {
    let name = as_read(&who.text);
    let Some(other) = others.iter().find(|other| as_read(&other.text) == name) else { return Ok(()) };
    let wrong = |cell: &CsvCell, message: String| Diagnostic::new(message).at(file, cell.span.clone());
    let line = wrong(other, String::new()).position().map_or(1, |(_, line, _)| line);
    let message = format!("the respondent `{}` reads like `{}` in line {line}", who.text, other.text);
    Err(wrong(who, message).help("write one person's name in one way, and give others another one").into())
}

/// Returns the name of a survey: that of its file, which must be a word that a sentence can have.
fn name_of(file: &Source) -> SurveyResult<String> {
    let last = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = last.strip_suffix(".csv").unwrap_or(last);
    let word = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    match word {
        true => Ok(name.to_owned()),
        false => Err(Diagnostic::new(format!("`{name}` cannot be the name of a baseline"))
            .at(file, 0..0)
            .help("checks call a survey by the name of its file: use letters, digits, `-`, `_` and `.`")
            .into()),
    }
}

/// Makes the figures of a question from the answers of its people.
fn figures(question: &AskedQuestion<'_>, file: &Source) -> SurveyResult<FiguresTable> {
    let path: Vec<(String, Range<usize>)> =
        question.path.iter().map(|cell| (cell.text.clone(), cell.span.clone())).collect();
    let named = path.iter().map(|(part, _)| part.as_str()).collect::<Vec<_>>().join(" ");
    let first = &question.people[0];
    let ranked = !first.rows[0][PLACE].text.is_empty();
    let answers = question.people.iter().map(|person| answers(person, &named, ranked, file));
    let answers = answers.collect::<SurveyResult<Vec<_>>>()?;
    let n = u32::try_from(answers.len()).unwrap_or(u32::MAX);
    let here = path[0].1.clone();
    Ok(FiguresTable::of_people(path, Placed(n, here), Figures::People { answers, ranked }))
}

/// Returns what one person answered, in the order of the places if there are any.
fn answers(
    person: &PersonRows<'_>,
    question: &str,
    ranked: bool,
    file: &Source,
) -> SurveyResult<PersonAnswer> {
    let who = &person.respondent.text;
    let wrong = |cell: &CsvCell, message: String| Diagnostic::new(message).at(file, cell.span.clone());
    let mut rows: Vec<(usize, &[CsvCell])> = Vec::new();
    for row in &person.rows {
        let (place, answer) = (&row[PLACE], &row[ANSWER]);
        if place.text.is_empty() == ranked {
            let message = match ranked {
                true => format!("this answer of {who} to {question} has no place, but others have one"),
                false => format!("this answer of {who} to {question} has a place, but others have none"),
            };
            return Err(wrong(place, message)
                .help("all answers to a ranking have a place, and no others")
                .into());
        }
        let number = match ranked {
            // Two ways to write a place would be two places to somebody who sorts or searches the file.
            true => place
                .text
                .parse()
                .ok()
                .filter(|number: &usize| *number > 0 && number.to_string() == place.text),
            false => Some(rows.len() + 1),
        };
        let Some(number) = number else {
            let message = format!("`{}` is not a place", place.text);
            return Err(wrong(place, message)
                .help("places are whole numbers from 1, the most important first, in digits alone")
                .into());
        };
        if let Some((_, before)) = rows.iter().find(|(_, before)| before[ANSWER].text == answer.text) {
            let line = wrong(&before[ANSWER], String::new()).position().map_or(1, |(_, line, _)| line);
            let message =
                format!("{who} answers {question} with `{}` twice, here and in line {line}", answer.text);
            return Err(wrong(answer, message)
                .help("a person answers each question once: remove the other answers")
                .into());
        }
        if rows.iter().any(|(known, _)| *known == number) {
            let message = format!("{who} gives place {number} in {question} twice");
            let help =
                "a person ranks once, and gives each place once: remove the other ranking, or break the tie";
            return Err(wrong(place, message).help(help).into());
        }
        rows.push((number, row));
    }
    rows.sort_by_key(|(number, _)| *number);
    if let Some(((_, row), missing)) = rows.iter().zip(1..).find(|((number, _), place)| number != place) {
        let message = format!("{who} gives no place {missing} in {question}");
        return Err(wrong(&row[PLACE], message).help("places count from 1, without gaps").into());
    }
    let answers = rows.iter().map(|(_, row)| Placed(row[ANSWER].text.clone(), row[ANSWER].span.clone()));
    Ok(PersonAnswer { who: Placed(who.clone(), person.respondent.span.clone()), answers: answers.collect() })
}
