//! Gemini's batch endpoint as the tests play it.

use serde_json::{Value, json};

use super::batches::{Outcome, State};
use super::server::{Received, Reply};

pub fn answer(state: &mut State, received: &Received) -> Reply {
    let (target, query) = received.target.split_once('?').unwrap_or((&received.target, ""));
    let none = || Reply::json(404, &json!({ "error": { "code": 404, "message": "No such batch" } }));
    match target.split('/').collect::<Vec<_>>()[..] {
        ["POST ", "upload", "v1beta", "files"] => {
            assert_eq!(received.header("x-goog-upload-command"), Some("start"));
            assert_eq!(received.header("x-goog-upload-header-content-type"), Some("application/jsonl"));
            let host = received.header("host").expect("a host");
            Reply::json(200, &json!({}))
                .header("x-goog-upload-url", format!("http://{host}/sent?upload_id=1"))
        }
        ["POST ", "sent"] => {
            assert_eq!(received.header("x-goog-upload-command"), Some("upload, finalize"));
            state.files.push(received.raw.clone());
            Reply::json(200, &json!({ "file": { "name": format!("files/in-{}", state.files.len() - 1) } }))
        }
        ["POST ", "v1beta", "models", "small-1:batchGenerateContent"] => {
            let batch = &received.body["batch"];
            let file =
                batch["inputConfig"]["fileName"].as_str().and_then(|name| name.strip_prefix("files/in-"));
            let file = &state.files[file.and_then(|at| at.parse::<usize>().ok()).expect("a file")];
            let lines = String::from_utf8_lossy(file).into_owned();
            let requests: Vec<Value> =
                lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            assert!(requests.iter().all(|request| request["request"]["contents"].is_array()));
            let name = batch["displayName"].clone();
            state.take(requests, json!({ "displayName": name }), shown)
        }
        // A page of two.
        ["GET ", "v1beta", "batches"] if state.lists => {
            let token = query.split('&').find_map(|pair| pair.strip_prefix("pageToken="));
            let from: usize = token.map_or(0, |token| token.parse().expect("a number"));
            let places = from..state.batches.len().min(from + 2);
            let more = places.end < state.batches.len();
            let end = places.end.to_string();
            let list: Vec<Value> = places.map(|at| shown(state, at)).collect();
            Reply::json(
                200,
                &json!({ "operations": list, "nextPageToken": if more { end } else { String::new() } }),
            )
        }
        ["GET ", "v1beta", "batches", id] => match state.place(id) {
            Some(at) => Reply::json(200, &shown(state, at)),
            None => none(),
        },
        ["GET ", "download", "v1beta", "files", file] => {
            assert_eq!(query, "alt=media");
            let at = file.strip_prefix("out-").and_then(|file| file.strip_suffix(":download"));
            let at: usize = at.and_then(|at| at.parse().ok()).expect("a file");
            let line = |(place, id): (usize, String)| match (state.answers)(at, place) {
                Outcome::Answer(text) => Some(json!({ "key": id, "response": response(&text) })),
                Outcome::Error(status) => Some(
                    json!({ "key": id, "error": { "code": status, "message": "words of the provider" } }),
                ),
                Outcome::Expired => {
                    Some(json!({ "key": id, "error": { "code": 4, "message": "ran out of time" } }))
                }
                Outcome::Nothing => None,
            };
            let lines = state.batches[at].ids().into_iter().enumerate().filter_map(line).collect();
            state.results(lines)
        }
        _ if !state.lists => none(),
        _ => panic!("{}", received.target),
    }
}

fn response(text: &str) -> Value {
    json!({
        "modelVersion": "small-1-2025",
        "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": "STOP" }],
        "usageMetadata": { "promptTokenCount": 11, "candidatesTokenCount": 3 },
    })
}

fn shown(state: &State, at: usize) -> Value {
    let all = state.batches[at].requests.len();
    let mut metadata = json!({
        "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
        "displayName": state.batches[at].metadata["displayName"],
        "state": "BATCH_STATE_SUCCEEDED",
        "createTime": jiff::Timestamp::now().to_string(),
    });
    let name = format!("batches/{}", state.batches[at].id);
    if let Some(done) = state.done(at) {
        metadata["state"] = json!("BATCH_STATE_RUNNING");
        // Numbers of 64 bits are texts in Google's JSON.
        metadata["batchStats"] =
            json!({ "requestCount": all.to_string(), "successfulRequestCount": done.to_string() });
        return json!({ "name": name, "metadata": metadata });
    }
    json!({ "name": name, "metadata": metadata, "done": true, "response": { "responsesFile": format!("files/out-{at}") } })
}
