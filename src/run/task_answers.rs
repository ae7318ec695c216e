//! The answers of one respondent to one task, as they were read, and the profile of a portion of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;

use super::advice::ResponseLooks;
use super::ask_back;
use super::copies::{self, AnswerPrint, CopyCounts};
use super::kept_answers::KeptPlace;
use super::portion::Portion;
use super::read_texts::{ReadTexts, TextReading};
use super::versions::{self, VersionCount, VersionCounts};
use crate::answer::{Answer, Invalid};
use crate::baseline::Doubt;
use crate::profile::Profile;
use crate::provider::Response;
use crate::suite::{Question, Task};

/// How many of the names that are not options are shown as examples.
const EXAMPLES: usize = 3;

#[derive(Debug)]
pub(crate) struct TaskAnswers {
    pub profile: Profile,
    /// The versions that answered, if the provider reports them, in the order of the questions.
    pub versions: Vec<String>,
    /// The number of answers from each version, host and set-up.
    pub parts: VersionCounts,
    /// The UTC day of the newest response; `None` if recordings do not tell.
    pub day: Option<Date>,
    /// The number of answers for which the model was asked back.
    pub asked_back: u32,
    /// How the responses look: cut off, JSON or plain text.
    pub looks: ResponseLooks,
    pub advice: Option<String>,
    /// The first few names in the responses that are not options.
    pub unknown: Vec<String>,
    /// The number of answers for which another response is recorded, too.
    pub contested: u32,
    /// The number of answers for which the base branch has another response, which is not recorded here.
    pub replaced: u32,
    /// The number of answers that are recorded only on the base branch.
    pub gone: u32,
    /// The number of answers that came after lost tries, and the number of those tries.
    pub lost: [u32; 2],
    /// The counts of answers that are copies of others and are left out.
    pub copies: CopyCounts,
    /// Known problems of published figures.
    pub doubts: Vec<Doubt>,
}

impl TaskAnswers {
    /// Writes `3 of 50 responses invalid: 2 wrong count, 1 empty; 4 of 50 answers were asked back`, and
    /// advice; `None` if there is nothing to report.
    pub(crate) fn invalid_summary(&self) -> Option<String> {
        let parts = [self.counted(), self.advice.clone()];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
    }

    fn counted(&self) -> Option<String> {
        let (valid, invalid) = self.profile.totals();
        let back = (self.asked_back > 0).then(|| {
            let were = if self.asked_back == 1 { "was" } else { "were" };
            format!("{} of {} answers {were} asked back", self.asked_back, valid + invalid)
        });
        if invalid == 0 {
            return back.map(|back| format!("none of {} responses invalid; {back}", valid + invalid));
        }
        let reasons: Vec<String> = self
            .profile
            .invalid_by_reason()
            .iter()
            .map(|(reason, count)| match (reason, self.unknown.is_empty()) {
                (Invalid::UnknownOption, false) => {
                    format!("{count} {reason} (`{}`)", self.unknown.join("`, `"))
                }
                _ => format!("{count} {reason}"),
            })
            .collect();
        let back = back.map_or_else(String::new, |back| format!("; {back}"));
        Some(format!("{invalid} of {} responses invalid: {}{back}", valid + invalid, reasons.join(", ")))
    }

    /// Writes `2 of 50 answers are recorded more than once, with different responses; 1 of 50 answers is
    /// different from the base branch`, and how many hosts and set-ups have answered, if there are several.
    /// `None` if there is nothing to report.
    pub(crate) fn recorded_summary(&self) -> Option<String> {
        let (valid, invalid) = self.profile.totals();
        let counted = [
            (self.contested, "recorded more than once, with different responses"),
            (self.replaced, "different from the base branch"),
            (self.gone, "taken from the base branch, and deleted here"),
        ];
        let told = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| {
            let are = if count == 1 { "is" } else { "are" };
            format!("{count} of {} answers {are} {what}", valid + invalid)
        });
        let [after, tries] = self.lost;
        let lost = (tries > 0).then(|| {
            let were = if tries == 1 { "a try that was" } else { "tries that were" };
            format!("{after} of {} answers came after {were} lost ({tries} in all: an error of the server, a time-out, an answer that broke off, a run that ended meanwhile), and what was lost may have said something else", valid + invalid)
        });
        let told: Vec<String> = told.chain(lost).chain(self.parts.told()).chain(self.copies.told()).collect();
        Some(told.join("; ")).filter(|told| !told.is_empty())
    }

    /// Returns the version that answered and the host behind it, as in `m-1 through DeepInfra`; the first of
    /// each, if there are several.
    pub(crate) fn version(&self) -> Option<String> {
        let host = self.parts.hosts.keys().next();
        match (self.versions.first(), host) {
            (Some(version), Some(host)) => Some(format!("{version} through {host}")),
            (version, host) => version.or(host).cloned(),
        }
    }
}

