//! Wrong verdicts where responses without an answer depend on what they would have said: made-up
//! respondents whose truth lies exactly at the bound, so that either verdict is as wrong as can be, lose
//! answers in the ways that mislead most, and are judged look by look as a run judges.
//!
//! Shared by `examples/calibration` (thousands of runs) and `tests/it/verdict/calibration_unread.rs` (few).

use alignspec::__testing::answer::{Answer, Invalid};
use alignspec::__testing::check::{Check, Scope, Undefined, Who, read};
use alignspec::__testing::profile::{Profile, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::{Stream, rng};
use alignspec::__testing::suite::{CheckEntry, Suite, Suites, Task, Unanswered};
use alignspec::__testing::verdict::{JudgingOptions, Outcome, Schedule, decide};
use rand::RngExt;

/// The most answers per question.
pub const MOST: u32 = 200;

const TEXTS: [&str; 4] = [
    // S selects five of eight.
    "id = \"S\"\ntitle = \"s\"\nkind = \"select\"\npick = 5\norders = [\"listed\"]\nprompt = \"{options}\"\noption = [{ id = \"a\", label = \"Aa\" }, { id = \"b\", label = \"Bb\" }, { id = \"c\", label = \"Cc\" }, { id = \"d\", label = \"Dd\" }, { id = \"e\", label = \"Ee\" }, { id = \"f\", label = \"Ff\" }, { id = \"g\", label = \"Gg\" }, { id = \"h\", label = \"Hh\" }]\n",
    // R rates two values on three levels.
    "id = \"R\"\ntitle = \"r\"\nkind = \"rate\"\norders = [\"listed\"]\nprompt = \"{context} {value} {options}\"\nlevel = [{ id = \"low\", label = \"Low\" }, { id = \"high\", label = \"High\" }, { id = \"top\", label = \"Top\" }]\ncontext = [{ id = \"x\", text = \"x\" }]\nvalue = [{ id = \"a\", label = \"Aa\", text = \"a\" }, { id = \"b\", label = \"Bb\", text = \"b\" }]\n",
    // P weighs two values against each other, in both directions.
    "id = \"P\"\ntitle = \"p\"\nkind = \"trade_off\"\nprompt = \"{context} {dilemma} {options}\"\nlevel = [{ id = \"definitely\", label = \"Definitely {value}\" }, { id = \"probably\", label = \"Probably {value}\" }]\nneutral = { id = \"undecided\", label = \"Undecided\" }\ncontext = [{ id = \"x\", text = \"x\" }]\nvalue = [{ id = \"a\", label = \"Aa\", text = \"a\" }, { id = \"b\", label = \"Bb\", text = \"b\" }]\npair = [{ first = \"a\", second = \"b\", text = \"?\" }]\n",
    // K ranks four stories.
    "id = \"K\"\ntitle = \"k\"\nkind = \"rank\"\nprompt = \"{context} {options}\"\ncontext = [{ id = \"x\", text = \"x\" }]\nstory = [{ context = \"x\", value = \"a\", text = \"aa\" }, { context = \"x\", value = \"b\", text = \"bb\" }, { context = \"x\", value = \"c\", text = \"cc\" }, { context = \"x\", value = \"d\", text = \"dd\" }]\n",
];

/// What is asked, and what the answers mean: one that speaks for the claim with the chance `share`.
pub struct Case {
    pub name: &'static str,
    pub sentence: &'static str,
    /// The share of answers that speak for it, at which it is neither true nor false.
    pub bound: f64,
    /// A share at which it is clearly true.
    pub clear: f64,
    answer: fn(&mut Stream, &str, &str, f64) -> (Answer, bool),
}

pub const CASES: [Case; 6] = [
    Case {
        name: "a share",
        sentence: "S selects a >= 60%",
        bound: 0.6,
        clear: 0.97,
        answer: |stream, _, _, share| five(stream, 0, share),
    },
    Case {
        name: "a top five",
        sentence: "S top-5 Jaccard with other >= 0.8",
        bound: 0.5,
        clear: 0.97,
        // Four come nearly always; whether the fifth is e, as with the other, or f, is open.
        answer: |stream, _, _, share| {
            let yes = stream.random_bool(share);
            let mut set = vec![0, 1, 2, 3, if yes { 4 } else { 5 }];
            if stream.random_bool(0.1) {
                let at = stream.random_range(0..4);
                set[at] = 6 + stream.random_range(0..2);
            }
            set.sort_unstable();
            (Answer::Set(set), yes)
        },
    },
    Case {
        name: "a place, ranked",
        sentence: "K ranks a within top 1 in x",
        bound: 0.5,
        clear: 0.97,
        answer: |stream, _, _, share| {
            let yes = stream.random_bool(share);
            let (first, second) = if yes { (0, 1) } else { (1, 0) };
            (Answer::Ranking(vec![first, second, 2, 3]), yes)
        },
    },
    Case {
        name: "a place, rated",
        sentence: "R ranks a within top 1 in x",
        bound: 0.5,
        clear: 0.97,
        // The other value is at the top in half of its answers: its own loss is turned round.
        answer: |stream, item, _, share| {
            let own = item.ends_with(".a");
            let top = stream.random_bool(if own { share } else { 0.5 });
            (Answer::Level(if top { 2 } else { 1 }), top == own)
        },
    },
    Case {
        name: "a preference",
        sentence: "P prefers a over b >= 60%",
        bound: 0.6,
        clear: 0.97,
        answer: |stream, _, _, share| {
            let yes = stream.random_bool(share);
            let sure = stream.random_bool(0.5);
            (Answer::Level(if yes { usize::from(sure) } else { 2 + stream.random_range(0..3) }), yes)
        },
    },
    Case {
        name: "a mean difference",
        sentence: "P direction effect <= 0.5",
        bound: 0.25,
        clear: 0.5,
        // Who sides with the value named first speaks against it: three of four are an effect of 0.5.
        answer: |stream, _, form, share| {
            let first = !stream.random_bool(share);
            (Answer::Level(if first == (form == "stated") { 0 } else { 4 }), !first)
        },
    },
];

fn five(stream: &mut Stream, wanted: usize, share: f64) -> (Answer, bool) {
    let yes = stream.random_bool(share);
    let mut others: Vec<usize> = (0..8).filter(|at| *at != wanted).collect();
    while others.len() > if yes { 4 } else { 5 } {
        let at = stream.random_range(0..others.len());
        others.remove(at);
    }
    if yes {
        others.push(wanted);
    }
    others.sort_unstable();
    (Answer::Set(others), yes)
}

/// Which answers are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    AtRandom,
    /// Only those that speak against the claim.
    Against,
    /// Only those that speak for it.
    For,
    /// 51 of those against for 23 of those for it, as in one public data set.
    Uneven,
    /// Those against, and only among the first forty: then it seems to go on as a perfect reader.
    EarlyAgainst,
}

