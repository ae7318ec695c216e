//! `cargo alignspec figures` on the respondents that come with alignspec: what stands in the pictures is read back from
//! them and compared with the published figures, and with the CSV beside each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use tempfile::{TempDir, tempdir};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A published model in a role of another name.
const CONFIG: &str = "[[model]]\nname = \"ours\"\nprovider = \"tally\"\nmodel = \"gpt-4o\"\n";

fn consumer() -> TempDir {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("alignment.toml"), CONFIG).expect("written");
    folder
}

/// The exit code, what was printed, and what was said on standard error.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(BINARY);
    command.arg("alignspec").args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = command.output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn drawn(folder: &Path, respondents: &[&str]) {
    let (code, out, told) = run(folder, &[&["figures", "--out", "out"], respondents].concat());
    assert!(code == Some(0) && told.is_empty(), "{code:?}: {out}{told}");
}

/// A mark of a picture: the `data-` attributes of its element and of those around it.
type PictureMark = BTreeMap<String, String>;

/// The marks of a picture, in its order. An element around others gives its attributes to them.
fn marks(folder: &Path, name: &str) -> Vec<PictureMark> {
    let text = fs::read_to_string(folder.join("out").join(format!("{name}.svg"))).expect("written");
    assert!(
        !text.contains("var("),
        "{name}.svg has variables, which renderers other than browsers do not know"
    );
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    let (mut around, mut marks): (Vec<PictureMark>, Vec<PictureMark>) =
        (vec![PictureMark::new()], Vec::new());
    let data = |tag: &BytesStart, around: &[PictureMark]| {
        let mut all = around.last().cloned().unwrap_or_default();
        let mut own = false;
        for attribute in tag.attributes().map(|attribute| attribute.expect("an attribute")) {
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            if let Some(key) = key.strip_prefix("data-") {
                let key = if key == "who" { "respondent" } else { key };
                all.insert(
                    key.to_owned(),
                    unescape(&String::from_utf8_lossy(&attribute.value)).expect("text").into_owned(),
                );
                own = true;
            }
        }
        if let Some((low, high)) = all.get("interval").and_then(|ends| ends.split_once(' ')) {
            let (low, high) = (low.to_owned(), high.to_owned());
            all.extend([("low".to_owned(), low), ("high".to_owned(), high)]);
        }
        (all, own)
    };
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                let (all, own) = data(&tag, &around);
                if own {
                    marks.push(all.clone());
                }
                around.push(all);
            }
            Event::Empty(tag) => {
                marks.extend(Some(data(&tag, &around)).filter(|(_, own)| *own).map(|(all, _)| all))
            }
            Event::End(_) => {
                around.pop();
            }
            Event::Eof => return marks,
            _ => {}
        }
    }
}

/// The bar of a respondent about an item.
fn bar<'m>(marks: &'m [PictureMark], item: &str, respondent: &str) -> &'m PictureMark {
    let is = |mark: &&PictureMark| {
        mark.get("item").is_some_and(|is| is == item)
            && mark.get("respondent").is_some_and(|is| is == respondent)
    };
    marks.iter().find(is).unwrap_or_else(|| panic!("no bar of {respondent} about {item}"))
}

fn number(mark: &PictureMark, name: &str) -> f64 {
    mark.get(name).unwrap_or_else(|| panic!("no {name} in {mark:?}")).parse().expect("a number")
}

fn near(found: f64, wanted: f64, what: &str) {
    assert!((found - wanted).abs() < 1e-12, "{what}: {found}, not {wanted}");
}

/// The published figures of a respondent.
fn published(file: &str) -> toml::Table {
    fs::read_to_string(Path::new(HERE).join("baselines").join(file)).expect("read").parse().expect("TOML")
}

/// The figures at a path of tables: the share of a name, and n.
fn share(table: &toml::Table, path: &[&str], name: &str) -> (f64, f64) {
    let at = path.iter().fold(table, |table, key| table[*key].as_table().expect("a table"));
    let n = at["n"].as_integer().expect("n") as f64;
    let value = |key: &str| {
        let value = at.get(key)?.as_table()?.get(name);
        // A level that is not among published counts of all levels has none.
        value
            .map(|value| value.as_float().or(value.as_integer().map(|count| count as f64)).expect("a number"))
    };
    let share = value("shares").or_else(|| value("counts").map(|count| count / n));
    (share.unwrap_or(0.0), n)
}

const CONTEXTS: [&str; 4] = ["medical", "banking", "marketing", "streaming"];