/// The answers of a model so far. The sample grows, and every look takes the first part.
#[derive(Debug, Default)]
pub(super) struct GrowingSample {
    /// The number of samples so far, by form and item. Forms that no check reads are not asked for.
    samples: Vec<Vec<u32>>,
    pub answers: Vec<SampledAnswer>,
    /// The names of versions, hosts and set-ups that answered.
    names: [NameTable; 3],
    /// The message about a recording with answers from several versions, if it has them.
    pub mixed: Option<String>,
    /// The state of the recording in which all answers were read; `None` if it changed in the meantime or is not
    /// known.
    pub state: Option<[u8; 32]>,
    /// The place of the answers that were taken or kept last.
    pub place: Option<KeptPlace>,
    /// The short texts that were read.
    said: ReadTexts,
    /// The moment that was parsed last, with its text, because many answers arrive in one second.
    moment: Option<(String, Option<Timestamp>)>,
}

/// The answer to one question, or why there is none.
#[derive(Debug)]
pub(super) struct SampledAnswer {
    /// The item's place in the task.
    pub item: usize,
    /// The form's place in the task.
    pub form: usize,
    pub index: u32,
    pub answer: Result<Answer, Invalid>,
    /// A name in it that is not an option.
    pub unknown: Option<String>,
    /// Whether the model said this after it was asked back.
    pub back: bool,
    /// Whether the model was not asked back yet, but would be.
    pub unread: bool,
    /// Whether it is in JSON, if it is not empty.
    pub json: Option<bool>,
    /// Whether another response is recorded, too.
    pub contested: bool,
    /// Whether the base branch has another response, which is not recorded here.
    pub replaced: bool,
    /// Whether the response is recorded only on the base branch.
    pub gone: bool,
    /// The places in [`GrowingSample::names`] of each turn's version, host and set-up.
    pub who: [[Option<u32>; 3]; 2],
    /// When the response came.
    pub at: Option<Timestamp>,
    /// The number of tries that were lost before it.
    pub lost: u32,
    /// The hashes that tell whether it is a copy of another one.
    pub print: AnswerPrint,
}

/// Names without duplicates, in the order in which they came.
#[derive(Debug, Default)]
struct NameTable {
    names: Vec<String>,
    places: HashMap<String, u32>,
}

impl NameTable {
    fn place(&mut self, name: Option<&str>) -> Option<u32> {
        let name = name?;
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        let place = u32::try_from(self.names.len()).ok()?;
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        Some(place)
    }

    fn name(&self, place: u32) -> String {
        self.names.get(place as usize).cloned().unwrap_or_default()
    }
}

impl GrowingSample {
    /// Reads a response to repetition `index` of a question, or of another question that reads alike.
    pub(super) fn add(&mut self, task: &Task, question: &Question<'_>, index: u32, response: &Response) {
        let itself = task.items.iter().position(|item| std::ptr::eq(item, question.item));
        let item = itself.or_else(|| task.items.iter().position(|item| item.id == question.item.id));
        let form = task.forms.iter().position(|form| form.label == question.form.label);
        let mut who = [[None; 3]; 2];
        let mut at = None;
        for (who, turn) in who.iter_mut().zip(response.turns()) {
            *who = self.who(turn);
            at = at.max(turn.at.as_deref().and_then(|at| self.moment(at)));
        }
        let (last, back) = (response.last(), response.back.is_some());
        let TextReading { answer, unknown, json } = self.said.read(item.zip(form), question, last);
        let (item, form) = (item.unwrap_or(0), form.unwrap_or(0));
        let unread = !back && answer.as_ref().is_err_and(|reason| ask_back::may_be_asked(*reason));
        let (contested, replaced, gone) = (false, false, false);
        self.answers.push(SampledAnswer {
            item,
            form,
            index,
            answer,
            unknown,
            back,
            unread,
            json,
            contested,
            replaced,
            gone,
            who,
            at,
            lost: response.turns().filter_map(|turn| turn.lost).fold(0, u32::saturating_add),
            print: AnswerPrint::of(question, response),
        });
    }

    /// Returns the names of versions, hosts and set-ups.
    pub(super) fn names(&self) -> [&[String]; 3] {
        self.names.each_ref().map(|names| names.names.as_slice())
    }

    /// Returns the place of the name of a version, host or set-up, which is added if it is new.
    pub(super) fn place(&mut self, of: usize, name: &str) -> Option<u32> {
        self.names.get_mut(of)?.place(Some(name))
    }

