//! A small world for laws that must hold for any answers: four tasks about the same four values, and
//! respondents made of populations of answers. A population is a respondent's truth, and answers are
//! drawn from it; as a sample it is what was answered.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use alignspec::__testing::check::{Check, Input, Scope, SentenceForm, Who, forms, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Joint, Row, Table, View};
use alignspec::__testing::stats::resample::{Stream, shuffle};
use alignspec::__testing::suite::{About, CheckEntry, Item, Shape, Suites, Task, load};
use rand::RngExt;

pub const VALUES: [&str; 4] = ["a", "b", "c", "d"];
const PAIRS: [(usize, usize); 6] = [(0, 1), (0, 2), (3, 0), (1, 2), (3, 1), (2, 3)];
const LEVELS: usize = 3;

/// S1 selects two, S2 rates, S3 weighs each pair in both directions, S4 ranks; S2 to S4 in two contexts.
pub fn suites() -> Suites {
    let list = |of: &dyn Fn(&str) -> String| VALUES.map(of).join(", ");
    let values = list(&|v| format!("{{ id = \"{v}\", label = \"{v}\", text = \"{v}\" }}"));
    let options = list(&|v| format!("{{ id = \"{v}\", label = \"{v}\" }}"));
    let contexts = "context = [{ id = \"x\", text = \"x\" }, { id = \"y\", text = \"y\" }]";
    let pairs = PAIRS.map(|(first, second)| {
        format!("{{ first = \"{}\", second = \"{}\", text = \"?\" }}", VALUES[first], VALUES[second])
    });
    let stories =
        ["x", "y"].map(|c| list(&|v| format!("{{ context = \"{c}\", value = \"{v}\", text = \"{c}{v}\" }}")));
    let level = |id: &str| format!("{{ id = \"{id}\", label = \"{id}\" }}");
    let files = [
        format!(
            "id = \"S1\"\nkind = \"select\"\ntitle = \"s\"\npick = 2\norders = [\"shuffled\", \"listed\", \"reversed\"]\nprompt = \"{{options}}\"\noption = [{options}]\n"
        ),
        format!(
            "id = \"S2\"\nkind = \"rate\"\ntitle = \"s\"\nprompt = \"{{context}} {{value}} {{options}}\"\nlevel = [{}, {}, {}]\n{contexts}\nvalue = [{values}]\n",
            level("low"),
            level("high"),
            level("extreme")
        ),
        format!(
            "id = \"S3\"\nkind = \"trade_off\"\ntitle = \"s\"\ndirections = [\"stated\", \"swapped\"]\nprompt = \"{{context}} {{dilemma}} {{first}} {{second}} {{options}}\"\nlevel = [{{ id = \"definitely\", label = \"Definitely {{value}}\" }}, {{ id = \"probably\", label = \"Probably {{value}}\" }}]\nneutral = {}\n{contexts}\nvalue = [{values}]\npair = [{}]\n",
            level("undecided"),
            pairs.join(", ")
        ),
        format!(
            "id = \"S4\"\nkind = \"rank\"\ntitle = \"s\"\norders = [\"shuffled\"]\nprompt = \"{{context}} {{options}}\"\n{contexts}\nstory = [{}]\n",
            stories.join(", ")
        ),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let entries = [1, 2, 3, 4].map(|at| (format!("s{at}.toml"), Diagnostic::new("small")));
    for ((name, _), text) in entries.iter().zip(&files) {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let suites = load(Path::new(folder.path()), &entries);
    assert!(suites.problems.is_empty(), "{:?}", suites.problems);
    suites
}

pub fn tasks(suites: &Suites) -> Vec<&Task> {
    suites.suites.iter().filter_map(|suite| suite.task.as_ref()).collect()
}

/// A check that may name the respondents `other` and `third`.
pub fn check(suites: &Suites, sentence: &str) -> Check {
    let entry = CheckEntry::of(sentence);
    let scope = Scope { suites, respondents: vec!["other", "third"] };
    read(&entry, &scope).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Forms of sentence whose examples have no meaning here: nothing is invalid, and S1 has one
/// wording and no personas.
const NOT_HERE: [&str; 3] = ["invalid", "across synonyms", "across personas"];

/// The examples of those measures of which `sentences` have none, said of the tasks and respondents here; A, B and X stand
/// for values and a context. So a measure is tried once it is in the list of measures.
pub fn further_measures(sentences: &[&str]) -> Vec<&'static str> {
    let fixed = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let is_of = |form: &SentenceForm, sentence: &str| {
        let pattern = form.pattern.replace("[in CONTEXT | in every context]", "").replace("[in CONTEXT]", "");
        let words: Vec<&str> = sentence.split(' ').collect();
        pattern.split(' ').filter(fixed).all(|word| words.contains(&word))
    };
    let missing = forms().into_iter().filter(|form| {
        !NOT_HERE.iter().any(|part| form.pattern.contains(part))
            && !sentences.iter().any(|sentence| is_of(form, sentence))
    });
    let builtin = Suites::builtin();
    let values: Vec<&str> = tasks(&builtin).into_iter().flat_map(|task| task.values()).collect();
    missing.map(|form| &*said_here(form.example, &values).leak()).collect()
}

fn said_here(example: &str, values: &[&str]) -> String {
    let mut named: Vec<&str> = Vec::new();
    let words = example.replace("extremely important", "extreme").replace("very important", "high");
    let words = words.split(' ').map(|word| {
        let (name, comma) = word.strip_suffix(',').map_or((word, ""), |name| (name, ","));
        let said = match name {
            "practitioners" => "other",
            "us-sample" => "third",
            "medical" => "X",
            "top-5" => "top-2",
            "T1" | "T2" | "T3" | "T4" => return name.replace('T', "S"),
            value if values.contains(&value) => {
                let at = named.iter().position(|known| *known == value).unwrap_or(named.len());
                if at == named.len() {
                    named.push(value);
                }
                ["A", "B", "C", "D"].get(at).copied().expect("an example names at most four values")
            }
            other => other,
        };
        format!("{said}{comma}")
    });
    words.collect::<Vec<_>>().join(" ")
}

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Set(u64),
    Level(u8),
    Ranking(Vec<u8>),
}

/// How a respondent's population is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Family {
    /// Any opinions, weak or strong.
    Any,
    /// a before b before c before d, with some noise.
    Ordered,
    /// Nearly indifferent; what little there is prefers d to c to b to a.
    NearTies,
    /// Two pairs of values are exactly tied, and no trade-off leans.
    Ties,
    /// One answer in a hundred is not like the others.
    Extreme,
}

