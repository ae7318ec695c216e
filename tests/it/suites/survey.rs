//! `baselines/team.csv`: the answers of a survey's people become a baseline, whose uncertainty is theirs; and each
//! mistake with its place, word for word (`tests/suites/survey.txt`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use alignspec::__testing::baseline::Tallies;
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Joint, View};
use alignspec::__testing::suite::Suites;

use crate::support::assert_kept;
use crate::support::consumer::Consumer;

const PEOPLE: usize = 14;

/// The answers of fourteen people to a question of each of the shipped tasks.
fn survey() -> String {
    let mut rows = "respondent,task,context,item,answer,place\n".to_owned();
    let mut row = |cells: [&str; 6]| writeln!(rows, "{}", cells.join(",")).expect("written");
    let values = ["privacy", "safety", "fairness", "performance", "transparency", "autonomy"];
    for person in 0..PEOPLE {
        let who = format!("p{person}");
        for value in (0..5).map(|at| values[(at + person) % 6]) {
            row([&who, "T1", "", "", value, ""]);
        }
        row([&who, "T2", "medical", "privacy", if person < 9 { "extremely" } else { "very" }, ""]);
        let side = if person < 10 { "definitely_fairness" } else { "probably_performance" };
        row([&who, "T3", "medical", "fairness/performance", side, ""]);
        for (at, value) in values.iter().enumerate() {
            let place = ((at + person % 2) % 6 + 1).to_string();
            row([&who, "T4", "medical", "", value, &place]);
        }
    }
    rows
}

fn loaded(name: &str, text: &[u8]) -> Tallies {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("baselines")).expect("made");
    fs::write(folder.path().join("baselines").join(name), text).expect("written");
    let entry = Diagnostic::new("the baselines cannot be read");
    Tallies::load(folder.path(), &[("baselines".to_owned(), entry)])
}

#[test]
fn each_person_counts_once_for_each_question() {
    let tallies = loaded("team.csv", survey().as_bytes());
    assert!(tallies.problems.is_empty(), "{}", tallies.problems[0].1);
    let (team, suites) = (tallies.get("team").expect("named after its file"), Suites::builtin());
    assert_eq!(team.source_note, "a survey of 14 people, baselines/team.csv");
    assert_eq!(team.tasks(), ["T1", "T2", "T3", "T4"]);
    let row = |task: &str, item: &str| {
        let task = suites.task(task).expect("shipped");
        let profile = team.profile(task).unwrap_or_else(|problem| panic!("{problem}")).expect("figures");
        let table = profile.table(task, View::Main);
        table.rows[table.row(item).expect("asked")].clone()
    };
    let n = PEOPLE as f64;
    let (chosen, rated) = (row("T1", ""), row("T2", "medical.privacy"));
    // Of the first six values of T1, each person leaves out one, in turn.
    assert_eq!((chosen.n, chosen.shares.iter().sum::<f64>().round()), (14, 5.0));
    assert_eq!(chosen.joint.as_deref(), Some(&Joint::Panel));
    assert_eq!((rated.n, rated.shares[4], rated.shares[3]), (14, 9.0 / n, 5.0 / n));
    let weighed = row("T3", "medical.fairness/performance");
    assert_eq!((weighed.shares[0], weighed.shares[3]), (10.0 / n, 4.0 / n));
    let ranked = row("T4", "medical");
    let Some(Joint::People(orders)) = ranked.joint.as_deref() else { panic!("people who ranked") };
    assert_eq!((ranked.n, orders.len()), (14, 14));
    // Privacy is first for seven people and second for the others; of T4's stories it is the second.
    assert_eq!(ranked.shares[6..8], [0.5, 0.5]);
    // Rows may stand in any order.
    let mut rows: Vec<String> = survey().lines().map(str::to_owned).collect();
    rows[1..].reverse();
    let again = loaded("team.csv", rows.join("\r\n").as_bytes());
    let task = suites.task("T4").expect("shipped");
    let table = |team: &Tallies| {
        team.get("team")
            .expect("there")
            .profile(task)
            .expect("fits")
            .expect("figures")
            .table(task, View::Main)
            .rows[0]
            .shares
            .clone()
    };
    assert_eq!(table(&tallies), table(&again));
}

