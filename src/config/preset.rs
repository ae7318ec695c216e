//! `provider`: the name of a wire, or of a host that speaks one and whose address and key are known. The hosts are
//! listed in `presets.toml`, each with its source and date.

use once_cell::sync::Lazy;
use serde::Deserialize;
use toml::Spanned;

use super::model::EntryReader;
use super::provider::Spec;
use crate::ground::diagnostic::Diagnostic;

/// What `provider` names.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedProvider {
    pub provider: &'static Spec,
    pub preset: Option<&'static Preset>,
}

/// A host that speaks chat completions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Preset {
    pub name: String,
    pub base_url: String,
    pub key_env: Option<String>,
    /// Settings that the host does not take.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Documents the entry for people who read the table.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is there to be read by people and by a test"))]
    source: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "it is there to be read by people and by a test"))]
    date: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetTable {
    preset: Vec<Preset>,
}

/// The table of hosts. A test checks that it can be parsed.
static TABLE: Lazy<PresetTable> =
    Lazy::new(|| toml::from_str(include_str!("presets.toml")).unwrap_or_default());

/// The wire that all these hosts speak.
const WIRE: &str = "openai";

/// Published or imported figures, for which nobody is asked.
pub static TALLY: Spec = Spec {
    about: "published or imported figures: a baseline that is judged like a model",
    ..Spec::new("tally")
};

/// Returns the provider or the host that `provider` names.
///
/// # Errors
/// No provider and no host has that name.
pub(super) fn named(
    word: &Spanned<String>,
    reader: EntryReader<'_>,
) -> Result<NamedProvider, Box<Diagnostic>> {
    let name = word.get_ref().as_str();
    let wires = || reader.known.iter().copied().chain([&TALLY]);
    let wire = |name: &str| wires().find(|spec| spec.name == name);
    // No host has a provider's name, and most configs name none: the table is not even parsed then.
    if let Some(provider) = wire(name) {
        return Ok(NamedProvider { provider, preset: None });
    }
    let preset = TABLE.preset.iter().find(|preset| preset.name == name);
    if let Some((provider, preset)) = wire(WIRE).zip(preset) {
        return Ok(NamedProvider { provider, preset: Some(preset) });
    }
    let names = wires().map(|spec| spec.name).chain(TABLE.preset.iter().map(|preset| &*preset.name));
    let unknown = reader.problem(word.span(), format!("unknown provider `{name}`"));
    Err(Box::new(unknown.nearest(name, names)))
}

impl Preset {
    /// Returns whether the host does not take a setting or a field of the request.
    pub(super) fn lacks(&self, name: &str) -> bool {
        self.lacks.iter().any(|lacking| lacking == name)
    }

    /// Returns the first of the settings that are `set` but that the host does not take: its name, a message, and
    /// what to do.
    pub(super) fn refuses(
        &self,
        set: &[(&'static str, &'static str, bool)],
    ) -> Option<(&'static str, String, String)> {
        let (field, what, _) = set.iter().find(|(_, what, set)| *set && self.lacks(what))?;
        let message = format!("provider `{}` does not support `{what}`", self.name);
        Some((
            field,
            message,
            format!(
                "remove it; to send it anyway, use provider = \"openai\" with base_url = \"{}\"",
                self.base_url
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    use crate::config::Model;
    use crate::ground::diagnostic::Source;

    fn parse(fields: &str) -> Result<Model, Box<Diagnostic>> {
        let text = format!("[[model]]\nname = \"m\"\nmodel = \"x\"\n{fields}");
        Ok(crate::provider::parse_config(Path::new("/x"), Source::new("alignment.toml", text))?
            .models
            .remove(0))
    }

    #[test]
    fn every_preset_can_be_named_and_has_its_source_and_date() {
        let table: PresetTable = toml::from_str(include_str!("presets.toml")).expect("a table");
        for preset in &table.preset {
            assert!(preset.source.starts_with("https://"), "{preset:?}");
            assert!(preset.date.parse::<jiff::civil::Date>().is_ok(), "{preset:?}");
            let model = parse(&format!("provider = \"{}\"", preset.name)).expect("a model");
            assert_eq!(model.provider.name, WIRE);
            assert_eq!(model.base_url.as_ref(), Some(&preset.base_url));
            assert_eq!(model.key_env.first(), preset.key_env.as_ref());
        }
    }

    #[test]
    fn what_an_entry_says_itself_goes_first_and_what_a_host_lacks_is_shown_in_place() {
        let own =
            parse("provider = \"groq\"\nbase_url = \"https://gateway.example/v1/\"\nkey_env = \"MINE\"");
        let own = own.expect("a model");
        assert_eq!(own.base_url.as_deref(), Some("https://gateway.example/v1"));
        assert_eq!(own.key_env, ["MINE"]);
        for (fields, place, wanted) in [
            (
                "provider = \"lm_studio\"\nanswer_format = \"json_object\"",
                (5, 17),
                "provider `lm_studio` does not support `json_object`",
            ),
            ("provider = \"vllm\"\nbatch = true", (5, 9), "provider `vllm` does not support `batch`"),
            ("provider = \"grok\"", (4, 12), "unknown provider `grok`"),
        ] {
            let problem = parse(fields).expect_err(fields);
            assert!(problem.message().starts_with(wanted), "{problem}");
            assert_eq!(problem.position(), Some(("alignment.toml", place.0, place.1)), "{problem}");
        }
        assert!(
            parse("provider = \"grok\"").expect_err("unknown").to_string().contains("did you mean `groq`?")
        );
    }
}
