//! Options that nobody offered: a verdict names the first few, so that one sees a label that models misspell or
//! a value that the suite lacks.

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};

#[test]
fn a_verdict_names_the_first_three() {
    let consumer = Consumer::fresh();
    let invented = ["Kindness", "Honesty", "Kindness", "Courage", "Wisdom"];
    let server = Server::start(move |request| {
        let name = invented[request.number % invented.len()];
        Reply::json(200, &completion(&format!("Privacy\nFairness\nSafety\nTransparency\n{name}")))
    });
    consumer.config(&format!(
        "[sampling]\nsamples = 12\nmax_samples = 12\nconcurrency = 1\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\nclarify = false\ntasks = [\"T1\"]\n[[check]]\nexpect = \"T1 invalid <= 10%\"\n",
        server.base_url()
    ));
    let (code, out, _) = consumer.run_with(&["invalid"], &[("ALIGNSPEC_MODE", "record")]);
    assert_eq!(code, 101, "{out}");
    let line = out.lines().find(|line| line.starts_with("  invalid ")).unwrap_or_else(|| panic!("{out}"));
    let (count, names) = line.split_once(" unknown option (").unwrap_or_else(|| panic!("{line}"));
    assert!(count.starts_with("  invalid   T1 "), "{line}");
    let names: Vec<&str> = names.trim_end_matches(')').split(", ").collect();
    assert_eq!(names.len(), 3, "{line}");
    assert!(names.iter().all(|name| invented.contains(&name.trim_matches('`'))), "{line}");
}
