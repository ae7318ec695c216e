//! What the command line of `init` asks for: who answers, and all that is missing or wrong in it at once, so that nobody
//! has to ask again for each.

use reqwest::Url;

use super::InitArguments;
use crate::ground::diagnostic::secret;

/// A provider whose key is usually in one variable.
struct UsualKey {
    provider: &'static str,
    variable: &'static str,
    /// What the names of its models begin with, if they all do.
    models: Option<&'static str>,
}

const KEYS: [UsualKey; 3] = [
    UsualKey { provider: "openai", variable: "OPENAI_API_KEY", models: None },
    UsualKey { provider: "anthropic", variable: "ANTHROPIC_API_KEY", models: Some("claude-") },
    UsualKey { provider: "gemini", variable: "GEMINI_API_KEY", models: Some("gemini-") },
];

/// The revision of a product, where the command line gives none.
const FIRST_REVISION: &str = "v1";

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answering {
    /// A published model.
    Published,
    /// A model that is asked at its provider.
    AskedModel,
    /// A product of the user's: a service, a program, or a function of the test target.
    Service,
    Program,
    Function,
}

impl Answering {
    pub(super) fn is_product(self) -> bool {
        matches!(self, Answering::Service | Answering::Program | Answering::Function)
    }
}

impl InitArguments {
    pub(super) fn answering(&self) -> Answering {
        match self.provider().as_str() {
            _ if self.demo => Answering::Published,
            "http" => Answering::Service,
            "command" => Answering::Program,
            "function" => Answering::Function,
            _ => Answering::AskedModel,
        }
    }

    /// Returns the provider that was named, or the one whose model it must be or whose usual key variable is set.
    pub(super) fn provider(&self) -> String {
        let set = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
        let model = self.model.as_deref().unwrap_or_default();
        let of_model = |usual: &&UsualKey| usual.models.is_some_and(|models| model.starts_with(models));
        let found = KEYS.iter().find(of_model).or_else(|| KEYS.iter().find(|usual| set(usual.variable)));
        let guess = found.filter(|_| self.base_url.is_none()).map_or("openai", |usual| usual.provider);
        self.provider.clone().unwrap_or_else(|| guess.to_owned())
    }

    /// Returns the variable that holds the key: the one that was named, or the provider's usual one.
    pub(super) fn key_variable(&self) -> Option<&str> {
        let provider = self.provider();
        let usual = KEYS.iter().find(|usual| usual.provider == provider && self.base_url.is_none());
        self.key_env.as_deref().or(usual.map(|usual| usual.variable))
    }

    /// Returns the model, or the revision of a product; `None` where it must be given and is not.
    pub(super) fn model(&self) -> Option<&str> {
        let first = self.answering().is_product().then_some(FIRST_REVISION);
        self.model.as_deref().or(first)
    }

    /// Returns the address of the server; `None` also where it holds what must not be written.
    pub(super) fn address(&self) -> Option<&str> {
        self.base_url.as_deref().filter(|address| secret_in(address).is_none())
    }

    /// Returns what is missing on the command line, and what must not be written into a file.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let answering = self.answering();
        let mut found = Vec::new();
        if answering == Answering::AskedModel && self.model.is_none() {
            found.push(NO_MODEL.to_owned());
        }
        if answering == Answering::Service && self.base_url.is_none() {
            found.push("--base-url is missing: give the address that takes a question, for example --base-url http://127.0.0.1:8080/prioritise".to_owned());
        }
        if answering == Answering::Program && self.program.is_empty() {
            found.push("the program is missing: give it and its arguments at the end, after `--`, for example -- ./prioritise --json".to_owned());
        }
        if answering != Answering::Program && !self.program.is_empty() {
            found.push("a program after `--` is started by --provider command only: give that, or leave the program out".to_owned());
        }
        if let Some(provider @ ("command" | "function")) = self.provider.as_deref() {
            let unused = [("--base-url", &self.base_url), ("--key-env", &self.key_env)];
            for (option, _) in unused.iter().filter(|(_, given)| given.is_some()) {
                found.push(format!(
                    "{option} has no effect with --provider {provider}: leave it out, or name another provider"
                ));
            }
        }
        found.extend(self.base_url.as_deref().and_then(secret_in));
        found
    }
}

const NO_MODEL: &str = "--model is missing: say who is asked, for example
  --model gpt-4.1-mini                                               a model, as its provider calls it
  --provider openai --base-url http://127.0.0.1:8080/v1 --model m    a server that speaks chat completions
  --provider http --base-url http://127.0.0.1:8080/prioritise        your own service
  --demo                                                             published answers, without a key";

/// Says that an address holds a password or a key, which no file may hold. It does not repeat it.
fn secret_in(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let of_key = |name: &str, value: &str| secret::is_name(name) || secret::looks_like_key(value);
    // What stands after `#` is never sent, but would be written.
    let after_mark = Url::parse(&format!("http://x/?{}", url.fragment().unwrap_or_default())).ok();
    let parts = [Some(&url), after_mark.as_ref()].into_iter().flatten().flat_map(Url::query_pairs);
    let has_key = parts.into_iter().any(|(name, value)| !value.is_empty() && of_key(&name, &value));
    let what = if !url.username().is_empty() || url.password().is_some() {
        "a user name or a password"
    } else if has_key {
        "what looks like a key"
    } else {
        return None;
    };
    Some(format!(
        "--base-url has {what} in it, which must not be written to a file: leave it out of the address, put it into a variable, and name the variable with --key-env. A header then sends it: with --provider http, headers = {{ authorization = \"Bearer {{key}}\" }} of [model.http], where another header may stand"
    ))
}
