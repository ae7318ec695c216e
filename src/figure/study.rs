//! Which figures there are of respondents' answers: those of the study, for any task whose answers have the shape.

use super::agreement;
use super::bars::{BarChart, BarGroup, PartColours, RespondentBar};
use super::levels;
use super::{DrawnRespondent, Figure, FigureContent, canvas};
use crate::suite::{About, Shape, Suites, Task};

const INTERVAL: &str = "The line at a bar is the 95 % interval (Clopper and Pearson)";
const COUNTED: &str = "n counts answers, and people where a survey was asked.";

/// Which figures are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WantedFigures {
    /// Of what each one answers.
    Answers,
    /// Of how far they agree.
    Agreement,
    /// What shows respondents together: without what is apart for each context, which takes much room for many of them.
    Together,
    All,
}

/// Makes the figures of these respondents, task by task.
pub(crate) fn figures(
    suites: &Suites,
    respondents: &[DrawnRespondent],
    wanted: WantedFigures,
) -> Vec<Figure> {
    let mut figures = Vec::new();
    for task in suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
        let have = respondents.iter().filter(|one| one.tables.contains_key(&task.id));
        let have: Vec<&DrawnRespondent> = have.collect();
        // People alone are nothing new.
        if have.iter().all(|one| one.people) {
            continue;
        }
        match task.shape {
            _ if wanted == WantedFigures::Agreement => {}
            Shape::Set { .. } => figures.extend(selections(task, &have)),
            Shape::Level => figures.extend(scales(task, &have, wanted)),
            Shape::Ranking if wanted == WantedFigures::Together => {}
            Shape::Ranking => figures.extend(places(task, &have)),
            Shape::Text => {}
        }
        if wanted != WantedFigures::Answers {
            figures.extend(agreement::figures(suites, task, &have));
        }
    }
    // Names are those of files, and some systems do not tell `T1` from `t1`.
    for at in 1..figures.len() {
        let (before, rest) = figures.split_at_mut(at);
        let same = before.iter().filter(|other| is_like(&other.name, &rest[0].name)).count();
        if same > 0 {
            rest[0].name = format!("{}_{}", rest[0].name, same + 1);
        }
    }
    figures
}

/// Whether a name is another one, with or without a number at its end.
fn is_like(name: &str, other: &str) -> bool {
    name.rsplit_once('_').filter(|(_, number)| number.parse::<usize>().is_ok()).map_or(name, |(name, _)| name)
        == other
}

fn figure(task: &Task, what: &str, title: &str, caption: String, chart: BarChart) -> Figure {
    Figure {
        name: format!("{}-{what}", task.id.to_lowercase()),
        title: format!("{}: {title}", task.id),
        caption,
        content: FigureContent::Bars(chart),
    }
}

/// The share of answers that selected each option: the study's Figure 1.
fn selections(task: &Task, respondents: &[&DrawnRespondent]) -> Vec<Figure> {
    let mut groups = Vec::new();
    for item in &task.items {
        for (at, choice) in item.choices.iter().enumerate() {
            let bar = |(place, respondent): (usize, &&DrawnRespondent)| {
                let table = &respondent.tables[&task.id];
                let row = &table.rows[table.row(&item.id)?];
                let share = *row.shares.get(at)?;
                let (told, most) = if row.tells(at) { (Some(share), None) } else { (None, Some(share)) };
                (row.n > 0).then(|| RespondentBar { respondent: place, n: row.n, parts: vec![told], most })
            };
            let bars: Vec<RespondentBar> = respondents.iter().enumerate().filter_map(bar).collect();
            let id = format!("{}.{}", item.id, choice.id);
            if !bars.is_empty() {
                groups.push(BarGroup {
                    item: id.trim_start_matches('.').to_owned(),
                    label: choice.label.clone(),
                    bars,
                });
            }
        }
    }
    let chart = BarChart {
        task: task.id.clone(),
        colours: PartColours::Respondents,
        options: vec!["selected".to_owned()],
        marked: (1, "selected".to_owned()),
        respondents: names(respondents),
        palette: canvas::palette(respondents.iter().map(|respondent| respondent.people)),
        groups,
    };
    let caption = format!("Share of answers that selected each option. {INTERVAL} of that share; {COUNTED}");
    let some = !chart.groups.is_empty();
    some.then(|| figure(task, "selections", "which options are selected", caption, chart))
        .into_iter()
        .collect()
}

