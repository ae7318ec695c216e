//! JUnit XML: one test suite per model, with a verdict's numbers as properties. A failure is a no, an error
//! could not run, and a trial that is ignored, or undecided where that passes, is skipped.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::escape::{block, line};
use super::format::{FormatOutput, ReportFormat};
use super::markdown::{reason, sentence};
use super::results::{BoundTest, GateMeaning, Record};

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "junit",
    about: "JUnit XML, with the verdicts' numbers as properties",
    guide: "JUnit XML, a suite for each model; estimate, interval, bound, n, error rate, chance level and what re-surveys say as properties. A no is a *failure*, what could not run an *error*, what is ignored *skipped*",
    example: "junit.xml",
    writes: FormatOutput::File(|run| render(run.named)),
};

/// Writes the report of a run.
///
/// # Errors
/// The report cannot be written as XML.
fn render(records: &[Record]) -> Result<String, String> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for record in records {
        let model = record.model.as_deref().unwrap_or("files");
        let suite = suites.entry(model).or_insert_with(|| TestSuite::new(line(model, 100)));
        suite.add_test_case(case(record));
    }
    let mut report = Report::new("alignspec");
    report.add_test_suites(suites.into_values());
    report.to_string().map_err(|error| format!("the JUnit report cannot be written: {error}"))
}

fn case(record: &Record) -> TestCase {
    let mut status = match record.says {
        GateMeaning::Yes => TestCaseStatus::success(),
        GateMeaning::Nothing => TestCaseStatus::skipped(),
        GateMeaning::No => TestCaseStatus::non_success(NonSuccessKind::Failure),
        GateMeaning::CouldNotRun => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if record.says != GateMeaning::Yes {
        status.set_type(record.outcome.words());
        status.set_message(line(&reason(record), 300));
        if let Some(text) = &record.text {
            status.set_description(block(text));
        }
    }
    let mut case = TestCase::new(line(sentence(record), 300), status);
    let class = [record.package.as_str(), &record.target].join("/");
    case.set_classname(line(class.trim_start_matches('/'), 200));
    // A record from elsewhere may have any number.
    case.set_time(Duration::try_from_secs_f64(record.seconds).unwrap_or_default());
    for (name, value) in properties(record) {
        case.add_property((name, value.as_str()));
    }
    case
}

fn properties(record: &Record) -> Vec<(&'static str, String)> {
    let mut all = vec![("outcome", record.outcome.words().to_owned())];
    if let Some(place) = &record.place {
        all.push(("file", line(&place.file, 400)));
        all.push(("line", place.line.to_string()));
    }
    if let Some(numbers) = &record.verdict {
        let mut number = |name, value: Option<f64>| {
            all.extend(value.map(|value| (name, value.to_string())));
        };
        number("estimate", numbers.estimate);
        number("interval_low", numbers.low);
        number("interval_high", numbers.high);
        number("bound", numbers.bound);
        number("error_rate", Some(numbers.error_rate));
        number("chance_shuffled", numbers.chance.and_then(|chance| chance.shuffled));
        number("chance_shuffled_95", numbers.chance.and_then(|chance| chance.shuffled_95));
        number("chance_random", numbers.chance.and_then(|chance| chance.random));
        number("resurveys_same", numbers.people.as_ref().and_then(|people| people.same));
        number("resurveys_meet_bound", numbers.people.as_ref().and_then(|people| people.meets));
        number(
            "resurveys_held",
            numbers.surveys.map(|surveys| f64::from(surveys.held) / f64::from(surveys.of.max(1))),
        );
        let test = match numbers.test {
            BoundTest::AtLeast => "at_least",
            BoundTest::AtMost => "at_most",
            BoundTest::BeatsChance => "beats_chance",
        };
        all.push(("test", test.to_owned()));
        all.push(("n", numbers.n.to_string()));
        all.push(("least_per_item", numbers.least_per_item.to_string()));
        if numbers.unread > 0 {
            all.push(("unread", numbers.unread.to_string()));
        }
        all.extend(numbers.further.map(|further| ("further", further.to_string())));
    }
    if let Some(drift) = &record.drift {
        all.push(("items_compared", drift.compared.to_string()));
        all.push(("items_drifted", drift.items.len().to_string()));
        all.push(("error_rate", drift.error_rate.to_string()));
        all.extend(drift.general.iter().map(|shift| ("general_shift", shift.size.to_string())));
        let most = drift.items.iter().chain(&drift.invalid).map(|moved| moved.shift).reduce(f64::max);
        all.extend(most.map(|shift| ("largest_shift", shift.to_string())));
        all.extend(drift.detectable.map(|shift| ("detectable_shift", shift.to_string())));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::results::TrialOutcome;

    #[test]
    fn what_xml_cannot_hold_is_gone_and_the_rest_is_read_back() {
        let mut record =
            Record { model: Some("m<".into()), name: "m<::T1 ]]> &".into(), ..Record::default() };
        record.seconds = f64::NAN;
        record.ends(TrialOutcome::Missing);
        record.text = Some("a\u{0}b\u{1b}[31m ]]> <script>\n  \u{fffe}&amp;".to_owned());
        let xml = render(&[record]).expect("XML");
        let report = Report::deserialize_from_str(&xml).expect("read back");
        let case = &report.test_suites[0].test_cases[0];
        assert_eq!((report.errors, case.name.as_str()), (1, "T1 ]]> &"));
        let TestCaseStatus::NonSuccess { description, .. } = &case.status else { panic!("{xml}") };
        let text = description.as_ref().map(quick_junit::XmlString::as_str);
        assert_eq!(text, Some("ab ]]> <script>\n  \u{fffd}&amp;"));
    }
}
