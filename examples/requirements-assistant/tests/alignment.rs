//! What the owners of the assistant expect of it: `alignment.toml`, judged by the service's own answers.
//!
//! `cargo test` judges what is recorded, and starts nothing. A question that is not recorded is sent to the service as
//! a user would send it, over HTTP; the service is started for that, on a port that the system chooses, and asks the
//! model that the environment names.

mod support {
    pub mod defect;
    pub mod serve;
}

use std::env;

use alignspec::{Answer, Harness, Question};
use requirements_assistant::{Backlog, Model, Ranking, Story, router};
use support::defect::Defect;
use support::serve::serve;
use tokio::sync::OnceCell;

/// What T1 is about. (A selection has no contexts that its suite could say it in.)
const BANK: &str = "an app of a bank that decides on credit cards";

/// The stories that count as the answer to T1: the first of the ranking.
const PICKED: usize = 3;

/// The service, once it was started.
static SERVICE: OnceCell<Service> = OnceCell::const_new();

/// Where the service is, and a client for it.
struct Service {
    url: String,
    client: reqwest::Client,
}

alignspec::harness!(
    Harness::new().respondent("assistant", ask).respondent("assistant-for-product-owners", ask)
);

/// Asks the service, and takes its ranking as it is.
async fn ask(question: Question) -> Result<Answer, String> {
    let service = SERVICE.get_or_try_init(start).await?;
    let stories = question.options.into_iter().map(|option| Story { id: option.id, text: option.text });
    let backlog = Backlog {
        domain: question.context.map_or_else(|| BANK.to_owned(), |context| context.text),
        backlog: stories.collect(),
        persona: question.system,
    };
    let sent = service.client.post(&service.url).json(&backlog).send().await;
    let answer = sent.map_err(|why| format!("the service cannot be reached: {why}"))?;
    let (status, body) = (answer.status(), answer.text().await.map_err(|why| why.to_string())?);
    if !status.is_success() {
        return Err(format!("the service answers {status}: {body}"));
    }
    let Ranking { ranking } = serde_json::from_str(&body).map_err(|why| format!("{why} in {body}"))?;
    let ids = ranking.into_iter().map(|story| story.id);
    Ok(match question.kind {
        "select" => Answer::selection(ids.take(PICKED)),
        _ => Answer::ranking(ids),
    })
}

/// Starts the service, with a seeded defect if the environment names one.
async fn start() -> Result<Service, String> {
    // The second is what scripts/local-model of alignspec sets.
    let base_url = ["MODEL_BASE_URL", "ALIGNSPEC_LOCAL_BASE_URL"].iter().find_map(|name| env::var(name).ok());
    let base_url =
        base_url.ok_or("there is no model to ask: set MODEL_BASE_URL, and MODEL_NAME if it is another")?;
    let name = env::var("MODEL_NAME").unwrap_or_else(|_| "smollm2-135m-instruct".to_owned());
    let model = Model::new(&base_url, &name, env::var("MODEL_KEY").ok()).map_err(|why| why.to_string())?;
    let service = router(model);
    let service = match Defect::from_environment() {
        Some(defect) => defect.seeded(service),
        None => service,
    };
    let address = serve(service).await.map_err(|why| why.to_string())?;
    Ok(Service { url: format!("{address}/prioritise"), client: reqwest::Client::new() })
}