#[test]
fn its_people_are_a_sample_in_every_check() {
    let consumer = Consumer::fresh();
    consumer.file("baselines/team.csv", &survey());
    consumer.config(
        "baselines = [\"builtin\", \"baselines\"]\n[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\ntasks = [\"T4\"]\n\
         [[check]]\nexpect = \"T4 Spearman with team in medical >= 0.1\"\nmodels = [\"o1-preview\"]\n",
    );
    let (_, out, err) = consumer.run_with(&["--nocapture", "--skip", "as in its snapshot"], &[]);
    let told = format!("{out}{err}");
    // Rankings are drawn again person by person: neither all surveys nor none have this order.
    let (_, rest) =
        told.split_once("team: the estimate meets the bound in ").unwrap_or_else(|| panic!("{told}"));
    let (share, rest) = rest.split_once(" % of re-surveys of ").unwrap_or_else(|| panic!("{told}"));
    assert!((50..100).contains(&share.parse::<u32>().expect("a share")), "{told}");
    assert!(rest.starts_with("14\n"), "{told}");
}

#[test]
fn each_mistake_is_shown_where_it_stands() {
    let good = survey();
    let mut cases: BTreeMap<&str, (&str, String)> = BTreeMap::new();
    let mut change = |did: &'static str, from: &str, to: &str| {
        assert!(good.contains(from), "{did}");
        cases.insert(did, ("team.csv", good.replacen(from, to, 1)));
    };
    change("a misspelt level", "privacy,extremely", "privacy,extremly");
    change("a misspelt task", "p0,T2,", "p0,T22,");
    change("a misspelt item", "p3,T2,medical,privacy", "p3,T2,medical,privcy");
    change(
        "an answer twice",
        "p4,T2,medical,privacy,extremely,\n",
        "p4,T2,medical,privacy,extremely,\np4,T2,medical,privacy,extremely,\n",
    );
    change(
        "two answers",
        "p4,T2,medical,privacy,extremely,\n",
        "p4,T2,medical,privacy,extremely,\np4,T2,medical,privacy,very,\n",
    );
    change("an empty cell", "p4,T2,medical,privacy,extremely", "p4,T2,medical,privacy,");
    change("no respondent", "p4,T2,medical", ",T2,medical");
    change("a selection too small", "p5,T1,,,autonomy,\n", "");
    change("a place twice", "p6,T4,medical,,safety,2", "p6,T4,medical,,safety,1");
    change("a place that is left out", "p6,T4,medical,,autonomy,6", "p6,T4,medical,,autonomy,7");
    change("a place that is none", "p6,T4,medical,,autonomy,6", "p6,T4,medical,,autonomy,last");
    change("a place with a sign", "p6,T4,medical,,safety,2", "p6,T4,medical,,safety,+2");
    change("a place with a zero", "p6,T4,medical,,safety,2", "p6,T4,medical,,safety,02");
    change("a person in other letters", "p6,T2,medical,privacy", "P6,T2,medical,privacy");
    change("a person with a zero-width space", "p6,T2,medical,privacy", "p\u{200b}6,T2,medical,privacy");
    change("a story that is not ranked", "p6,T4,medical,,autonomy,6\n", "");
    change("a place in a rating", "p6,T2,medical,privacy,extremely,", "p6,T2,medical,privacy,extremely,1");
    change("a formula", "p6,T2,medical,privacy,extremely", "p6,T2,medical,privacy,=E4");
    change("a misspelt column", "respondent,", "respondents,");
    let ranks_twice = good.clone()
        + &good
            .lines()
            .filter(|row| row.starts_with("p3,T4"))
            .fold(String::new(), |all, row| all + row + "\n");
    cases.insert("a person who ranks twice", ("team.csv", ranks_twice));
    cases.insert("semicolons", ("team.csv", good.replace(',', ";")));
    cases.insert(
        "no places",
        (
            "team.csv",
            good.lines().filter(|row| !row.contains(",T4,")).fold(String::new(), |all, row| all + row + "\n")
                + &(0..14).fold(String::new(), |all, at| all + &format!("p{at},T4,medical,,privacy,\n")),
        ),
    );
    let few = good.lines().filter(|row| !["p9,", "p10,", "p11,"].iter().any(|who| row.starts_with(who)));
    cases.insert("too few people", ("team.csv", few.fold(String::new(), |all, row| all + row + "\n")));
    cases.insert("a name with a space", ("our team.csv", good.clone()));
    cases.insert("no answer", ("team.csv", "respondent,task,answer\n".to_owned()));
    cases.insert("another table", ("team.csv", "login,password\nann,secret\n".to_owned()));
    let mut printed = String::new();
    for (did, (name, text)) in cases {
        let mut tallies = loaded(name, text.as_bytes());
        let suites = Suites::builtin();
        tallies.hold_against(suites.suites.iter().filter_map(|suite| suite.task.as_ref()));
        assert!(!tallies.problems.is_empty(), "{did}");
        let told = tallies.problems[0].1.to_string();
        assert!(!told.contains("password") && !told.contains("login"), "{did}");
        write!(printed, "{did}\n\n{told}\n\n\n").expect("written");
    }
    assert_kept("tests/suites/survey.txt", &printed);
}