pub const LOST: [Lost; 5] = [Lost::AtRandom, Lost::Against, Lost::For, Lost::Uneven, Lost::EarlyAgainst];

impl Lost {
    /// The chance that an answer is lost, where `unread` of all are to be and `share` speak for the claim.
    fn chance(self, yes: bool, at: u32, unread: f64, share: f64) -> f64 {
        let of_no = unread / (1.0 - share);
        let chance = match (self, yes) {
            (Lost::AtRandom, _) => unread,
            (Lost::Against, false) => of_no,
            (Lost::For, true) => unread / share,
            (Lost::EarlyAgainst, false) if at < 40 => of_no,
            (Lost::Uneven, yes) => {
                let mean = 0.23 * share + 0.51 * (1.0 - share);
                unread * if yes { 0.23 } else { 0.51 } / mean
            }
            _ => 0.0,
        };
        chance.clamp(0.0, 1.0)
    }
}

/// What came of the runs of one case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Came {
    pub runs: u32,
    pub pass: u32,
    pub fail: u32,
    /// The same where unread responses are left out.
    pub pass_ignoring: u32,
    pub fail_ignoring: u32,
    /// Responses per question until decided, or [`MOST`].
    pub responses: u64,
}

pub struct Small {
    suites: Suites,
    other: Table,
}

