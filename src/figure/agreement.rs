//! How far respondents agree: each two of them (the study's Figure 7), and each with two groups of people.

use super::rows::{heads, number, text};
use super::{DrawnRespondent, Figure, FigureContent, canvas};
use crate::check::{self, Check, Confidence, Scope};
use crate::ground::diagnostic::Source;
use crate::profile::Table;
use crate::stats::evidence::Design;
use crate::stats::sums::EndSearch;
use crate::suite::{CheckEntry, Suites, Task};

/// What stands for the other respondent in the sentence that says how agreement is measured.
const OTHER: &str = "the-other";

/// The ends of a 95 % interval may each be wrong with this chance.
const RATE: f64 = 0.025;

/// The seed of what an interval draws: figures of the same answers are the same.
const SEED: u64 = 20_251_106;

/// Spearman's ρ of each two respondents.
#[derive(Debug)]
pub(super) struct AgreementMatrix {
    pub task: String,
    /// The respondents, each with the fewest answers to one of its questions.
    pub respondents: Vec<(String, u32)>,
    /// The number of a respondent with each one before it; `None` where there is none.
    pub cells: Vec<Vec<Option<AgreementCell>>>,
}

/// Spearman's ρ of two respondents, with its interval where there is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct AgreementCell {
    pub rho: f64,
    pub interval: Option<(f64, f64)>,
}

/// Spearman's ρ of each respondent with two groups of people.
#[derive(Debug)]
pub(super) struct AgreementMap {
    pub task: String,
    /// The group across, and the group upwards.
    pub groups: [String; 2],
    pub points: Vec<AgreementPoint>,
}

#[derive(Debug)]
pub(super) struct AgreementPoint {
    pub respondent: String,
    pub n: u32,
    /// With each group: the number and its interval.
    pub with: [AgreementFound; 2],
}

#[derive(Debug, Clone, Copy)]
pub(super) struct AgreementFound {
    pub rho: f64,
    pub low: f64,
    pub high: f64,
}

impl AgreementCell {
    /// The interval in thousandths, never narrower than it is.
    fn outwards(self) -> AgreementCell {
        let interval =
            self.interval.map(|(low, high)| ((low * 1e3).floor() / 1e3, (high * 1e3).ceil() / 1e3));
        AgreementCell { interval, ..self }
    }
}

impl AgreementMatrix {
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let mut rows =
            vec![heads(&["task", "respondent", "other", "n", "other_n", "spearman", "low", "high"])];
        for (at, (name, n)) in self.respondents.iter().enumerate() {
            for ((other, other_n), cell) in self.respondents.iter().zip(&self.cells[at]) {
                let words = [&self.task, name, other].map(|word| text(&canvas::plain(word)));
                let interval = cell.and_then(|cell| cell.interval);
                let numbers =
                    [cell.map(|cell| cell.rho), interval.map(|(low, _)| low), interval.map(|(_, high)| high)];
                let counts = [n.to_string(), other_n.to_string()];
                rows.push(words.into_iter().chain(counts).chain(numbers.map(number)).collect());
            }
        }
        rows
    }
}

impl AgreementMap {
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![heads(&["task", "respondent", "group", "n", "spearman", "low", "high"])];
        for point in &self.points {
            for (group, found) in self.groups.iter().zip(point.with) {
                let words = [&self.task, &point.respondent, group].map(|word| text(&canvas::plain(word)));
                let numbers = [found.rho, found.low, found.high].map(|found| number(Some(found)));
                rows.push(words.into_iter().chain([point.n.to_string()]).chain(numbers).collect());
            }
        }
        rows
    }
}

/// Makes both figures of a task; none where its answers have no scores.
pub(super) fn figures(suites: &Suites, task: &Task, respondents: &[&DrawnRespondent]) -> Vec<Figure> {
    let sentence = format!("{} Spearman with {OTHER} >= 0", task.id);
    let entry =
        CheckEntry { source: Source::new("a figure", sentence.as_str()), ..CheckEntry::of(&sentence) };
    let Ok(check) = check::read(&entry, &Scope { suites, respondents: vec![OTHER] }) else {
        return Vec::new();
    };
    let agreement = Agreement { suites, check, task };
    agreement.matrix(respondents).into_iter().chain(agreement.map(respondents)).collect()
}

