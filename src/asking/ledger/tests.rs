//! Tests what a ledger allows, with times that each test passes in.

use super::*;
use crate::ground::diagnostic::Source;

fn model(fields: &str) -> Model {
    let text = format!("[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\n{fields}");
    let config = crate::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text));
    config.expect("a valid config").models.remove(0)
}

fn tokens(tokens: f64) -> Estimate {
    Estimate { tokens, ..Estimate::default() }
}

fn given(grant: Grant) -> bool {
    matches!(grant, Grant::Given(_))
}

#[test]
fn requests_are_counted_by_model_and_by_run() {
    let (budget, own) = (Budget { max_requests: Some(3), ..Budget::default() }, model("max_requests = 2"));
    let mut other = model("");
    other.name = "other".to_owned();
    let mut books = Books::default();
    let mut enter = |model: &Model| books.enter(&budget, model, Estimate::default(), 0.0);
    assert!(given(enter(&own)) && given(enter(&own)));
    let over = Grant::Over("the budget of m is used up: 2 requests (max_requests)".to_owned());
    assert_eq!(enter(&own), over);
    assert!(given(enter(&other)));
    let over = Grant::Over("the budget of the run is used up: 3 requests (max_requests)".to_owned());
    assert_eq!(enter(&other), over);
}

#[test]
fn money_is_reserved_before_it_is_spent() {
    let ledger = Ledger::new(Budget::default(), &[], Path::new("/"), |_| None);
    let model = model("max_usd = 1.0\nprice = { input = 1.0, output = 2.0 }");
    let dear = Estimate { usd: 0.6, ..Estimate::default() };
    assert!(given(ledger.enter(&model, dear).expect("entered")));
    // The answer in flight may turn out cheaper.
    assert!(matches!(ledger.enter(&model, dear), Ok(Grant::Reserved(..))));
    ledger.settle(&model, dear, Some(Estimate { usd: 0.3, ..dear })).expect("settled");
    assert!(given(ledger.enter(&model, dear).expect("entered")));
    ledger.settle(&model, dear, None).expect("settled");
    let Ok(Grant::Over(why)) = ledger.enter(&model, dear) else { panic!("0.9 of 1 are spent") };
    assert!(why.starts_with("the budget of m is used up: $0.9000 of $1 spent"), "{why}");
    assert_eq!(ledger.spent("m").map(|usd| (usd * 10.0).round()), Some(9.0));
}

#[test]
fn what_is_turned_down_costs_nothing_and_leaves_nothing_reserved() {
    let ledger = Ledger::new(Budget::default(), &[], Path::new("/"), |_| None);
    let model = model("max_usd = 1.0\nprice = { input = 1.0, output = 2.0 }");
    let third = Estimate { usd: 1.0 / 3.0, ..Estimate::default() };
    for _ in 0..10 {
        for _ in 0..3 {
            assert!(given(ledger.enter(&model, third).expect("entered")));
        }
        (0..3).for_each(|_| ledger.turned_down(&model, third).expect("settled"));
    }
    assert_eq!(ledger.spent("m"), None);
    assert_eq!(ledger.own.lock().expect("no panic").models["m"].reserved, 0.0);
}

#[test]
fn the_first_answer_shows_what_one_costs_before_many_are_asked_for() {
    let ledger = Ledger::new(Budget::default(), &[], Path::new("/"), |_| None);
    let model = model("max_usd = 1.0\nprice = { input = 1.0, output = 2.0 }");
    let guess = Estimate { usd: 0.001, guessed: true, ..Estimate::default() };
    let enter = || ledger.enter(&model, guess).expect("entered");
    assert!(given(enter()) && matches!(enter(), Grant::Reserved(_)));
    // No answer came, so the next one may show the cost.
    ledger.turned_down(&model, guess).expect("settled");
    assert!(given(enter()) && matches!(enter(), Grant::Reserved(_)));
    ledger.settle(&model, guess, Some(Estimate { usd: 0.4, ..guess })).expect("settled");
    // The next estimate is at least as high, even in a process that has not seen that answer.
    assert!(given(enter()) && matches!(enter(), Grant::Reserved(_)));
}