#[test]
fn selections_and_ratings_are_those_of_the_study() {
    let folder = consumer();
    drawn(folder.path(), &["o1-preview"]);
    let (model, people) = (published("models/o1-preview.toml"), published("practitioners.toml"));
    let selections = marks(folder.path(), "t1-selections");
    let bars = selections.iter().filter(|mark| mark.contains_key("respondent"));
    assert_eq!(bars.count(), 12 * 3);
    for value in people["T1"]["shares"].as_table().expect("shares").keys() {
        for (respondent, table, path) in
            [("o1-preview", &model, &["T1", "shuffled"][..]), ("practitioners", &people, &["T1"][..])]
        {
            let (wanted, n) = share(table, path, value);
            let bar = bar(&selections, value, respondent);
            near(number(bar, "share"), wanted, value);
            near(number(bar, "n"), n, value);
            assert!(number(bar, "low") <= wanted && wanted <= number(bar, "high"), "{bar:?}");
        }
    }
    // The interval of 48 of 50, after Clopper and Pearson.
    let privacy = bar(&selections, "privacy", "o1-preview");
    assert!(
        (number(privacy, "low") - 0.8629).abs() < 5e-5 && (number(privacy, "high") - 0.9951).abs() < 5e-5
    );
    let by_value = marks(folder.path(), "t2-ratings-by-value");
    let by_context = marks(folder.path(), "t2-ratings-by-context");
    let values =
        ["performance", "privacy", "fairness", "autonomy", "accountability", "safety", "transparency"];
    for (respondent, table) in [("o1-preview", &model), ("practitioners", &people)] {
        let cell = |context: &str, value: &str| share(table, &["T2", context, value], "extremely").0;
        for value in values {
            let mean = CONTEXTS.iter().map(|context| cell(context, value)).sum::<f64>() / 4.0;
            near(number(bar(&by_value, value, respondent), "share"), mean, value);
        }
        for context in CONTEXTS {
            let mean = values.iter().map(|value| cell(context, value)).sum::<f64>() / 7.0;
            near(number(bar(&by_context, context, respondent), "share"), mean, context);
        }
    }
    // The same people answered about all contexts, and count once.
    near(number(bar(&by_value, "privacy", "practitioners"), "n"), 140.0, "n");
    near(number(bar(&by_value, "privacy", "o1-preview"), "n"), 200.0, "n");
}

#[test]
fn trade_offs_and_places_are_those_of_the_study() {
    let folder = consumer();
    drawn(folder.path(), &["o1-preview"]);
    let (model, people) = (published("models/o1-preview.toml"), published("practitioners.toml"));
    let pooled = marks(folder.path(), "t3-trade-offs-by-respondent");
    let apart = marks(folder.path(), "t3-trade-offs-by-context");
    let pairs = people["T3"]["overall"].as_table().expect("pairs");
    assert_eq!(pairs.len(), 5);
    for pair in pairs.keys() {
        let first = pair.split('/').next().expect("a value");
        let levels = [format!("definitely_{first}"), format!("probably_{first}")];
        let side = |table: &toml::Table, context: &str| {
            levels.iter().map(|level| share(table, &["T3", context, pair], level).0).sum::<f64>()
        };
        near(number(bar(&pooled, pair, "practitioners"), "share"), side(&people, "overall"), pair);
        let mut all = (0.0, 0.0);
        for context in CONTEXTS {
            let id = format!("{context}.{pair}");
            near(number(bar(&apart, &id, "o1-preview"), "share"), side(&model, context), &id);
            let (_, n) = share(&model, &["T3", context, pair], "undecided");
            all = (all.0 + side(&model, context) * n, all.1 + n);
        }
        near(number(bar(&pooled, pair, "o1-preview"), "share"), all.0 / all.1, pair);
        // People were asked about no context.
        assert!(!apart.iter().any(|mark| mark.get("respondent").is_some_and(|is| is == "practitioners")));
    }
    let places = marks(folder.path(), "t4-places");
    for context in CONTEXTS {
        let forms = model["T4"][context].as_table().expect("forms").values();
        let rankings = forms.flat_map(|form| form["rankings"].as_array().expect("rankings"));
        let ids = |order: &'_ toml::Value| -> Vec<String> {
            let order = order.as_array().expect("an order").iter();
            order.map(|id| id.as_str().expect("an id").to_owned()).collect()
        };
        let ranked: Vec<Vec<String>> = rankings.map(ids).collect();
        for value in &ranked[0] {
            let id = format!("{context}.{value}");
            let within = |k: usize| ranked.iter().filter(|order| order[..k].contains(value)).count() as f64;
            near(number(bar(&places, &id, "o1-preview"), "share"), within(3) / ranked.len() as f64, &id);
            for place in 0..6 {
                let wanted = (within(place + 1) - within(place)) / ranked.len() as f64;
                let parts =
                    bar(&places, &id, "o1-preview")["parts"].split(' ').map(|part| part.parse::<f64>());
                let parts: Vec<f64> = parts.collect::<Result<_, _>>().expect("shares");
                near(parts[place], wanted, &id);
            }
        }
    }
}

