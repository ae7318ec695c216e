use super::*;
use crate::verdict::watch::WatchedItems;

fn watch(id: &str, snapshot: &str) -> CountedWatch {
    let task = CountedTask { snapshot: snapshot.to_owned(), items: WatchedItems::new() };
    CountedWatch {
        id: id.to_owned(),
        at: "2026-11-27T00:00:00Z".to_owned(),
        versions: BTreeSet::new(),
        lost: 0,
        tasks: [("T1".to_owned(), task)].into(),
    }
}

fn hashes() -> SnapshotHashes {
    [("T1".to_owned(), "1".to_owned())].into()
}

fn open(folder: &Path) -> HeldSeries {
    HeldSeries::open(folder, "bot", "now", &hashes()).expect("opened")
}

/// Leaves an answer of a watch.
fn answered(folder: &Path, id: &str) {
    let own = answers(folder, id).join("bot");
    fs::create_dir_all(&own).expect("a folder");
    fs::write(own.join("T1.jsonl"), "{}\n").expect("written");
}

#[test]
fn answers_without_a_mark_and_marks_that_were_changed_are_a_doubt() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let path = folder.join("bot.json");
    count(folder, &["a"]);
    let old = fs::read(&path).expect("read");
    count(folder, &["b", "c"]);
    ["b", "c"].iter().for_each(|id| answered(folder, id));
    let mark = |id: &str| answers(folder, id).join(".bot.counted");
    // Of what is in the series, nothing is in doubt.
    fs::remove_file(mark("b")).expect("marked");
    assert!(!open(folder).lost);
    fs::write(&path, old).expect("written");
    let text = fs::read_to_string(mark("c")).expect("marked");
    fs::write(mark("c"), text.replace("\"counted\":true", "\"counted\":false")).expect("written");
    let series = open(folder);
    let wanted = "the answers of watches b, c are in ";
    assert!(series.lost && series.told.iter().any(|told| told.starts_with(wanted)), "{:?}", series.told);
    drop(series);
    // The one that is going on is in doubt, too: nobody knows how it began.
    assert!(HeldSeries::open(folder, "bot", "b", &hashes()).expect("opened").lost);
    // A watch that did not count says so itself.
    fs::remove_dir_all(folder.join("answers")).expect("removed");
    HeldSeries::begin(folder, "bot", "d", (7, &hashes())).expect("marked");
    answered(folder, "d");
    assert!(!open(folder).lost);
    assert_eq!(HeldSeries::open(folder, "bot", "d", &hashes()).expect("opened").begun, Some(7));
    // Nothing answered, nothing kept.
    HeldSeries::begin(folder, "bot", "e", (7, &hashes())).expect("marked");
    assert!(!HeldSeries::is_kept(folder, "bot", "e") && !answers(folder, "e").exists());
    assert!(HeldSeries::is_kept(folder, "bot", "d"));
    // A mark of an older version says that it counted, and not with how many requests.
    fs::write(mark("d"), "{\"T1\":\"1\"}").expect("written");
    let series = HeldSeries::open(folder, "bot", "d", &hashes()).expect("opened");
    assert!(
        series.lost && series.told[0].contains("does not say with how many requests"),
        "{:?}",
        series.told
    );
}

/// Counts watches whose answers are there.
fn count(folder: &Path, ids: &[&str]) {
    for id in ids {
        fs::create_dir_all(answers(folder, id)).expect("a folder");
        open(folder).add(watch(id, "1")).expect("written");
    }
}

#[test]
fn a_watch_counts_once_and_is_there_the_next_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut series = open(folder.path());
    assert!(series.watches.is_empty() && series.told.is_empty());
    for id in ["a", "b", "a"] {
        series.add(watch(id, "1")).expect("written");
    }
    drop(series);
    let series = open(folder.path());
    assert_eq!(series.watches, [watch("a", "1"), watch("b", "1")]);
    assert!(series.has("a") && !series.has("c"));
}

#[test]
fn any_change_of_a_byte_is_told_and_the_file_is_kept_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bot.json");
    open(folder.path()).add(watch("a", "1")).expect("written");
    let whole = fs::read(&path).expect("read");
    for text in [whole[..whole.len() / 2].to_vec(), Vec::new(), {
        String::from_utf8_lossy(&whole).replace("\"snapshot\": \"1\"", "\"snapshot\": \"2\"").into_bytes()
    }] {
        fs::write(&path, &text).expect("written");
        let series = open(folder.path());
        assert!(series.watches.is_empty() && !path.exists());
        let lost = match text.is_empty() {
            true => "how many watches are lost is not known",
            false => "at least 1 watch is lost",
        };
        assert!(series.told[0].contains(lost), "{:?}", series.told);
    }
    assert!(folder.path().join("bot.damaged-3.json").exists());
    let newer = String::from_utf8_lossy(&whole).replace("\"version\": 1", "\"version\": 3");
    fs::write(&path, newer).expect("written");
    let why = HeldSeries::open(folder.path(), "bot", "now", &hashes()).expect_err("newer");
    assert!(why.contains("has version 3") && path.exists(), "{why}");
}

