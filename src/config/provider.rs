//! What must be known about a provider before it is asked: its address, the `[[model]]` settings that it takes, and
//! its defaults. Each wire's file defines its own [`Spec`]; entries of the config are checked against it here, so
//! that a mistake can be shown in its place.

use std::fmt;

use super::{AnswerFormat, Model};
use crate::ground::format::series;

/// The description of a provider, defined in the file of its wire.
pub struct Spec {
    /// The name used in `provider` and in the key of a recording.
    pub name: &'static str,
    /// What the reference of `provider` says about it.
    pub about: &'static str,
    /// Example lines that an entry needs besides its name and provider.
    pub example: &'static [&'static str],
    /// The provider's response body with an answer. The strings `TEXT`, `VERSION` and `END` stand for the model's
    /// words, the version that answered, and why it stopped. Empty if the provider has no JSON format of its own.
    pub answer: &'static str,
    pub(crate) place: ProviderPlace,
    /// The settings that it takes, of those that not every provider has.
    pub(crate) takes: &'static [Setting],
    /// A setting that an entry must have, with an example.
    pub(crate) needs: Option<(Setting, &'static str)>,
    /// Where the equivalents of `temperature`, `max_tokens`, `parameters` and `base_url` are set, if it does not use
    /// these.
    pub instead: Option<&'static str>,
    /// Request fields that `parameters` may not set, each with what to do instead. A nested field is written
    /// `table.field`.
    pub(crate) reserved: &'static [(&'static str, &'static str)],
    pub(crate) most_temperature: f64,
    /// The temperature that is sent unless the config sets one.
    pub(crate) temperature: Option<f64>,
    /// The longest answer in tokens, unless the config sets another limit.
    pub(crate) max_tokens: Option<u32>,
    /// Whether it takes a whole conversation, including the model's own turns, so that a model can be asked back.
    pub(crate) converses: fn(&Model) -> bool,
    /// Checks any other conditions on the settings.
    pub(crate) check: fn(&Model) -> Result<(), SettingMisfit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProviderPlace {
    /// The provider is at this address, unless `base_url` says otherwise.
    Public(&'static str),
    /// The provider is at an address of the user's own, which looks like this example.
    Own(&'static str),
    /// The provider is at the address in `[model.http]`.
    Table,
    /// The provider is not on the network.
    Nowhere,
}

/// A setting of `[[model]]` that not every provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    Reasoning,
    ApiVersion,
    Batch,
    Stream,
    /// `answer_format = "json_object"`
    JsonObject,
    /// `[model.http]`
    Http,
    Command,
    /// `[model.stdio]`
    Stdio,
    Sign,
    Region,
}

/// A setting that its provider does not take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SettingMisfit {
    /// The field of `[[model]]`, or a field inside a table such as `parameters.stream`.
    pub(crate) field: String,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl SettingMisfit {
    pub(crate) fn new(field: &str, message: impl Into<String>, help: impl Into<String>) -> SettingMisfit {
        SettingMisfit { field: field.to_owned(), message: message.into(), help: help.into() }
    }
}

impl PartialEq for Spec {
    fn eq(&self, other: &Spec) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Spec {
    /// Makes a provider without special features that is not on the network. It sends temperature 1.0, since the
    /// spread of answers is what is measured.
    pub(crate) const fn new(name: &'static str) -> Spec {
        Spec {
            name,
            about: "",
            example: &[],
            answer: "",
            place: ProviderPlace::Nowhere,
            takes: &[],
            needs: None,
            instead: None,
            reserved: &[],
            most_temperature: 10.0,
            temperature: Some(1.0),
            max_tokens: None,
            converses: |_| false,
            check: |_| Ok(()),
        }
    }

    /// Makes a provider at `place` that takes a conversation and knows its models by their ids.
    pub(crate) const fn at(name: &'static str, place: ProviderPlace) -> Spec {
        Spec { place, example: &["model = \"m\""], converses: |_| true, ..Spec::new(name) }
    }

    pub(crate) fn takes(&self, setting: Setting) -> bool {
        self.takes.contains(&setting)
    }

    /// Returns whether it knows its models by ids, so that an entry must give one.
    pub(super) fn has_ids(&self) -> bool {
        matches!(self.place, ProviderPlace::Public(_) | ProviderPlace::Own(_))
    }
}

impl Model {
    /// Checks that the provider takes the model's settings. `known` are all providers; messages name those that take
    /// a setting.
    ///
    /// # Errors
    /// The provider does not take a setting: which one, and what to do.
    pub(crate) fn fits(&self, known: &[&'static Spec]) -> Result<(), SettingMisfit> {
        let provider = self.provider;
        if let (ProviderPlace::Own(example), None) = (provider.place, &self.base_url) {
            let message =
                format!("the model `{}` needs `base_url`, the address of your own resource", self.name);
            return Err(SettingMisfit::new("base_url", message, format!("add base_url = \"{example}\"")));
        }
        self.takes_what_is_set(known)?;
        if self.stream && self.batch {
            let message = "`stream` has no effect with `batch`: the answers of a batch arrive whole";
            return Err(SettingMisfit::new("stream", message, "remove one of them"));
        }
        if self.batch && self.key_env.len() > 1 {
            let message = "a batch belongs to the account of one key, but `key_env` names several";
            return Err(SettingMisfit::new("batch", message, "name one key, or remove `batch`"));
        }
        if self.no_temperature && provider.temperature.is_none() {
            let message = format!("no temperature is ever sent to `{}`", self.name);
            return Err(SettingMisfit::new("temperature", message, "remove it"));
        }
        let most = provider.most_temperature;
        if let Some(temperature) = self.temperature.filter(|temperature| !(0.0..=most).contains(temperature))
        {
            let message = format!("the temperature is {temperature}, but must be between 0 and {most}");
            let help = format!("provider `{}` takes no other temperature", provider.name);
            return Err(SettingMisfit::new("temperature", message, help));
        }
        for (path, help) in provider.reserved {
            if self.parameter(path).is_some() {
                let message = format!("`{path}` cannot be set in `parameters` of `{}`", self.name);
                return Err(SettingMisfit::new(&format!("parameters.{path}"), message, *help));
            }
        }
        (provider.check)(self)
    }

    /// Checks that the provider takes the optional settings that are set.
    fn takes_what_is_set(&self, known: &[&'static Spec]) -> Result<(), SettingMisfit> {
        let optional = [
            (Setting::Reasoning, "reasoning", self.reasoning.is_some()),
            (Setting::ApiVersion, "api_version", self.api_version.is_some()),
            (Setting::Batch, "batch", self.batch),
            (Setting::Stream, "stream", self.stream),
            (Setting::JsonObject, "json_object", self.answer_format == AnswerFormat::JsonObject),
        ];
        let lacking = optional.into_iter().find(|(setting, _, set)| *set && !self.provider.takes(*setting));
        let Some((setting, word, _)) = lacking else { return Ok(()) };
        let (field, help) = match setting {
            Setting::JsonObject => {
                ("answer_format", "set answer_format = \"json_schema\" or \"text\"".to_owned())
            }
            Setting::Batch => {
                (word, format!("remove it: only {} have batch endpoints", listed(&taking(known, setting))))
            }
            _ => (word, "remove it: settings that only this provider has go into `parameters`".to_owned()),
        };
        let message = format!("provider `{}` does not support `{word}`", self.provider.name);
        Err(SettingMisfit::new(field, message, help))
    }

    /// Returns whether its requests carry a key.
    pub(crate) fn has_key(&self) -> bool {
        !self.key_env.is_empty() || (self.key_command.is_some() && self.sign.is_none())
    }

    /// Returns the value at `path` in its `parameters`.
    pub(crate) fn parameter(&self, path: &str) -> Option<&toml::Value> {
        let mut parts = path.split('.');
        let first = self.parameters.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }
}

/// Returns the names of the providers that take a setting.
pub(super) fn taking(known: &[&'static Spec], setting: Setting) -> Vec<&'static str> {
    known.iter().filter(|spec| spec.takes(setting)).map(|spec| spec.name).collect()
}

/// Formats names as `` `a`, `b` and `c` ``.
pub(super) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    series(&quoted, "and")
}