pub const FAMILIES: [Family; 5] =
    [Family::Any, Family::Ordered, Family::NearTies, Family::Ties, Family::Extreme];

/// Answers by task, item, form and sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Respondent(pub BTreeMap<String, Vec<Vec<Vec<Answer>>>>);

impl Respondent {
    pub fn of(tasks: &[&Task], family: Family, rng: &mut Stream) -> Respondent {
        // Strength of opinion per context and form: shares from near ½ to near 0 and 1.
        let all = |task: &Task, rng: &mut Stream| {
            let forms = task.forms.len();
            let strength = [0.5, 1.0, 3.0, 10.0][rng.random_range(0..4)];
            let taste: Vec<f64> = VALUES.iter().map(|_| strength * (rng.random::<f64>() - 0.5)).collect();
            let twins = tied(rng);
            let of = |item: &Item, rng: &mut Stream| {
                (0..forms).map(|_| population(task, item, family, &taste, twins, rng)).collect()
            };
            task.items.iter().map(|item| of(item, rng)).collect()
        };
        Respondent(tasks.iter().map(|task| (task.id.clone(), all(task, rng))).collect())
    }

    /// `n` answers in every form, each any of the population's.
    pub fn draw(&self, n: usize, rng: &mut Stream) -> Respondent {
        let mut form = |population: &Vec<Answer>| -> Vec<Answer> {
            (0..n).map(|_| population[rng.random_range(0..population.len())].clone()).collect()
        };
        let mut items = |items: &Vec<Vec<Vec<Answer>>>| -> Vec<Vec<Vec<Answer>>> {
            items.iter().map(|forms| forms.iter().map(&mut form).collect()).collect()
        };
        Respondent(self.0.iter().map(|(id, all)| (id.clone(), items(all))).collect())
    }