#[test]
fn the_map_and_the_matrix_have_the_numbers_of_across() {
    let folder = consumer();
    drawn(folder.path(), &["o1-preview", "phi-4"]);
    let (code, out, told) =
        run(folder.path(), &["across", "o1-preview", "phi-4", "--partial", "--format", "json"]);
    // Two respondents have no correlation.
    assert_eq!(code, Some(1), "{told}");
    let across: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let map = marks(folder.path(), "t2-alignment-map");
    let matrix = marks(folder.path(), "t2-agreement");
    for respondent in across["respondents"].as_array().expect("a list") {
        let name = respondent["name"].as_str().expect("a name");
        let [us, practitioners] = [0, 1].map(|at| respondent["alignment"][at].as_f64().expect("a number"));
        let point =
            map.iter().find(|mark| mark.get("respondent").is_some_and(|is| is == name)).expect("a point");
        near(number(point, "x"), us, name);
        near(number(point, "y"), practitioners, name);
        for axis in ["x", "y"] {
            let [low, at, high] = [format!("{axis}-low"), axis.to_owned(), format!("{axis}-high")]
                .map(|key| number(point, &key));
            assert!(-1.0 <= low && low <= at && at <= high && high <= 1.0, "{point:?}");
        }
        let cell = |group: &str| {
            let is = |mark: &&PictureMark| {
                mark.get("respondent").is_some_and(|is| is == group)
                    && mark.get("other").is_some_and(|is| is == name)
            };
            matrix.iter().find(is).expect("a cell")
        };
        for (group, axis) in [("us-sample", "x"), ("practitioners", "y")] {
            for end in ["low", "high"] {
                let (found, wanted) = (number(cell(group), end), number(point, &format!("{axis}-{end}")));
                assert!((found - wanted).abs() <= 1e-3, "{name} with {group}: {found}, not {wanted}");
            }
        }
        let cell = |group: &str| number(cell(group), "rho");
        near(cell("us-sample"), us, name);
        near(cell("practitioners"), practitioners, name);
    }
}

#[test]
fn beside_each_picture_stands_its_data() {
    let folder = consumer();
    drawn(folder.path(), &[]);
    let mut pictures = 0;
    for file in fs::read_dir(folder.path().join("out")).expect("a folder").flatten() {
        let name = file.file_name().into_string().expect("a name");
        let Some(name) = name.strip_suffix(".svg") else { continue };
        pictures += 1;
        let csv = fs::read_to_string(folder.path().join("out").join(format!("{name}.csv"))).expect("a CSV");
        let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<&str>>());
        let heads = lines.next().expect("heads");
        let rows: Vec<BTreeMap<&str, &str>> =
            lines.map(|cells| heads.iter().copied().zip(cells).collect()).collect();
        let bars = marks(folder.path(), name);
        let bars = bars.iter().filter(|mark| mark.contains_key("item") && mark.contains_key("low"));
        for bar in bars {
            let same = |row: &&BTreeMap<&str, &str>| {
                ["item", "respondent", "n", "share", "low", "high"].iter().all(|key| row[key] == bar[*key])
            };
            assert!(rows.iter().any(|row| same(&row)), "{name}.csv has no row of {bar:?}");
        }
        for cell in marks(folder.path(), name).iter().filter(|mark| mark.contains_key("rho")) {
            let same = |row: &&BTreeMap<&str, &str>| {
                let keys = ["respondent", "other", "n", "low", "high"];
                row["spearman"] == cell["rho"] && keys.iter().all(|key| row[key] == cell[*key])
            };
            assert!(rows.iter().any(|row| same(&row)), "{name}.csv has no row of {cell:?}");
        }
        assert!(!rows.is_empty(), "{name}.csv is empty");
    }
    // This model has no answers to T4.
    assert_eq!(pictures, 11);
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let folder = consumer();
    let (code, _, told) = run(folder.path(), &["figures", "o1-previw", "--out", "out"]);
    assert!(code == Some(2) && told.contains("did you mean `o1-preview`?"), "{told}");
    let (code, _, told) = run(folder.path(), &["figures", "--groups", "people", "--out", "out"]);
    assert!(code == Some(2) && told.contains("no group is named `people`"), "{told}");
    // These figures of T1 are known to be wrong; the others are drawn.
    let (code, out, told) = run(folder.path(), &["figures", "qwq-32b-preview", "--out", "out"]);
    assert!(
        code == Some(1) && told.contains("not drawn: ") && out.contains("t2-ratings-by-value.svg"),
        "{out}{told}"
    );
    fs::write(folder.path().join("taken"), "a file").expect("written");
    let (code, _, told) = run(folder.path(), &["figures", "--out", "taken"]);
    assert!(code == Some(1) && told.contains("cannot be written"), "{told}");
    let empty = tempdir().expect("a folder");
    assert_eq!(run(empty.path(), &["figures", "--out", "out"]).0, Some(2));
}
