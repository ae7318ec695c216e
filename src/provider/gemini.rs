//! Google's Gemini API (<https://ai.google.dev/api/generate-content>), with an API key. Its errors are Google's
//! usual ones (<https://ai.google.dev/gemini-api/docs/troubleshooting>). Vertex AI has it at other paths
//! (<https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference>): with an API key at
//! `https://aiplatform.googleapis.com`, and with an access token if the address names a project.
//!
//! A temperature is only sent if the config sets one: the models' default is 1.0, and the newer ones should not
//! be given any (<https://ai.google.dev/gemini-api/docs/gemini-3>).

use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::entry::{Provider, temperature};
use super::finish::{FinishWords, word};
use super::flags::flagged;
use super::http::Server;
use super::shared::{KeyHeader, count, joined, merge, server, sum, the_first, without};
use super::vertex::{NO_BATCHES, VertexAddress};
use super::{
    AskError, Asking, Batches, Finish, RedactedResponse, Request, Response, Role, Upstream, Wire,
    other_content, parameters, pieces,
};
use crate::config::{AnswerFormat, Model, ProviderPlace, Setting, SettingMisfit, Spec};

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "Google's Gemini API; at Vertex AI with a `base_url` there",
        answer: r#"{"modelVersion":"VERSION","candidates":[{"content":{"parts":[{"text":"TEXT"}]},"finishReason":"END"}]}"#,
        takes: &[Setting::JsonObject, Setting::Stream, Setting::Batch],
        reserved: &[
            ("generationConfig.temperature", "set the model's own `temperature`"),
            ("generationConfig.maxOutputTokens", "set the model's own `max_tokens`"),
            ("generationConfig.responseFormat", "set the model's own `answer_format`"),
            ("generationConfig.responseMimeType", "set the model's own `answer_format`"),
            ("generationConfig.responseSchema", "set the model's own `answer_format`"),
            ("generationConfig.responseJsonSchema", "set the model's own `answer_format`"),
            ("generationConfig.candidateCount", "each sample is its own request"),
            ("generation_config", "spell it `generationConfig`"),
            ("temperature", "set the model's own `temperature`"),
            ("systemInstruction", "set the model's own `system`"),
            ("system_instruction", "set the model's own `system`"),
            ("contents", "they come from the suite's prompt"),
            ("tools", "answers must be text"),
        ],
        most_temperature: 2.0,
        temperature: None,
        check: batch_fits,
        ..Spec::at("gemini", ProviderPlace::Public("https://generativelanguage.googleapis.com"))
    },
    connect: |model, limit, variables| {
        let address = VertexAddress::of(model);
        let path = spot(model, address);
        let path: Vec<&str> = path.split('/').collect();
        let header = if address.project {
            KeyHeader(AUTHORIZATION.as_str(), "Bearer ")
        } else {
            KeyHeader("x-goog-api-key", "")
        };
        let query: &[_] = if model.stream { &[("alt", "sse")] } else { &[] };
        let server = server(model, &path, query, &header, &[], limit, variables)?;
        Ok(Box::new(Gemini::new(model, server)))
    },
};

/// Checks that there are no batches at Vertex AI, where they would need Google's file storage.
fn batch_fits(model: &Model) -> Result<(), SettingMisfit> {
    match model.batch && VertexAddress::of(model).vertex {
        true => Err(SettingMisfit::new("batch", NO_BATCHES, "remove it")),
        false => Ok(()),
    }
}

/// Returns the path at which a model is asked, below its address.
fn spot(model: &Model, address: VertexAddress) -> String {
    let name = match (model.model.contains('/'), address.vertex) {
        (true, _) => model.model.clone(),
        (false, true) => format!("publishers/google/models/{}", model.model),
        (false, false) => format!("models/{}", model.model),
    };
    let version = match address.version {
        true => "",
        false if address.vertex => "v1/",
        false => "v1beta/",
    };
    let method = if model.stream { "streamGenerateContent" } else { "generateContent" };
    format!("{version}{name}:{method}")
}

/// Keywords that structured output does not know (<https://ai.google.dev/gemini-api/docs/structured-output>).
const REFUSED_KEYWORDS: &[&str] = &["uniqueItems"];

/// How a candidate ended (<https://ai.google.dev/api/generate-content#FinishReason>). A candidate without such
/// a word has not ended. The words for a malformed or unexpected tool call are left out, and so is `OTHER`,
/// which the provider does not explain: they are shown as they are.
pub(super) const ENDS: FinishWords = FinishWords {
    whole: &["stop"],
    cut: &["max_tokens"],
    filtered: &[
        "safety",
        "recitation",
        "language",
        "blocklist",
        "prohibited_content",
        "spii",
        "image_safety",
        "image_prohibited_content",
        "image_recitation",
        "model_armor",
        "jailbreak",
    ],
    broken: &["error", "cancelled", "canceled"],
};

/// Fields of a part, beside its text, that say nothing about the answer.
const SILENT: [&str; 4] = ["thought", "thoughtSignature", "thought_signature", "partMetadata"];

/// Returns whether the feedback on a question says that it was blocked.
fn blocks(feedback: &Value) -> bool {
    rated(feedback)
        || word(feedback.get("blockReason")).is_some_and(|reason| reason != "BLOCK_REASON_UNSPECIFIED")
}