impl Small {
    pub fn new() -> Result<Small, String> {
        let suites: Result<Vec<Suite>, _> =
            TEXTS.iter().map(|text| Suite::from_text("made up", text)).collect();
        let suites = suites.map_err(|problem| problem.to_string())?;
        let suites = Suites { suites, ..Suites::default() };
        let task = suites.task("S").ok_or("no S")?;
        let mut other = Profile::new("other", task);
        for (set, times) in [(vec![0, 1, 2, 3, 4], 30), (vec![0, 1, 2, 3, 5], 10)] {
            for _ in 0..times {
                other.add(task, &task.items[0], task.forms[0].label, &Ok(Answer::Set(set.clone())));
            }
        }
        let other = other.table(task, alignspec::__testing::profile::View::Main);
        Ok(Small { suites, other })
    }

    fn check(&self, sentence: &str) -> Result<Check, String> {
        let scope = Scope { suites: &self.suites, respondents: vec!["other"] };
        read(&CheckEntry::of(sentence), &scope).map_err(|problem| problem.to_string())
    }

    fn tables(&self, check: &Check, task: &Task, profile: &Profile, rule: Unanswered) -> Vec<Table> {
        let table = |input: alignspec::__testing::check::Input| match input.who {
            Who::Subject => profile.table_with(task, input.view, rule),
            _ => self.other.clone(),
        };
        check.measure.inputs().into_iter().map(table).collect()
    }

    /// `runs` runs in which `share` of the answers speak for the claim and `unread` of them are lost.
    pub fn run(
        &self,
        case: &Case,
        share: f64,
        (lost, unread): (Lost, f64),
        rate: f64,
        runs: u32,
    ) -> Result<Came, String> {
        let check = self.check(case.sentence)?;
        let task = self.suites.task(&check.task).ok_or("no task")?;
        let schedule = Schedule::up_to(MOST, rate, 1, task.round());
        let design = Design::Growing { most: schedule.most() };
        let options = JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design };
        let mut came = Came { runs, ..Came::default() };
        for run in 0..runs {
            let mut stream = rng(7, &["unread", case.name, &format!("{lost:?} {unread} {run}")]);
            let mut profile = Profile::new("made up", task);
            let (mut open, mut open_ignoring, mut asked) = (true, true, 0);
            for look in schedule.looks() {
                for index in asked..*look {
                    let rounds = task.round();
                    let (at, form) = (index / rounds, &task.forms[(index % rounds) as usize]);
                    for item in &task.items {
                        let (answer, yes) = (case.answer)(&mut stream, &item.id, form.label, share);
                        let gone = stream.random_bool(lost.chance(yes, at * rounds, unread, share));
                        let answer = if gone { Err(Invalid::Unclear) } else { Ok(answer) };
                        profile.add(task, item, form.label, &answer);
                    }
                }
                asked = *look;
                let said = |rule| {
                    let tables = self.tables(&check, task, &profile, rule);
                    match decide(&check, &tables, &self.suites, rate, &options)
                        .map(|decision| decision.outcome)
                    {
                        Ok(outcome) => Ok(outcome),
                        Err(Undefined::Statistic(_) | Undefined::NoAnswers(_)) => Ok(Outcome::Inconclusive),
                        Err(why) => Err(format!("{}: {why}", case.sentence)),
                    }
                };
                if open {
                    let outcome = said(Unanswered::default())?;
                    came.pass += u32::from(outcome == Outcome::Pass);
                    came.fail += u32::from(outcome == Outcome::Fail);
                    open = outcome == Outcome::Inconclusive;
                    came.responses += if open { 0 } else { u64::from(*look) };
                }
                if open_ignoring {
                    let outcome = said(Unanswered::LEFT_OUT)?;
                    came.pass_ignoring += u32::from(outcome == Outcome::Pass);
                    came.fail_ignoring += u32::from(outcome == Outcome::Fail);
                    open_ignoring = outcome == Outcome::Inconclusive;
                }
                if !open && !open_ignoring {
                    break;
                }
            }
            came.responses += if open { u64::from(MOST) } else { 0 };
        }
        Ok(came)
    }
}