struct Agreement<'a> {
    suites: &'a Suites,
    check: Check,
    task: &'a Task,
}

impl Agreement<'_> {
    fn table<'r>(&self, respondent: &'r DrawnRespondent) -> &'r Table {
        &respondent.tables[&self.task.id]
    }

    fn rho(&self, tables: &[Table]) -> Option<f64> {
        let mut statistic = self.check.measure.prepare(tables, self.suites).ok()?;
        statistic(tables).ok().filter(|rho| rho.is_finite())
    }

    /// The number of the first table's answers with those of the second as they are given.
    fn cell(&self, tables: &[Table; 2]) -> Option<AgreementCell> {
        let rho = self.rho(tables)?;
        let sure =
            Confidence { rate: RATE, design: Design::Fixed, bound: 0.0, search: EndSearch::Told, seed: SEED };
        let interval = self.check.measure.interval(tables, self.suites, &sure).ok();
        Some(AgreementCell { rho, interval: interval.map(|(low, high)| (low.max(-1.0), high.min(1.0))) })
    }

    fn found(&self, respondent: &DrawnRespondent, group: &DrawnRespondent) -> Option<AgreementFound> {
        let tables = [self.table(respondent).without_unread(), self.table(group).without_unread()];
        let AgreementCell { rho, interval } = self.cell(&tables)?;
        interval.map(|(low, high)| AgreementFound { rho, low, high })
    }

    fn fewest(&self, respondent: &DrawnRespondent) -> u32 {
        self.table(respondent).rows.iter().map(|row| row.n).min().unwrap_or(0)
    }

    fn figure(&self, what: &str, title: String, caption: String, content: FigureContent) -> Figure {
        let (name, title) =
            (format!("{}-{what}", self.task.id.to_lowercase()), format!("{}: {title}", self.task.id));
        Figure { name, title, caption, content }
    }

    fn matrix(&self, respondents: &[&DrawnRespondent]) -> Option<Figure> {
        let tables: Vec<Table> = respondents.iter().map(|one| self.table(one).without_unread()).collect();
        let mut cells: Vec<Vec<Option<AgreementCell>>> = (0..tables.len()).map(|at| vec![None; at]).collect();
        // Column by column, so that what is known of one respondent's answers serves its whole column.
        for column in 0..tables.len() {
            for row in column + 1..tables.len() {
                let found = self.cell(&[tables[column].clone(), tables[row].clone()]);
                cells[row][column] = found.map(AgreementCell::outwards);
            }
        }
        cells.iter().flatten().any(Option::is_some).then(|| {
            let named = respondents.iter().map(|one| (one.name.clone(), self.fewest(one)));
            let matrix = AgreementMatrix { task: self.task.id.clone(), respondents: named.collect(), cells };
            let caption = "Spearman's ρ of the scores of all questions, for each two respondents: 1 where they put all in the same order, -1 in the opposite one. The interval is that of the column's respondent, with the answers of the row's as given; each of its ends is wrong with a chance of at most 2.5 %. n is the fewest answers to a question.";
            let title = "agreement between respondents".to_owned();
            self.figure("agreement", title, caption.to_owned(), FigureContent::Matrix(matrix))
        })
    }

    fn map(&self, respondents: &[&DrawnRespondent]) -> Option<Figure> {
        let mut people = respondents.iter().filter(|one| one.people);
        // The study has practitioners upwards.
        let (up, across) = people.next().zip(people.next())?;
        let points: Vec<AgreementPoint> = respondents
            .iter()
            .filter(|one| !one.people)
            .filter_map(|one| {
                let with = [self.found(one, across)?, self.found(one, up)?];
                Some(AgreementPoint { respondent: one.name.clone(), n: self.fewest(one), with })
            })
            .collect();
        (!points.is_empty()).then(|| {
            let (across, up) = (across.name.clone(), up.name.clone());
            let caption = format!(
                "Spearman's ρ of each respondent's scores with those of {} (across) and of {} (upwards). The lines are intervals whose ends are each wrong with a chance of at most 2.5 %, with the figures of the groups as given; one that leaves the map ends at its edge.",
                canvas::plain(&across),
                canvas::plain(&up)
            );
            let map = AgreementMap { task: self.task.id.clone(), groups: [across, up], points };
            self.figure("alignment-map", "alignment with two groups".to_owned(), caption, FigureContent::Map(map))
        })
    }
}
