//! Whether a model is asked at Google's Vertex AI, as its address tells: models of Google's and Anthropic's are
//! there under the same bodies, at other places (<https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference>,
//! <https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai>; read 2026-11-26).

use reqwest::Url;

use crate::config::Model;

/// Why `batch` is refused there.
pub(super) const NO_BATCHES: &str = "batches at Vertex AI are not supported";

/// What an address says of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct VertexAddress {
    /// It is Vertex AI's,
    pub vertex: bool,
    /// and of a project there: then a token goes along, and no API key.
    pub project: bool,
    /// It names the version of the API: `v1`, `v1beta`, `v1beta1`.
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
