//! Tells by its address whether a model is asked at Google's Vertex AI. Models of Google and Anthropic take the
//! same bodies there, at other paths
//! (<https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference>,
//! <https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai>; read 2026-11-26).

use reqwest::Url;

use crate::config::Model;

/// The message for `batch` at Vertex AI.
pub(super) const NO_BATCHES: &str = "batches at Vertex AI are not supported";

/// What the address of a model says.
#[derive(Debug, Clone, Copy)]
pub(super) struct VertexAddress {
    /// Whether it is an address of Vertex AI.
    pub vertex: bool,
    /// Whether it names a project, which is asked with an access token and not with an API key.
    pub project: bool,
    /// Whether it names the version of the API: `v1`, `v1beta`, `v1beta1`.
    pub version: bool,
}

impl VertexAddress {
    pub(super) fn of(model: &Model) -> VertexAddress {
        let url = model.base_url.as_ref().and_then(|base| Url::parse(base).ok());
        let parts: Vec<&str> = url.as_ref().and_then(Url::path_segments).into_iter().flatten().collect();
        let project = parts.contains(&"projects");
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let is_version = |part: &&str| {
            let rest = part.strip_prefix('v').unwrap_or_default();
            rest.starts_with(|c: char| c.is_ascii_digit())
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        VertexAddress {
            vertex: project || parts.contains(&"publishers") || host.ends_with("aiplatform.googleapis.com"),
            project,
            version: parts.iter().any(is_version),
        }
    }
}
