use alignspec::{Check, Choice, Harness, Question, Suite};

async fn ask(_: Question) -> Result<String, std::env::VarError> {
    std::env::var("ANSWER")
}

fn harness() -> Harness {
    let told = std::env::var("VALUES").unwrap_or_default();
    let mut harness = Harness::new().respondent("assistant", ask);
    if told == "none" {
        return harness;
    }
    if told == "sentence" {
        harness = harness.check(Check::new("T5 selcts risks >= 50%").why("one letter is missing"));
    }
    if told == "label" {
        let suite = Suite::select("T7", "A label twice").prompt("{options}").pick(1);
        harness = harness.suite(suite.option(("a", "Same")).option(("b", "same")).option(("c", "Other")));
    }
    if told == "twice" {
        harness = harness.suite_toml("id = \"T5\"\ntitle = \"Twice\"\nkind = \"open\"\nprompt = \"Why?\"\n");
    }
    for (id, first) in [("T5", "risks"), ("T6", "changes")] {
        harness = harness.suite(
            Suite::select(id, format!("What a release note must mention, {first} first"))
                .prompt("Choose exactly {pick} of these.\n\n{options}\n\nAnswer with its name only.")
                .pick(1)
                .samples(12)
                .option(Choice::new("risks", "Known risks").synonyms(["Risks that are known"]))
                .option(("changes", "What changed"))
                .check(Check::new(format!("{id} selects risks >= 50%")).why("our users asked for it")),
        );
    }
    harness.check(Check::new("T5 selects changes <= 60%").models(["assistant"]).weight(2.0))
}

alignspec::harness!(harness());