    fn moment(&mut self, at: &str) -> Option<Timestamp> {
        match &self.moment {
            Some((known, moment)) if known == at => *moment,
            _ => {
                let moment = at.parse().ok();
                self.moment = Some((at.to_owned(), moment));
                moment
            }
        }
    }

    fn who(&mut self, turn: &Response) -> [Option<u32>; 3] {
        let upstream = turn.upstream.as_deref();
        let [versions, hosts, fingerprints] = &mut self.names;
        [
            versions.place(turn.model.as_deref()),
            hosts.place(upstream.and_then(|upstream| upstream.host.as_deref())),
            fingerprints.place(upstream.and_then(|upstream| upstream.fingerprint.as_deref())),
        ]
    }

    /// Returns the counts by name.
    fn parts(&self, [versions, hosts, fingerprints]: [BTreeMap<u32, VersionCount>; 3]) -> VersionCounts {
        let named = |at: usize, parts: BTreeMap<u32, VersionCount>| {
            parts.into_iter().map(|(place, part)| (self.names[at].name(place), part)).collect()
        };
        VersionCounts {
            versions: named(0, versions),
            hosts: named(1, hosts),
            fingerprints: named(2, fingerprints),
        }
    }

    /// Returns the number of samples of an item in a form so far.
    pub(super) fn known(&self, item: usize, form: usize) -> u32 {
        self.samples.get(form).and_then(|items| items.get(item)).copied().unwrap_or(0)
    }

    /// Sets the number of samples that an item has in a form.
    pub(super) fn grown(&mut self, item: usize, form: usize, samples: u32) {
        if self.samples.len() <= form {
            self.samples.resize(form + 1, Vec::new());
        }
        let items = &mut self.samples[form];
        if items.len() <= item {
            items.resize(item + 1, 0);
        }
        items[item] = items[item].max(samples);
    }

    /// Returns the profile of the answers in a portion.
    pub(super) fn first(&self, task: &Task, portion: &Portion, name: &str) -> TaskAnswers {
        let mut profile = Profile::new(name, task);
        let (mut last, mut looks) = (None, ResponseLooks::default());
        let [mut asked_back, mut contested, mut replaced, mut gone] = [0; 4];
        let (mut unknown, mut lost) = (Vec::<String>::new(), [0_u32; 2]);
        let mut parts: [BTreeMap<u32, VersionCount>; 3] = Default::default();
        let mut among: Vec<(usize, &SampledAnswer)> =
            self.answers.iter().enumerate().filter(|(_, heard)| portion.has(task, heard)).collect();
        // The order does not depend on what other checks asked for in between.
        let order = |(_, heard): &(usize, &SampledAnswer)| (heard.index, heard.item, heard.form);
        if !among.is_sorted_by_key(order) {
            among.sort_by_key(order);
        }
        let (left_out, copies) = copies::find_copies(among.iter().copied());
        for (place, heard) in among {
            if !left_out.contains(&place) {
                let add = if heard.lost > 0 { Profile::add_after_lost } else { Profile::add };
                add(&mut profile, task, &task.items[heard.item], task.forms[heard.form].label, &heard.answer);
                for (at, parts) in parts.iter_mut().enumerate() {
                    let given: BTreeSet<u32> = heard.who.iter().filter_map(|turn| turn[at]).collect();
                    for name in given {
                        let part = parts.entry(name).or_default();
                        (part.answers, part.last) = (part.answers + 1, part.last.max(heard.at));
                    }
                }
                lost = [lost[0] + u32::from(heard.lost > 0), lost[1].saturating_add(heard.lost)];
                asked_back += u32::from(heard.back);
                looks.all += 1;
                looks.cut += u32::from(heard.answer == Err(Invalid::CutOff));
                looks.json += u32::from(heard.json == Some(true));
                looks.plain += u32::from(heard.json == Some(false));
                if let Some(name) = heard.unknown.as_ref().filter(|name| !unknown.contains(name)) {
                    unknown.push(name.clone());
                }
                contested += u32::from(heard.contested);
                replaced += u32::from(heard.replaced);
                gone += u32::from(heard.gone);
                last = last.max(heard.at);
            }
        }
        let versions = parts[0].keys().map(|place| self.names[0].name(*place)).collect();
        let (parts, day) = (self.parts(parts), last.map(versions::day));
        unknown.truncate(EXAMPLES);
        TaskAnswers {
            profile,
            versions,
            parts,
            day,
            asked_back,
            looks,
            advice: None,
            unknown,
            contested,
            replaced,
            gone,
            lost,
            copies,
            doubts: Vec::new(),
        }
    }
}