#[test]
fn a_missing_file_is_told_where_answers_of_earlier_watches_are() {
    let folder = tempfile::tempdir().expect("a folder");
    for id in ["a", "b", "now"] {
        fs::create_dir_all(answers(folder.path(), id).join("bot")).expect("a folder");
    }
    // The first one never counted, since answers were missing.
    assert!(!open(folder.path()).lost);
    count(folder.path(), &["b", "c", "now"]);
    fs::remove_file(folder.path().join("bot.json")).expect("removed");
    assert!(open(folder.path()).told[0].contains("the series begins anew; 2 watches are lost (b, c): "));
}

#[test]
fn an_old_series_is_told_by_the_answers_of_later_watches_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bot.json");
    count(folder.path(), &["a", "b"]);
    let old = fs::read(&path).expect("read");
    count(folder.path(), &["c", "d"]);
    fs::write(&path, old).expect("written");
    let mut series = open(folder.path());
    assert!(
        series.lost
            && series.told[0].contains("is an old one: 2 watches are lost that were counted since (c, d): ")
    );
    series.add(watch("e", "1")).expect("written");
    drop(series);
    let series = open(folder.path());
    assert!(!series.lost && series.told.is_empty() && series.watches.len() == 3, "{series:?}");
    drop(series);
    // One of them is counted again.
    let series = HeldSeries::open(folder.path(), "bot", "c", &hashes()).expect("opened");
    assert!(!series.has("c") && !series.lost);
    drop(series);
    // Watches of a snapshot that is gone are not missed, and neither are those that were dropped with it.
    let new: SnapshotHashes = [("T1".to_owned(), "2".to_owned())].into();
    let mut series = HeldSeries::open(folder.path(), "bot", "f", &new).expect("opened");
    series.keep(&new);
    series.add(watch("f", "2")).expect("written");
    drop(series);
    assert!(!HeldSeries::open(folder.path(), "bot", "g", &new).expect("opened").lost);
}

#[test]
fn an_alarm_stands_until_all_its_snapshots_are_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let both: SnapshotHashes =
        [("T1", "1"), ("T2", "x")].map(|(task, hash)| (task.to_owned(), hash.to_owned())).into();
    let alarm = GivenAlarm {
        watch: "a".to_owned(),
        at: "2026-11-27T00:00:00Z".to_owned(),
        evidence: "33".to_owned(),
        error_rate: "0.0500".to_owned(),
        snapshots: both.clone(),
    };
    let mut series = open(folder.path());
    series.add(watch("a", "1")).expect("written");
    series.give(alarm.clone()).expect("written");
    drop(series);
    let text = fs::read_to_string(folder.path().join("bot.json")).expect("read");
    assert!(text.contains("\"version\": 2"), "{text}");
    let mut series = open(folder.path());
    assert_eq!(series.standing(&both), Some(&alarm));
    let one: SnapshotHashes =
        [("T1", "2"), ("T2", "x")].map(|(task, hash)| (task.to_owned(), hash.to_owned())).into();
    assert_eq!(series.standing(&one), Some(&alarm));
    let new: SnapshotHashes =
        [("T1", "2"), ("T2", "y")].map(|(task, hash)| (task.to_owned(), hash.to_owned())).into();
    assert_eq!(series.standing(&new), None);
    series.keep(&new);
    assert_eq!(series.standing(&both), None, "it is over");
}

#[test]
fn what_was_compared_with_another_snapshot_is_dropped_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut series = open(folder.path());
    let mut two = watch("b", "1");
    two.tasks.insert("T2".to_owned(), CountedTask { snapshot: "x".to_owned(), items: WatchedItems::new() });
    series.watches = vec![watch("a", "1"), two];
    series.keep(&[("T1".to_owned(), "2".to_owned()), ("T2".to_owned(), "x".to_owned())].into());
    assert_eq!(series.watches.len(), 2, "the place of a watch stays");
    assert_eq!(
        series.told,
        [
            "T1 has another snapshot than the one that 2 earlier watches were compared with: its series begins anew"
        ]
    );
    series.keep(&[("T2".to_owned(), "y".to_owned())].into());
    assert!(series.watches.is_empty());
}

#[test]
fn an_id_that_was_counted_another_day_says_nothing_of_today() {
    let at = |at: String| CountedWatch { at, ..watch("a", "1") };
    let ago = |hours: i64| (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours)).to_string();
    assert_eq!(at(ago(23)).of_another_day(), None);
    assert!(at(ago(25)).of_another_day().is_some());
    assert_eq!(
        at("yesterday".to_owned()).of_another_day(),
        Some("yesterday"),
        "a time that is none is no today"
    );
}
