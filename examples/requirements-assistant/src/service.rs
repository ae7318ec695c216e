//! The service: `POST /prioritise`. Every error is JSON, `{"error": "…"}`, and a ranking is whole or there is none.
//!
//! | status | when |
//! | --- | --- |
//! | 200 | all stories were rated |
//! | 400 | the request is no backlog that can be put in order |
//! | 502 | the model cannot be reached, fails, or gives an answer that cannot be used |

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;
use thiserror::Error;

use crate::backlog::{Backlog, InvalidBacklog, Ranking};
use crate::model::{Model, ModelError};

/// Returns the service, which asks `model`.
pub fn router(model: Model) -> Router {
    Router::new().route("/prioritise", post(prioritise)).with_state(model)
}

async fn prioritise(
    State(model): State<Model>,
    request: Result<Json<Backlog>, JsonRejection>,
) -> Result<Json<Ranking>, PrioritiseError> {
    let Json(backlog) = request?;
    backlog.check()?;
    let mut rated = Vec::with_capacity(backlog.backlog.len());
    for story in &backlog.backlog {
        rated.push((story.clone(), model.importance(&backlog, &story.text).await?));
    }
    Ok(Json(Ranking::by_importance(rated)))
}

/// Why there is no ranking.
#[derive(Debug, Error)]
enum PrioritiseError {
    #[error("{}", .0.body_text())]
    Unread(#[from] JsonRejection),
    #[error(transparent)]
    Invalid(#[from] InvalidBacklog),
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl IntoResponse for PrioritiseError {
    fn into_response(self) -> Response {
        let status = match self {
            PrioritiseError::Unread(_) | PrioritiseError::Invalid(_) => StatusCode::BAD_REQUEST,
            PrioritiseError::Model(_) => StatusCode::BAD_GATEWAY,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
