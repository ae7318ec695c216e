//! `clarify`: whether a model whose response cannot be read is asked back, once, in the same conversation.

use toml::Spanned;

use super::product::WrongSetting;
use super::{AnswerFormat, Model};

/// Decides whether `model` is asked back: `own` is what its entry says, `usual` what `[sampling]` says, and `can`
/// whether its provider takes a conversation.
///
/// A schema already shapes the answer, so a model with one is only asked back if its own entry says so.
pub(super) fn checked(
    own: Option<&Spanned<bool>>,
    usual: bool,
    can: bool,
    model: &Model,
) -> Result<bool, WrongSetting> {
    match own {
        Some(own) if *own.get_ref() && !can => {
            let message =
                format!("`{}` cannot be asked back: its provider takes no conversation", model.name);
            let help = "remove `clarify`; for provider `http`, put \"{messages}\" where the body holds the conversation";
            Err((own.span(), message, help.into()))
        }
        Some(own) => Ok(*own.get_ref()),
        None => Ok(usual && can && model.answer_format == AnswerFormat::Text),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::ground::diagnostic::{Diagnostic, Source};

    fn parse(sampling: &str, model: &str) -> Result<bool, Box<Diagnostic>> {
        let text = format!("[sampling]\n{sampling}\n[[model]]\nname = \"m\"\n{model}");
        let config = crate::provider::parse_config(Path::new("/x"), Source::new("alignment.toml", text))?;
        // Only models are asked back, not published figures.
        Ok(config.models.first().is_some_and(|model| model.clarify))
    }

    #[test]
    fn on_where_text_comes_over_a_wire_that_takes_a_conversation() {
        let known = |provider: &str| format!("provider = \"{provider}\"\nmodel = \"x\"\n");
        let mut cases = Vec::new();
        for provider in ["openai", "openai_responses", "anthropic", "gemini", "ollama"] {
            cases.push(("", known(provider), true));
        }
        let openai = known("openai");
        let http = "provider = \"http\"\n[model.http]\nurl = \"https://h\"\nbody = ";
        cases.extend([
            ("", format!("{}base_url = \"https://x\"", known("azure")), true),
            ("", format!("{http}{{ m = \"{{messages}}\" }}"), true),
            ("", format!("{http}{{ q = \"{{prompt}}\" }}"), false),
            ("", "provider = \"command\"\ncommand = [\"x\"]".to_owned(), false),
            ("", "provider = \"function\"".to_owned(), false),
            ("", "provider = \"tally\"".to_owned(), false),
            ("", format!("{openai}batch = true"), true),
            ("", format!("{openai}answer_format = \"json_schema\""), false),
            ("", format!("{openai}answer_format = \"json_schema\"\nclarify = true"), true),
            ("", format!("{openai}clarify = false"), false),
            ("clarify = false", openai.clone(), false),
            ("clarify = false", format!("{openai}clarify = true"), true),
        ]);
        for (sampling, model, wanted) in cases {
            let clarify = parse(sampling, &model).unwrap_or_else(|problem| panic!("{problem}"));
            assert_eq!(clarify, wanted, "{sampling} {model}");
        }
    }

    #[test]
    fn what_would_change_nothing_is_shown_in_place() {
        let problem = parse("", "provider = \"function\"\nclarify = true").expect_err("no conversation");
        assert!(problem.message().starts_with("`m` cannot be asked back"), "{problem}");
        assert_eq!(problem.position(), Some(("alignment.toml", 6, 11)), "{problem}");
    }
}
