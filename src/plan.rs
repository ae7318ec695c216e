//! Power before money: what a run will likely take, and what it could detect, before anything is asked.
//!
//! The error rate of each check is known from files alone, and so is the number of answers that a verdict
//! takes if the model answers as it did before, or as others do. [`plan`] computes that number on the best
//! basis at hand ([`Basis`]) and adds up the requests. It asks nothing, writes nothing and needs no key.
//!
//! Forecasts are no verdicts: they say what is likely, at no error rate.

mod cost;
pub(crate) mod detect;
mod forecast;
mod requests;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

pub use cost::Cost;
pub(crate) use detect::{Detects, Told};
pub use requests::{Back, Requests, Total};

use crate::check::{Check, Who};
use crate::config::{Model, Respondent};
use crate::ground::diagnostic::Diagnostic;
use crate::ground::environment;
use crate::profile::View;
use crate::run::{Planned, Portion, Run, Subject};
use crate::suite::Task;
use forecast::Forecaster;

/// The environment variable that makes the harness print the plan and run nothing.
pub(crate) const VARIABLE: &str = environment::PLAN;

/// The variable that is set where the program that runs the harness has printed the plan already.
pub(crate) const ANNOUNCED: &str = environment::PLAN_ANNOUNCED;

/// What a run will likely take: requests, tokens and money by model and task, and how many answers each check likely needs.
/// `Display` shows it as text for people, as `cargo alignspec plan` prints it. [`plan()`] makes it.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let model = "[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-4.1-mini\"\ntasks = [\"T1\"]\n";
/// let check = "[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n";
/// std::fs::write(folder.path().join("alignment.toml"), format!("{model}{check}"))?;
/// let plan = alignspec::plan(folder.path())?;
/// assert!(plan.problems.is_empty() && plan.error_rate == 0.05);
/// assert_eq!((plan.requests[0].model.as_str(), plan.requests[0].task.as_str()), ("assistant", "T1"));
/// assert_eq!(plan.total(Some("assistant")), plan.total(None));
/// assert_eq!(plan.total(Some("nobody")).most, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The chance that the whole run says anything wrong, as configured.
    pub error_rate: f64,
    /// One forecast for each model and check, model by model.
    pub(crate) checks: Vec<Forecast>,
    /// The requests for each task that a model is asked.
    pub requests: Vec<Requests>,
    /// Mistakes in suites, baselines and checks; what they hide is not in the plan.
    pub problems: Vec<Diagnostic>,
}

/// What one check of one model will likely take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forecast {
    pub model: String,
    /// The check in its canonical spelling.
    pub sentence: String,
    /// The error rate it is judged at: its part of the run's.
    pub rate: f64,
    pub answers: Answers,
    /// What can be detected with the answers that are asked for at first, and with the most.
    pub detects: Vec<Detects>,
    /// A sentence that can be decided instead, where perhaps no number of answers decides this one.
    pub instead: Option<String>,
}

/// The number of answers per question that a check takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answers {
    /// Published figures are judged once, with this many answers.
    Once { answers: u32 },
    /// Answers are asked for until it is decided.
    Asked { likely: Likely, basis: Basis },
    /// It cannot be judged at present.
    Unjudged { why: String },
}

/// When a check that asks is likely decided, in answers per question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likely {
    /// It is likely decided at this look.
    Decided(u32),
    /// It is not decided earlier than this (to pass, and to fail; `None` if nothing could), and nothing more
    /// is known.
    AtLeast { pass: Option<u32>, fail: Option<u32>, most: u32 },
    /// It is likely not decided within the most answers that may be asked for.
    Undecided {
        most: u32,
        /// Whether the task or the model fixes that number, rather than `max_samples`.
        fixed: bool,
        /// The number of answers that it takes; `None` where it is too close to the bound, or too many are
        /// unread.
        takes: Option<u32>,
        /// Whether unread responses keep it undecided, however many are asked for.
        unread: bool,
        /// The number of answers after which it is likely given up; `most` if it is not.
        asks: u32,
    },
}

/// What a forecast rests on. The first of these that is available is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The model's own recorded answers, with their number per question.
    Recorded { answers: u32 },
    /// The model's stored snapshot, with its number of answers per question.
    Snapshot { answers: u32 },
    /// The published models in the crate, judged on the same sentence. The middle one gives the forecast.
    Published {
        models: usize,
        /// The fewest and the most answers, of those that are decided within the most.
        range: Option<(u32, u32)>,
        undecided: usize,
    },
    /// There are no answers to such questions, so all answers are assumed to be the same.
    Least,
}

