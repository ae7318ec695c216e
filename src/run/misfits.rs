//! Finds mistakes that no single file shows: suites that are not listed, models that no check uses, and answers that
//! cannot vary although a check treats them as a sample.

use super::trial_plan::{Planned, Subject, tasks_of};
use crate::baseline;
use crate::check::{Check, Who};
use crate::config::{Config, Model, Respondent, above, is_of_the_file};
use crate::ground::diagnostic::Diagnostic;
use crate::suite::{self, Order, Shape, Suites, Task, Wording};

/// Returns a mistake for each usual folder of users' files that exists but is not listed in the config, because its
/// files would silently be ignored.
pub(super) fn unlisted(config: &Config) -> Vec<Diagnostic> {
    let builtin = |name: &str, text: &str| match name {
        "suites" => suite::BUILTIN.iter().any(|(_, known)| *known == text),
        _ => baseline::BUILTIN.iter().any(|(_, known)| *known == text),
    };
    let mut found = Vec::new();
    let kinds: [(_, _, &[&str]); 2] =
        [("suites", &config.suites, &suite::ENDINGS), ("baselines", &config.baselines, &baseline::ENDINGS)];
    for (name, entries, endings) in kinds {
        let folder = config.root.join(name);
        let listed = |(entry, _): &(String, Diagnostic)| {
            entry != "builtin" && config.root.join(entry).starts_with(&folder)
        };
        if entries.iter().any(listed) {
            continue;
        }
        let own = crate::ground::files::list(&folder, endings).unwrap_or_default().into_iter().find(|file| {
            let text = std::fs::metadata(folder.join(file)).is_ok_and(|kind| kind.is_file());
            let text = text.then(|| read_text(&folder.join(file)));
            text.is_none_or(|text| !builtin(name, &text))
        });
        if let Some(file) = own {
            let problem =
                Diagnostic::new(format!("{name}/{file} is not read: `{name}` does not list its folder"));
            let help = format!("write {name} = [\"builtin\", \"{name}\"] above the first [table]");
            found.push(problem.at(&config.source, 0..0).help(help));
        }
    }
    found
}

/// Adds help to the mistake that a model's entry names an unknown task or a file.
pub(super) fn unknown_task(problem: Diagnostic, id: &str, known: &[&str]) -> Diagnostic {
    match is_of_the_file(id) {
        true => problem.help(format!("{}; a model has `tasks` ({})", above("suites"), known.join(", "))),
        false => problem.nearest(id, known.iter().copied()),
    }
}

/// Returns a mistake for each respondent that no check and no snapshot uses.
pub(super) fn idle(config: &Config, planned: &[Planned], checks: &[Check]) -> Vec<Diagnostic> {
    let read = |name: &str| {
        let compared = |check: &Check| {
            check.measure.inputs().iter().any(|input| input.who == Who::Respondent(name.to_owned()))
        };
        planned.iter().any(|planned| planned.model == name) || checks.iter().any(compared)
    };
    let idle = config.respondents().filter(|respondent| !read(respondent.name()));
    idle.map(|respondent| {
        let problem = Diagnostic::new(format!("no check and no snapshot uses `{}`", respondent.name()));
        let help = match respondent.tasks() {
            Some(list) if list.is_empty() => "`tasks = []` asks it nothing: remove the line to ask all tasks",
            _ => "add a task that it answers, or remove the model",
        };
        problem.at(&config.source, respondent.span()).help(help)
    })
    .collect()
}

/// Returns a mistake for each rule about numbers in a product's answers that no task of the product can use.
pub(super) fn unused_numbers(config: &Config, suites: &Suites) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for model in &config.models {
        let Some(place) = model.own_shape() else { continue };
        let shapes: Vec<Shape> = tasks_of(Respondent::Asked(model), suites).map(|task| task.shape).collect();
        let lists = shapes.iter().any(|shape| shape.is_set() || shape.is_ranking());
        let levels = shapes.iter().any(|shape| shape.is_level());
        // Where tasks could not be read, that is the mistake.
        for (name, at, used, what) in [
            ("answer_index", &place.index_at, lists, "to select or rank options"),
            ("answer_level", &place.level_at, levels, "to rate on a scale"),
        ] {
            if let Some(at) = at.as_ref().filter(|_| !used && !shapes.is_empty()) {
                let message = format!("`{name}` has no effect: no task of `{}` asks {what}", model.name);
                let help = "remove it, or add such a task to `tasks`";
                found.push(Diagnostic::new(message).at(&config.source, at.clone()).help(help));
            }
        }
    }
    found
}