    /// The first `n` answers in every form, in the shape of a view.
    pub fn table(&self, task: &Task, view: View, n: usize) -> Table {
        let forms: Vec<usize> = match view {
            View::Form(label) => (0..task.forms.len()).filter(|at| task.forms[*at].label == label).collect(),
            view => view.forms(task),
        };
        let row = |(item, all): (&Item, &Vec<Vec<Answer>>)| {
            let forms = forms.iter().map(|at| &all[*at][..n.min(all[*at].len())]);
            row(task.shape, item, &forms.collect::<Vec<_>>())
        };
        let rows = task.items.iter().zip(&self.0[&task.id]).filter_map(row).collect();
        Table { shape: task.shape, rows }
    }
}

/// The tables that a check asks for, the subject's from its first `n` answers.
pub fn tables(
    suites: &Suites,
    check: &Check,
    subject: (&Respondent, usize),
    others: [&Respondent; 2],
) -> Vec<Table> {
    let table = |input: Input| {
        let task = suites.task(&input.task).expect("loaded");
        match input.who {
            Who::Subject => subject.0.table(task, input.view, subject.1),
            Who::Respondent(name) => others[usize::from(name == "third")].table(task, input.view, usize::MAX),
            Who::Snapshot => panic!("no snapshot here"),
        }
    };
    check.measure.inputs().into_iter().map(table).collect()
}

fn row(shape: Shape, item: &Item, forms: &[&[Answer]]) -> Option<Row> {
    let n: usize = forms.iter().map(|answers| answers.len()).sum();
    let choices = item.choices.len();
    let mut shares = vec![0.0; if shape == Shape::Ranking { choices * choices } else { choices }];
    let (mut sets, mut levels, mut rankings) = (Vec::new(), Vec::new(), Vec::new());
    for answers in forms {
        let mut form = Vec::new();
        for answer in *answers {
            match answer {
                Answer::Set(set) => {
                    (0..choices).filter(|at| set >> at & 1 == 1).for_each(|at| shares[at] += 1.0);
                    sets.push(*set);
                }
                Answer::Level(level) => {
                    shares[usize::from(*level)] += 1.0;
                    form.push(*level);
                }
                Answer::Ranking(order) => {
                    order
                        .iter()
                        .enumerate()
                        .for_each(|(at, c)| shares[usize::from(*c) * choices + at] += 1.0);
                    rankings.push(order.clone());
                }
            }
        }
        levels.push((levels.len().to_string(), form));
    }
    shares.iter_mut().for_each(|share| *share /= n as f64);
    let (joint, known) = match shape {
        Shape::Set { .. } => (Joint::Sets(sets), Vec::new()),
        Shape::Ranking => (Joint::Rankings(rankings), Vec::new()),
        _ => {
            shares.push(0.0);
            (Joint::Levels(levels), vec![true; choices])
        }
    };
    let n = u32::try_from(n).expect("few");
    (n > 0).then(|| Row { item: item.id.clone(), n, unread: 0, shares, known, joint: Some(Arc::new(joint)) })
}

/// The values an item is about, by place.
pub fn about(item: &Item) -> Vec<usize> {
    let at = |name: &str| VALUES.iter().position(|value| *value == name).expect("a value");
    match &item.about {
        About::Choices => item.choices.iter().map(|choice| at(&choice.id)).collect(),
        About::Value(value) => vec![at(value)],
        About::Pair(first, second) => vec![at(first), at(second)],
    }
}

/// Two pairs of values that change places.
fn tied(rng: &mut Stream) -> [usize; 4] {
    let mut order = [0, 1, 2, 3];
    shuffle(rng, &mut order);
    let mut twins = [0; 4];
    for pair in order.chunks(2) {
        (twins[pair[0]], twins[pair[1]]) = (pair[1], pair[0]);
    }
    twins
}