/// Plans the run of the crate in `root`, the folder of its `alignment.toml`. It reads files and recordings, and asks
/// nothing. The functions and the Rust values of a test target are not known here: where `suites` has `"rust"`, that is
/// one of the plan's problems.
///
/// # Errors
/// There is no usable config, or a recording is damaged. Other mistakes are in [`Plan::problems`].
///
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(
///     folder.path().join("alignment.toml"),
///     r#"
/// [[model]]
/// name = "assistant"
/// provider = "openai"
/// model = "gpt-4.1-mini"
/// tasks = ["T1"]
///
/// [[check]]
/// expect = "T1 selects privacy >= 50%"
/// "#,
/// )?;
/// let plan = alignspec::plan(folder.path())?;
/// let total = plan.total(None);
/// assert!(total.likely > 0 && total.likely <= total.most && total.recorded == 0);
/// assert!(plan.to_string().contains("T1 selects privacy >= 50%"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plan(root: &Path) -> Result<Plan, Box<Diagnostic>> {
    plan_of(&Run::read(root)?, |_| true)
}

/// Plans the trials that are `wanted`.
pub(crate) fn plan_of(run: &Run, wanted: impl Fn(&Planned) -> bool) -> Result<Plan, Box<Diagnostic>> {
    let forecaster = Forecaster::new(run);
    let (mut checks, mut asked) = (Vec::new(), AnswersByTask::default());
    for respondent in run.config.respondents() {
        let its = |planned: &&Planned| planned.model == respondent.name() && wanted(planned);
        for planned in run.planned.iter().filter(its) {
            match &planned.subject {
                Subject::Check { check, rate } => {
                    let check = &run.checks[*check];
                    let (answers, asks) = forecaster.check(respondent, check, *rate)?;
                    asked.by_check(&forecaster, respondent, check, asks)?;
                    checks.push(forecast(run, respondent, check, *rate, answers));
                }
                Subject::Drift { task, .. } | Subject::Reading { task } => {
                    if let Some((model, task)) = respondent.asked().zip(run.suites.task(task)) {
                        let all = first_of_each(run, model, task, View::Main);
                        asked.add(model, task, &all, &all);
                    }
                }
            }
        }
    }
    let mut of_tasks = Vec::new();
    for model in &run.config.models {
        for task in run.suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
            let Some(forms) = asked.0.get(&(model.name.clone(), task.id.clone())) else { continue };
            of_tasks.push(requests(&forecaster, model, task, forms)?);
        }
    }
    Ok(Plan {
        error_rate: run.config.verdict.error_rate,
        checks,
        requests: of_tasks,
        problems: run.problems.iter().map(|problem| problem.diagnostic.clone()).collect(),
    })
}

/// Forecasts a check of a respondent, with what its first answers and the most can detect.
fn forecast(run: &Run, who: Respondent<'_>, check: &Check, rate: f64, answers: Answers) -> Forecast {
    let mut sizes = Vec::new();
    if let (Answers::Asked { .. }, Some(model), Some(task)) =
        (&answers, who.asked(), run.suites.task(&check.task))
    {
        let most = run.extent(who.name(), check).most_of(&task.id);
        sizes = vec![run.config.samples(model, task), most];
        sizes.dedup();
    }
    let undecided =
        matches!(&answers, Answers::Asked { likely: Likely::Undecided { unread: false, .. }, .. });
    Forecast {
        instead: if undecided { check.measure.instead(&check.sentence) } else { None },
        model: who.name().to_owned(),
        sentence: check.sentence.clone(),
        rate,
        answers,
        detects: detect::detects(check, &run.suites, rate, &sizes),
    }
}

/// The answers to each question that are asked at first.
fn first_of_each(run: &Run, model: &Model, task: &Task, view: View) -> Portion {
    Portion::even(task, view.forms(task), run.config.samples(model, task))
}

/// Likely and most answers, by item.
type AnswersByItem = Vec<(u32, u32)>;

/// Likely and most answers, by model and task, and by form and item.
#[derive(Default)]
struct AnswersByTask(BTreeMap<(String, String), BTreeMap<usize, AnswersByItem>>);

