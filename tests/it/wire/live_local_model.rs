//! Against the live llama.cpp server of `scripts/local-model`, which speaks three wires (chat
//! completions, OpenAI's responses, Anthropic's messages): what is sent is understood, what comes
//! back is read, and asking again asks nothing.

use alignspec::__testing::answer;
use alignspec::__testing::diagnostic::Source;
use alignspec::__testing::sample::{AskBack, Mode, Pace, Sampler, SamplingUnit};
use alignspec::__testing::suite::{Questions, load};

#[test]
#[ignore = "needs a server: scripts/local-model run -- cargo test --test it live_local_model -- --ignored"]
fn a_live_model_is_asked_read_and_recorded() {
    let url = std::env::var("ALIGNSPEC_LOCAL_BASE_URL").expect("scripts/local-model run sets it");
    let folder = tempfile::tempdir().expect("a folder");
    for (provider, format) in
        [("openai", "text"), ("openai", "json_schema"), ("openai_responses", "text"), ("anthropic", "text")]
    {
        let text = format!(
            "[[model]]\nname = \"{provider}-{format}\"\nprovider = \"{provider}\"\nbase_url = \"{url}\"\nmodel = \"smollm2\"\nmax_tokens = 40\nanswer_format = \"{format}\"\n"
        );
        let config =
            alignspec::__testing::provider::parse_config(folder.path(), Source::new("alignment.toml", text))
                .expect("a valid config");
        let suites = load(folder.path(), &config.suites);
        let task = suites.task("T2").expect("T2 is built in");
        let questions = Questions::new(task, 1, (0..4).map(|item| (item, 0, 0)));
        let sampler = Sampler::with(
            &config.recordings,
            Mode::Record,
            Pace::from(&config.sampling),
            alignspec::__testing::environment::from_environment,
        );
        let unit = SamplingUnit {
            model: &config.models[0],
            task,
            questions,
            schema: answer::schema,
            back: AskBack::NEVER,
        };
        let first = sampler.sample(&unit).expect("recorded");
        assert_eq!((first.asked, first.missing.len()), (4, 0), "{provider}: {:?}", first.shortfall());
        for response in first.responses.iter().flatten() {
            assert!(!response.text.is_empty() && response.model.is_some(), "{provider}: {response:?}");
            assert!(response.tokens_in.is_some_and(|tokens| tokens > 0), "{provider}: {response:?}");
            assert!(response.tokens_out.is_some_and(|tokens| tokens > 0), "{provider}: {response:?}");
        }
        let again = sampler.sample(&unit).expect("replayed");
        assert_eq!(again.asked, 0, "what is recorded is not asked again");
        assert_eq!(again.responses, first.responses);
        if format == "json_schema" {
            for (question, response) in unit.questions.iter().zip(&first.responses) {
                let response = response.as_ref().expect("there");
                let answer = answer::read(&question, &response.text, &response.finish);
                assert!(answer.is_ok(), "{:?} from {:?}", answer, response.text);
            }
        }
    }
}