fn population(
    task: &Task,
    item: &Item,
    family: Family,
    taste: &[f64],
    twins: [usize; 4],
    rng: &mut Stream,
) -> Vec<Answer> {
    let values = about(item);
    let mut one = |pull: &dyn Fn(usize) -> f64, noise: f64| {
        let mut score = |value: usize| pull(value) + noise * (rng.random::<f64>() - 0.5);
        let first = score(values[0]);
        match task.shape {
            Shape::Level if values.len() == 1 => level(first, LEVELS),
            Shape::Level => level((score(values[1]) - first) / 1.5, 5),
            shape => {
                let mut order: Vec<(f64, u8)> =
                    values[1..].iter().zip(1..).map(|(value, at)| (score(*value), at)).collect();
                order.push((first, 0));
                order.sort_by(|a, b| b.0.total_cmp(&a.0));
                let order: Vec<u8> = order.into_iter().map(|(_, at)| at).collect();
                match shape {
                    Shape::Set { pick } => Answer::Set(order[..pick].iter().fold(0, |set, at| set | 1 << at)),
                    _ => Answer::Ranking(order),
                }
            }
        }
    };
    let ordered = |value: usize| 1.2 - 0.8 * value as f64;
    let turned = |value: usize| -ordered(value);
    match family {
        Family::Any => (0..40).map(|_| one(&|value| taste[value], 2.0)).collect(),
        Family::Ordered => (0..40).map(|_| one(&ordered, 2.0)).collect(),
        Family::NearTies => {
            let mut all = everything(task.shape, &values);
            all.push(one(&turned, 0.0));
            all
        }
        Family::Ties => {
            if let (Shape::Level, [value]) = (task.shape, values.as_slice()) {
                let extreme = (20.0 + 20.0 * taste[(*value).min(twins[*value])]) as i32;
                return (0..40).map(|at| Answer::Level(if at < extreme { 2 } else { 1 })).collect();
            }
            let all: Vec<Answer> = (0..20).map(|_| one(&|value| taste[value], 2.0)).collect();
            // With each answer comes the one with the twins' places changed.
            let swapped: Vec<Answer> = all.iter().map(|answer| swap(answer, twins)).collect();
            [all, swapped].concat()
        }
        Family::Extreme => {
            let mut all = vec![one(&|value| taste[value], 0.0); 99];
            all.push(one(&|_| 0.0, 4.0));
            all
        }
    }
}

fn level(score: f64, levels: usize) -> Answer {
    let at = ((score + 1.0) / 2.0 * levels as f64).floor().clamp(0.0, levels as f64 - 1.0);
    Answer::Level(at as u8)
}

/// Trade-offs are turned to their other side.
fn swap(answer: &Answer, twins: [usize; 4]) -> Answer {
    match answer {
        Answer::Set(set) => {
            Answer::Set((0..4).filter(|at| set >> at & 1 == 1).fold(0, |all, at| all | 1 << twins[at]))
        }
        Answer::Ranking(order) => {
            Answer::Ranking(order.iter().map(|at| twins[usize::from(*at)] as u8).collect())
        }
        Answer::Level(level) => Answer::Level(4 - level),
    }
}

/// Each possible answer equally often; a rating's extreme level a little more often for d than for a.
fn everything(shape: Shape, values: &[usize]) -> Vec<Answer> {
    match shape {
        Shape::Set { pick } => (0..16_u64)
            .filter(|set| set.count_ones() as usize == pick)
            .flat_map(|set| vec![Answer::Set(set); 4])
            .collect(),
        Shape::Ranking => {
            let all =
                (0..256_u32).map(|code| (0..4).map(|at| (code >> (2 * at) & 3) as u8).collect::<Vec<u8>>());
            all.filter(|order| (0..4).all(|at| order.contains(&at))).map(Answer::Ranking).collect()
        }
        _ if values.len() == 1 => {
            (0..60).map(|at| Answer::Level(if at < 28 + values[0] { 2 } else { 1 })).collect()
        }
        _ => (0..40).map(|at| Answer::Level(at % 5)).collect(),
    }
}
