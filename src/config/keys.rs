//! `key_env`: the name of a variable, which holds a key; and whose keys are kept from whom.

use toml::Spanned;

use super::Model;
use crate::diagnostic::{KEY_HELP, secret};

/// Whether `key_env` can be a variable's name.
///
/// # Errors
/// It looks like a key, or is no name; what stands there is not part of the message.
pub(super) fn is_name(name: &Spanned<String>) -> Result<(), (String, &'static str)> {
    let text = name.get_ref().as_str();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty();
    if secret::looks_like_key(text) {
        let message =
            "`key_env` holds what looks like a key (it is not shown), and not the name of a variable";
        return Err((message.to_owned(), KEY_HELP));
    }
    match plain {
        true => Ok(()),
        false => {
            Err(("`key_env` is no name of an environment variable (it is not shown)".to_owned(), KEY_HELP))
        }
    }
}

/// A program inherits the environment, but not the keys of the other models: they are no business of it. And
/// whoever repeats one of them all the same, it is taken out of what is kept and shown.
pub(super) fn hide(models: &mut [Model]) {
    let mut keys: Vec<String> = models.iter().filter_map(|model| model.key_env.clone()).collect();
    keys.sort();
    keys.dedup();
    for model in models {
        let others = keys.iter().filter(|key| model.key_env.as_ref() != Some(key));
        model.other_keys = others.cloned().collect();
        if let Some(command) = &mut model.command {
            command.hidden.clone_from(&model.other_keys);
        }
    }
}