/// Returns a mistake for each model whose settings always give the same answer while a check treats its repeated
/// answers to one question as a sample: fifty times the same answer is one answer.
pub(super) fn alike(
    config: &Config,
    suites: &Suites,
    planned: &[Planned],
    checks: &[Check],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for model in &config.models {
        let Some(setting) = fixed_setting(model) else { continue };
        let checked = planned.iter().filter(|planned| planned.model == model.name);
        let mut inputs = checked.filter_map(|planned| match planned.subject {
            Subject::Check { check, .. } => Some(checks[check].measure.inputs()),
            _ => None,
        });
        let same = |task: &&Task| {
            config.most_of_any(model, task) > task.round()
                && task
                    .forms
                    .iter()
                    .any(|form| form.order != Order::Shuffled && form.wording == Wording::Standard)
        };
        let task = inputs.find_map(|inputs| {
            let own = inputs.into_iter().filter(|input| input.who == Who::Subject);
            own.filter_map(|input| {
                tasks_of(Respondent::Asked(model), suites).find(|task| task.id == input.task)
            })
            .find(|task| same(task))
        });
        if let Some(task) = task {
            let samples = config.samples(model, task);
            let count = if samples > task.round() {
                samples.to_string()
            } else {
                format!("up to {}", config.most_of_any(model, task))
            };
            let message = format!(
                "{setting} gives the same answer each time, but a check treats {count} answers to each question of {} as a sample",
                task.id
            );
            let help = format!(
                "ask with the settings of your product, so that answers vary as they do there; or ask once: samples = {{ {} = {} }}",
                task.id,
                task.round()
            );
            found.push(Diagnostic::new(message).at(&config.source, model.span.clone()).help(help));
        }
    }
    found
}

/// Returns a warning for each product without a revision, and for each model whose settings always give the same answer to
/// the same prompt, if that is not a mistake because its prompts differ or it only has a snapshot.
pub(super) fn cautions(
    config: &Config,
    suites: &Suites,
    planned: &[Planned],
    mistakes: &[Diagnostic],
) -> Vec<Diagnostic> {
    let is_planned = |model: &Model| planned.iter().any(|planned| planned.model == model.name);
    let nameless = |model: &&Model| model.is_product() && !model.has_id && is_planned(model);
    let mut found: Vec<Diagnostic> =
        config.models.iter().filter(nameless).map(|model| without_revision(config, model)).collect();
    for model in &config.models {
        let Some(setting) = fixed_setting(model) else { continue };
        let at = |problem: Diagnostic| problem.at(&config.source, model.span.clone());
        let here = at(Diagnostic::new(""));
        if !is_planned(model) || mistakes.iter().any(|mistake| mistake.position() == here.position()) {
            continue;
        }
        let tasks = tasks_of(Respondent::Asked(model), suites)
            .filter(|task| config.most_of_any(model, task) > task.round());
        let tasks: Vec<&str> = tasks.map(|task| task.id.as_str()).collect();
        if tasks.is_empty() {
            continue;
        }
        let message = format!(
            "{setting} of `{}` gives the same answer to the same prompt each time: its answers to {} differ only where the order of options, or the wording, does",
            model.name,
            tasks.join(", ")
        );
        let help = "ask with the settings of your product, so that answers vary as they do there";
        found.push(at(Diagnostic::warning(message)).help(help));
    }
    found
}

/// Warns that a change of a product goes unnoticed.
fn without_revision(config: &Config, model: &Model) -> Diagnostic {
    let message = format!(
        "`{}` has no `model`, the revision of your product: when the product changes, its recorded answers are replayed, and its tests stay green",
        model.name
    );
    Diagnostic::warning(message)
        .at(&config.source, model.span.clone())
        .help("add model = \"v1\", for example, and change it with the product")
}

/// Returns the setting that makes all answers to the same question equal, if there is one.
fn fixed_setting(model: &Model) -> Option<&'static str> {
    let parameter = |table: Option<&str>, name: &str| match table {
        Some(table) => model.parameters.get(table)?.get(name),
        None => model.parameters.get(name),
    };
    let set = |name: &str| {
        [None, Some("generationConfig"), Some("options")].into_iter().find_map(|table| parameter(table, name))
    };
    if model.temperature == Some(0.0) {
        return Some("temperature = 0");
    }
    if set("seed").is_some() {
        return Some("a fixed `seed`");
    }
    let one = |name| set(name).and_then(toml::Value::as_integer) == Some(1);
    (one("top_k") || one("topK")).then_some("top_k = 1")
}
/// Reads a file as text; nothing where it is none. One that is too long to be read elsewhere is not read whole here either.
fn read_text(path: &std::path::Path) -> String {
    let bytes = crate::ground::regular::read_start(path, crate::ground::files::MOST_BYTES);
    String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
}