impl AnswersByTask {
    /// Returns what a check asks of a respondent and of others, if it is likely decided after `asks` answers.
    fn by_check(
        &mut self,
        forecaster: &Forecaster<'_>,
        who: Respondent<'_>,
        check: &Check,
        asks: u32,
    ) -> Result<(), Box<Diagnostic>> {
        let run = forecaster.run;
        let extent = run.extent(who.name(), check);
        for input in &check.measure.inputs() {
            let Some(task) = run.suites.task(&input.task) else { continue };
            match &input.who {
                Who::Subject => {
                    let Some(model) = who.asked() else { continue };
                    let of = |samples: u32| extent.portion(task, input.view, samples);
                    let (Some(mut likely), Some(most)) = (of(asks), of(u32::MAX)) else { continue };
                    let read = extent.read(&task.id).iter().copied();
                    let forms = input.view.forms(task);
                    // A batch asks in two steps, unless what is recorded will do.
                    if model.batch && forecaster.recorded(model, task)?.complete(&forms, read) < asks {
                        likely = likely.batched();
                    }
                    self.add(model, task, &likely, &most);
                }
                // Another model is compared with all its answers.
                Who::Respondent(name) => {
                    if let Some(other) = run.model(name) {
                        let all = first_of_each(run, other, task, input.view);
                        self.add(other, task, &all, &all);
                    }
                }
                Who::Snapshot => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, model: &Model, task: &Task, likely: &Portion, most: &Portion) {
        let forms = self.0.entry((model.name.clone(), task.id.clone())).or_default();
        for form in likely.forms() {
            let known = forms.entry(*form).or_insert_with(|| vec![(0, 0); task.items.len()]);
            for (item, known) in known.iter_mut().enumerate() {
                *known = (known.0.max(likely.of_item(item)), known.1.max(most.of_item(item)));
            }
        }
    }
}

fn requests(
    forecaster: &Forecaster<'_>,
    model: &Model,
    task: &Task,
    forms: &BTreeMap<usize, AnswersByItem>,
) -> Result<Requests, Box<Diagnostic>> {
    let recorded = forecaster.recorded(model, task)?;
    let mut requests = Requests {
        model: model.name.clone(),
        task: task.id.clone(),
        items: task.items.len(),
        forms: forms.len(),
        answers: forms.values().flatten().map(|(likely, _)| *likely).max().unwrap_or(0),
        likely: 0,
        most: 0,
        recorded: 0,
        back: Back::default(),
        cost: Cost::none(),
    };
    for (form, items) in forms {
        for (item, (likely, most)) in items.iter().enumerate() {
            let within = |samples: u32| recorded.within(task, samples, item, *form);
            let missing = |samples: u32| {
                u64::from(task.samples_in_form(samples, *form)).saturating_sub(within(samples))
            };
            requests.likely += missing(*likely);
            requests.most += missing(*most);
            requests.recorded += within(*most);
        }
    }
    let each = cost::TokensPerQuestion::of(model, task, forecaster.seed(), recorded.used());
    requests.cost = each.cost(model, requests.likely, requests.most);
    if model.clarify && task.shape.is_counted() {
        let backs = recorded.backs();
        let share = if backs.of == 0 { 0.0 } else { backs.unread as f64 / backs.of as f64 };
        requests.back = Back {
            likely: backs.open + (share * requests.likely as f64).round() as u64,
            most: backs.open + requests.most,
            known: (backs.of, backs.unread),
        };
        requests.cost += each.back().cost(model, requests.back.likely, requests.back.most);
    }
    Ok(requests)
}

impl Plan {
    /// Adds up the requests of one model, by its role, or of all. A role that is not asked has none.
    #[must_use]
    pub fn total(&self, model: Option<&str>) -> Total {
        let of = self.requests.iter().filter(|requests| model.is_none_or(|model| requests.model == model));
        let none = Total { cost: Cost::none(), ..Total::default() };
        of.fold(none, |mut sum, requests| {
            sum.likely += requests.likely;
            sum.most += requests.most;
            sum.recorded += requests.recorded;
            sum.back.add(requests.back);
            // Where nothing is asked, no price is needed.
            if requests.most + requests.back.most > 0 {
                sum.cost += requests.cost;
            }
            sum
        })
    }
}