/// Returns whether a rating of a question or an answer has blocked it.
pub(super) fn rated(of: &Value) -> bool {
    let ratings = of.get("safetyRatings").and_then(Value::as_array);
    ratings.into_iter().flatten().any(|rating| rating.get("blocked") == Some(&Value::Bool(true)))
}

#[derive(Debug)]
pub(super) struct Gemini {
    pub(super) server: Server,
    /// The body without contents, system instruction and schema.
    body: Map<String, Value>,
    vertex: bool,
    /// Whether JSON is asked for without a schema.
    object: bool,
    /// Whether the answer is asked for in pieces.
    stream: bool,
}

impl Gemini {
    fn new(model: &Model, server: Server) -> Self {
        let mut settings = Map::new();
        if let Some(temperature) = temperature(model) {
            settings.insert("temperature".to_owned(), json!(temperature));
        }
        if let Some(most) = model.max_tokens {
            settings.insert("maxOutputTokens".to_owned(), json!(most));
        }
        let mut body = Map::new();
        body.insert("contents".to_owned(), Value::Null);
        if !settings.is_empty() {
            body.insert("generationConfig".to_owned(), Value::Object(settings));
        }
        merge(&mut body, parameters(model));
        Gemini {
            server,
            body,
            vertex: VertexAddress::of(model).vertex,
            object: model.answer_format == AnswerFormat::JsonObject,
            stream: model.stream,
        }
    }

    pub(super) fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        let parts = |text: &str| json!([{ "text": text }]);
        let earlier = request.messages.iter().map(|message| {
            let role = match message.role {
                Role::User => "user",
                Role::Assistant => "model",
            };
            json!({ "role": role, "parts": parts(&message.content) })
        });
        let question = json!({ "role": "user", "parts": parts(&request.prompt) });
        body.insert("contents".to_owned(), earlier.chain([question]).collect());
        if let Some(system) = &request.system {
            body.insert("systemInstruction".to_owned(), json!({ "parts": parts(system) }));
        }
        if let Some(schema) = &request.schema {
            let schema = without(schema, REFUSED_KEYWORDS);
            // Vertex AI only has the older fields that `responseFormat` replaces.
            let format = match self.vertex {
                true if self.object => json!({ "responseMimeType": "application/json" }),
                true => json!({ "responseMimeType": "application/json", "responseJsonSchema": schema }),
                false if self.object => {
                    json!({ "responseFormat": { "text": { "mimeType": "APPLICATION_JSON" } } })
                }
                false => {
                    json!({ "responseFormat": { "text": { "mimeType": "APPLICATION_JSON", "schema": schema } } })
                }
            };
            merge(&mut body, Map::from_iter([("generationConfig".to_owned(), format)]));
        }
        Value::Object(body)
    }

    pub(super) fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        self.server.sound(answer, "finishReason")?;
        self.server.agree(answer.get("candidates"), "candidates", |candidate| {
            let said = said_in(candidate);
            let odd = other_content::in_parts(said.as_ref(), &SILENT);
            joined(said.as_ref(), |_| true) + &odd.map_or_else(String::new, |odd| format!(" (`{odd}`)"))
        })?;
        let candidate = the_first(answer.get("candidates"));
        if let Some(candidate) = candidate {
            self.server.speaks(candidate)?;
            candidate.get("content").map_or(Ok(()), |content| self.server.speaks(content))?;
        }
        let finish = match candidate {
            // The question itself was blocked, mostly before anything was said. Asking again would not help.
            _ if answer.get("promptFeedback").is_some_and(blocks) => Finish::Filter,
            None => return Err(self.server.nothing_in(answer, "candidates", "Gemini's generateContent")),
            Some(candidate) if rated(candidate) || flagged(answer) => Finish::Filter,
            Some(candidate) => {
                ENDS.read_always(&self.server, "finishReason", candidate.get("finishReason"))?
            }
        };
        let around = [Some(answer), candidate, candidate.and_then(|candidate| candidate.get("content"))];
        let finish = self.server.heed(finish, around.into_iter().flatten(), &["finishReason"])?;
        let said = candidate.and_then(said_in);
        let used = |field| count(answer, &["usageMetadata", field]);
        let thought = used("thoughtsTokenCount");
        let text = joined(said.as_ref(), |_| true);
        self.server.repeats(answer, &["text"], &text)?;
        Ok(self.server.safe(Response {
            text,
            finish: other_content::ended(finish, other_content::in_parts(said.as_ref(), &SILENT)),
            model: answer.get("modelVersion").and_then(Value::as_str).map(str::to_owned),
            upstream: Upstream::of(answer),
            tokens_in: used("promptTokenCount"),
            // Thoughts are charged as output, but counted separately.
            tokens_out: sum(&[used("candidatesTokenCount"), thought]),
            tokens_reasoning: thought,
            ..Response::default()
        }))
    }
}

/// Returns the parts of a candidate without its thoughts.
fn said_in(candidate: &Value) -> Option<Value> {
    let parts = candidate.get("content")?.get("parts")?.as_array()?;
    Some(parts.iter().filter(|part| part.get("thought") != Some(&Value::Bool(true))).cloned().collect())
}

impl Wire for Gemini {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let pieces = self.stream.then_some(&pieces::GEMINI);
            let heard = self.server.ask(&self.body(request), pieces, |_, _| false).await?;
            let response = self.response(&heard.body)?;
            Ok(heard.reply(response))
        })
    }

    fn batches(&self) -> Option<&dyn Batches> {
        Some(self)
    }
}