#[test]
fn a_clock_that_is_set_back_holds_nobody_up() {
    let (model, hour) = (model("requests_per_minute = 6"), 3600.0);
    let mut books = Books::default();
    let mut enter = |now: f64| {
        books.at(now);
        books.enter(&Budget::default(), &model, Estimate::default(), now)
    };
    assert!(given(enter(2.0 * hour)) && matches!(enter(2.0 * hour), Grant::Later(..)));
    assert_eq!(enter(hour), Grant::Later(Duration::from_secs(9), "requests_per_minute = 6".to_owned()));
    assert!(given(enter(hour + 9.0)));
    assert_eq!(books.started, Some(hour));
}

#[test]
fn a_limit_beyond_all_measure_is_kept_and_not_forgotten() {
    let model = model("requests_per_minute = 1e-300\ntokens_per_minute = 1e-300");
    let mut books = Books::default();
    let mut enter = |now| books.enter(&Budget::default(), &model, tokens(1e7), now);
    assert!(given(enter(0.0)));
    let Grant::Later(wait, _) = enter(0.0) else { panic!("the next is due in 10^302 seconds") };
    // The wait must be short enough to be added to the current time.
    assert!(std::time::Instant::now().checked_add(wait).is_some() && wait.as_secs() > 1_000_000);
    let budget = Budget { max_minutes: Some(1e300), ..Budget::default() };
    let ledger = Ledger::new(budget, &[], Path::new("/"), |_| None);
    let left = ledger.time_left().expect("no file").expect("a limit");
    assert!(std::time::Instant::now().checked_add(left).is_some() && !left.is_zero());
}

#[test]
fn a_limit_per_minute_is_spread_over_it() {
    let model = model("requests_per_minute = 60\ntokens_per_minute = 6000");
    let (mut books, mut now, mut sent) = (Books::default(), 1000.0, 0);
    while now < 1060.0 {
        match books.enter(&Budget::default(), &model, tokens(50.0), now) {
            Grant::Given(_) => sent += 1,
            Grant::Later(wait, _) => now += wait.as_secs_f64().max(1e-6),
            Grant::Reserved(why) | Grant::Over(why) => panic!("{why}"),
        }
    }
    // One per second, and one ahead.
    assert!((60..=62).contains(&sent), "{sent}");
    let dear = tokens(3000.0);
    let mut books = Books::default();
    assert!(given(books.enter(&Budget::default(), &model, dear, 0.0)));
    let Grant::Later(wait, why) = books.enter(&Budget::default(), &model, dear, 0.5) else {
        panic!("half of the minute's tokens are used")
    };
    assert_eq!((wait.as_secs(), why.as_str()), (28, "tokens_per_minute = 6000"));
}

#[test]
fn processes_of_one_run_share_it_and_a_torn_file_is_survived() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables: Variables = |name| (name == "NEXTEST_RUN_ID").then(|| "run-1".to_owned());
    let model = model("max_requests = 3");
    let ledger = || Ledger::new(Budget::default(), std::slice::from_ref(&model), folder.path(), variables);
    let (one, other) = (ledger(), ledger());
    let enter = |ledger: &Ledger| given(ledger.enter(&model, Estimate::default()).expect("entered"));
    assert!(enter(&one) && enter(&other));
    let path = folder.path().join(".runs/run-1.json");
    let longer = std::fs::read_to_string(&path).expect("read") + ",\"m\":0}}";
    std::fs::write(&path, longer).expect("written");
    let third = ledger();
    assert!(enter(&third) && !enter(&third));
    let ledger = || {
        std::fs::remove_file(&path).ok();
        Ledger::new(Budget::default(), std::slice::from_ref(&model), folder.path(), variables)
    };
    let (one, other) = (ledger(), ledger());
    assert!(enter(&one) && enter(&other));
    std::fs::write(folder.path().join(".runs/run-1.json"), "{\"mod").expect("written");
    // The first process knows of one request.
    assert!(enter(&one) && enter(&other) && !enter(&one));
    assert_eq!(std::fs::read_to_string(folder.path().join(".runs/.gitignore")).expect("read"), "*\n");
    let unlimited = Ledger::new(Budget::default(), &[], folder.path(), variables);
    assert!(unlimited.shared.is_none());
}