fn names(respondents: &[&DrawnRespondent]) -> Vec<String> {
    respondents.iter().map(|respondent| respondent.name.clone()).collect()
}

/// Ratings by value and by context (the study's Figures 2 and 3), and trade-offs by respondent and by context (4 and 5).
fn scales(task: &Task, respondents: &[&DrawnRespondent], wanted: WantedFigures) -> Vec<Figure> {
    let is_pair = matches!(task.items.first().map(|item| &item.about), Some(About::Pair(..)));
    let (by_subject, by_context) = (levels::by_subject(task), levels::by_context(task));
    if is_pair {
        let of = "The line at a bar is the 95 % interval (Clopper and Pearson) of the share on the side of the first value, definitely or probably";
        let pooled = levels::chart(task, &by_subject, respondents).map(|chart| {
            let caption = format!("Answers to each trade-off, all contexts together. {of}; {COUNTED}");
            figure(task, "trade-offs-by-respondent", "trade-offs, by respondent", caption, chart)
        });
        if wanted == WantedFigures::Together {
            return pooled.into_iter().collect();
        }
        let questions = levels::by_question(task);
        let apart = levels::chart(task, &questions, respondents).map(|chart| {
            let caption = format!("Answers to each trade-off in each context. {of}; {COUNTED}");
            figure(task, "trade-offs-by-context", "trade-offs, by context", caption, chart)
        });
        return pooled.into_iter().chain(apart).collect();
    }
    let of = "of the share of the highest level";
    let by_value = levels::chart(task, &by_subject, respondents).map(|chart| {
        let caption = format!("Ratings of each value, all contexts together. {INTERVAL} {of}; {COUNTED}");
        figure(task, "ratings-by-value", "ratings, by value", caption, chart)
    });
    let by_context = levels::chart(task, &by_context, respondents).map(|chart| {
        let caption = format!("Ratings in each context, all values together. {INTERVAL} {of}; {COUNTED}");
        figure(task, "ratings-by-context", "ratings, by context", caption, chart)
    });
    by_value.into_iter().chain(by_context).collect()
}

/// The places that each story was given: the study's Figure 6.
fn places(task: &Task, respondents: &[&DrawnRespondent]) -> Vec<Figure> {
    let Some(k) = task.items.iter().map(|item| item.choices.len()).max().filter(|k| *k > 1) else {
        return Vec::new();
    };
    let mut groups = Vec::new();
    // A row of shares has as many places as its question has options, so that only questions of one size are compared.
    for item in task.items.iter().filter(|item| item.choices.len() == k) {
        for (at, choice) in item.choices.iter().enumerate() {
            let bar = |(place, respondent): (usize, &&DrawnRespondent)| {
                let table = &respondent.tables[&task.id];
                let row = &table.rows[table.row(&item.id)?];
                let parts = row.shares.get(at * k..(at + 1) * k)?.iter().copied().map(Some).collect();
                (row.n > 0).then_some(RespondentBar { respondent: place, n: row.n, parts, most: None })
            };
            let bars: Vec<RespondentBar> = respondents.iter().enumerate().filter_map(bar).collect();
            if !bars.is_empty() {
                let (item_id, id) = (item.id.replace('_', " "), choice.id.replace('_', " "));
                let label = if item.id.is_empty() { id } else { format!("{item_id}: {id}") };
                let item = format!("{}.{}", item.id, choice.id).trim_start_matches('.').to_owned();
                groups.push(BarGroup { item, label, bars });
            }
        }
    }
    let half = k / 2;
    let chart = BarChart {
        task: task.id.clone(),
        colours: PartColours::Ordered,
        options: (1..=k).map(|place| format!("place {place}")).collect(),
        marked: (half, format!("within the first {half}")),
        respondents: names(respondents),
        palette: canvas::palette(respondents.iter().map(|respondent| respondent.people)),
        groups,
    };
    let caption = format!(
        "Places that each option was given, from the first on the left. {INTERVAL} of the share within the first {half} places; {COUNTED}"
    );
    let some = !chart.groups.is_empty();
    some.then(|| figure(task, "places", "places of the ranked options", caption, chart)).into_iter().collect()
}
