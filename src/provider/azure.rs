//! Azure OpenAI: chat completions at the user's own resource, where `model` is the deployment.
//!
//! Without `api_version` this is the v1 API
//! (<https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle>). With it, it is the older API,
//! which has the deployment in its path (<https://learn.microsoft.com/azure/ai-foundry/openai/reference>).
//! Azure answers a question that it filters with status 400, which is read as an answer.

use super::entry::Provider;
use super::openai::{Chat, RESERVED};
use super::shared::{KeyHeader, server};
use crate::config::{Model, ProviderPlace, Setting, SettingMisfit, Spec};

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "Azure OpenAI; `base_url` is your resource's address, `model` its deployment",
        answer: super::openai::PROVIDER.spec.answer,
        example: &["model = \"m\"", "base_url = \"https://m.openai.azure.com\""],
        takes: &[
            Setting::Reasoning,
            Setting::ApiVersion,
            Setting::JsonObject,
            Setting::Stream,
            Setting::Batch,
        ],
        reserved: RESERVED,
        most_temperature: 2.0,
        check: is_date,
        ..Spec::at("azure", ProviderPlace::Own("https://….openai.azure.com"))
    },
    connect: |model, limit, variables| {
        let dated = ["openai", "deployments", &model.model, "chat", "completions"];
        let (path, query) = match &model.api_version {
            None => (&["openai", "v1", "chat", "completions"][..], None),
            Some(version) => (&dated[..], Some(("api-version", version.as_str()))),
        };
        let header = KeyHeader("api-key", "");
        let server = server(model, path, query.as_slice(), &header, &[], limit, variables)?;
        // `deployments/ID` is not part of the path of batches either.
        let parts = if model.api_version.is_some() { 4 } else { 2 };
        Ok(Box::new(Chat::new(model, server, REFUSED_KEYWORDS).at_azure(parts)))
    },
};

/// Keywords that Azure's strict schemas reject
/// (<https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs>).
const REFUSED_KEYWORDS: &[&str] = &["uniqueItems", "minItems", "maxItems"];

/// Checks that `api_version` is a date such as `2024-10-21` or `2025-04-01-preview`.
fn is_date(model: &Model) -> Result<(), SettingMisfit> {
    let Some(version) = &model.api_version else { return Ok(()) };
    let date = version.strip_suffix("-preview").unwrap_or(version);
    if date.parse::<jiff::civil::Date>().is_ok() && date.len() == 10 {
        return Ok(());
    }
    let message = format!("`{version}` is not a version of Azure's API");
    let help = "write a date such as 2024-10-21; for the v1 API, remove it";
    Err(SettingMisfit::new("api_version", message, help))
}
