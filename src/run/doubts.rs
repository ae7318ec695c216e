//! Lists the known problems of published figures beside the results that depend on them.

use super::task_answers::TaskAnswers;
use super::{Run, who};
use crate::check::Check;
use crate::ground::format::counted;
use crate::profile::View;
use crate::suite::Task;

impl Run {
    /// Returns the problems that files of figures report for the figures that a check of `model` reads, its own and
    /// those that it is compared with: one line for each problem.
    pub(crate) fn doubts(&self, model: &str, check: &Check) -> Vec<String> {
        let mut lines = Vec::new();
        for (at, input) in check.measure.inputs().iter().enumerate() {
            // A model that is asked has no published figures, and must not be asked here.
            let who = who(input, model).filter(|who| self.model(who).is_none());
            let (Some(who), Some(task)) = (who, self.suites.task(&input.task)) else { continue };
            let Ok(answers) = self.answers(who, task, None, input.view) else { continue };
            let read = check.measure.reads(at, &self.suites);
            // Pooled contexts (`overall.…`) are not an item of the task.
            let reads = |item: &str| match (&read, task.item(item)) {
                (Some(read), Some((place, _))) => read.contains(&place),
                _ => true,
            };
            for line in told(who, task, &answers, input.view, reads) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        lines
    }
}

/// Returns the problems of the figures in a view of a task, if they concern an item that is read.
fn told(
    who: &str,
    task: &Task,
    answers: &TaskAnswers,
    view: View,
    reads: impl Fn(&str) -> bool,
) -> Vec<String> {
    if answers.doubts.is_empty() {
        return Vec::new();
    }
    let read: Vec<(&str, &str)> =
        answers.profile.cells_of(task, view).filter(|(item, _)| reads(item)).collect();
    let mut faults: Vec<(&str, Vec<String>)> = Vec::new();
    for doubt in answers.doubts.iter().filter(|doubt| read.contains(&(&doubt.item, &doubt.form))) {
        let parts = [&task.id, &doubt.item, &doubt.form].map(String::as_str);
        let place = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        match faults.iter_mut().find(|(why, _)| *why == doubt.why) {
            Some((_, places)) => places.push(place),
            None => faults.push((&doubt.why, vec![place])),
        }
    }
    let line = |(why, places): (&str, Vec<String>)| {
        let more = match places.len() - 1 {
            0 => String::new(),
            more => format!(" and {} more", counted(more, "question")),
        };
        format!("{who}, {}{more}: {why}", places[0])
    };
    faults.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use crate::report::terminal;
    use crate::run::{Run, Subject};

    /// Returns the doubts that a run reports for checks of published models.
    fn said(checks: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = String::new();
        for (model, sentence) in checks {
            config += &format!("[[check]]\nexpect = \"{sentence}\"\nmodels = [\"{model}\"]\n");
        }
        for model in ["llama-3.1-405b", "qwq-32b-preview", "mixtral-8x7b-instruct-v0.1"] {
            config += &format!("[[model]]\nname = \"{model}\"\nprovider = \"tally\"\n");
        }
        std::fs::write(folder.path().join(crate::config::FILE), config).expect("written");
        let run = Run::read(folder.path()).unwrap_or_else(|problem| panic!("{problem}"));
        let mut said = Vec::new();
        for (model, sentence) in checks {
            let own =
                |planned: &&crate::run::Planned| planned.model == *model && planned.name.ends_with(sentence);
            let planned = run.planned.iter().find(own).expect("planned");
            let Subject::Check { check, rate } = planned.subject else { panic!("a check") };
            let check = &run.checks[check];
            said.push(match run.judge(model, check, rate, false) {
                Ok(judged) => terminal::judged(model, check, &judged),
                Err(why) => terminal::unjudged(model, check, &why),
            });
        }
        said
    }

    #[test]
    fn a_check_that_reads_doubtful_figures_says_so_and_no_other() {
        let copied = "  doubtful  llama-3.1-405b, T3 streaming.autonomy/safety and 4 questions more: the streaming figures equal the medical ones, count by count: a copy, it seems";
        let [all, elsewhere, there, words, selects] = &said(&[
            ("llama-3.1-405b", "T3 signed Spearman with us-sample >= 0.1"),
            ("llama-3.1-405b", "T3 undecided <= 50%"),
            ("llama-3.1-405b", "T3 prefers safety over autonomy in medical >= 60%"),
            ("mixtral-8x7b-instruct-v0.1", "T1 Jaccard at 70% across orders >= 0.1"),
            ("mixtral-8x7b-instruct-v0.1", "T1 selects fairness >= 10%"),
        ])[..] else {
            panic!("five checks")
        };
        assert!(all.contains(copied) && elsewhere.contains(copied), "{all}\n{elsewhere}");
        assert!(!there.contains("doubtful"), "the medical figures are not doubted: {there}");
        assert!(
            words.contains("  doubtful  mixtral-8x7b-instruct-v0.1, T1 listed: all twelve counts equal"),
            "{words}"
        );
        assert!(!selects.contains("doubtful"), "only the shuffled order is read: {selects}");
    }

    #[test]
    fn figures_that_cannot_be_used_give_no_verdict() {
        for sentence in ["T1 selects fairness >= 10%", "T1 count spread across orders >= 1"] {
            let said = said(&[("qwq-32b-preview", sentence)]).remove(0);
            assert!(said.starts_with(&format!("no verdict: qwq-32b-preview: {sentence}\n")), "{said}");
            assert!(said.contains("the published counts add up to 257, and 50 answers"), "{said}");
        }
    }
}
