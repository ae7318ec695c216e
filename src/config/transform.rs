//! `transform`: a JMESPath expression that makes the answer of a product's whole reply, for shapes that no pointer can
//! reach. JMESPath always ends, whatever it is given, which is why it was chosen.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;

use super::product::WrongSetting;

/// The cargo feature that transforms need.
const FEATURE: &str = "transform";

/// An expression that has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transform(String);

/// An expression that is wrong: why, and at which byte of it if that is known.
struct WrongExpression {
    why: String,
    at: Option<usize>,
}

impl Transform {
    /// Checks an expression; `source` is the text of the config.
    pub(super) fn checked(text: &Spanned<String>, source: &str) -> Result<Transform, WrongSetting> {
        if !cfg!(feature = "transform") {
            let message = format!("`transform` needs alignspec's feature `{FEATURE}`, which is off");
            let help = format!("in Cargo.toml: alignspec = {{ …, features = [\"{FEATURE}\"] }}");
            return Err((text.span(), message, help.into()));
        }
        match check(text.get_ref()) {
            Ok(()) => Ok(Transform(text.get_ref().clone())),
            Err(wrong) => {
                let message = format!("`transform` is not a JMESPath expression: {}", wrong.why);
                let help =
                    "for example transform = \"sort_by(items, &score)[].id\"; see https://jmespath.org";
                Err((place(text, source, wrong.at), message, help.into()))
            }
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Returns what the expression makes of a value, or why it fails.
    pub(crate) fn apply(&self, value: &Value) -> Result<Value, String> {
        apply(&self.0, value)
    }
}

/// Returns the place of a byte of an expression in the config, or that of the whole expression.
fn place(text: &Spanned<String>, source: &str, at: Option<usize>) -> Range<usize> {
    let span = text.span();
    // The bytes are those of the file only where the text has no escapes.
    let inner = span.start + 1..span.end.saturating_sub(1);
    let plain = source.get(inner.clone()).is_some_and(|written| written == text.get_ref());
    match at.filter(|_| plain) {
        Some(at) => {
            let start = (inner.start + at).min(inner.end);
            let width = source[start..inner.end].chars().next().map_or(0, char::len_utf8);
            start..start + width.max(1)
        }
        None => span,
    }
}

#[cfg(feature = "transform")]
fn check(text: &str) -> Result<(), WrongExpression> {
    use jmespath::{ErrorReason, RuntimeError, Variable};
    let wrong = |error: jmespath::JmespathError| WrongExpression {
        why: reason(&error),
        at: Some(error.offset).filter(|at| text.is_char_boundary(*at)),
    };
    let expression = jmespath::compile(text).map_err(wrong)?;
    // Functions are looked up when they are called. Their arguments are not known here.
    match expression.search(Variable::Null) {
        Err(error)
            if matches!(
                error.reason,
                ErrorReason::Runtime(
                    RuntimeError::UnknownFunction(_)
                        | RuntimeError::TooManyArguments { .. }
                        | RuntimeError::NotEnoughArguments { .. }
                )
            ) =>
        {
            Err(wrong(error))
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "transform")]
fn apply(text: &str, value: &Value) -> Result<Value, String> {
    let expression = jmespath::compile(text).map_err(|error| reason(&error))?;
    let found = expression.search(value).map_err(|error| reason(&error))?;
    serde_json::to_value(&*found).map_err(|error| error.to_string())
}

/// Returns what is wrong in one line, without the expression.
#[cfg(feature = "transform")]
fn reason(error: &jmespath::JmespathError) -> String {
    let said = crate::ground::text::one_line(&error.reason.to_string(), 300);
    let said =
        said.strip_prefix("Parse error: ").or_else(|| said.strip_prefix("Runtime error: ")).unwrap_or(&said);
    said.to_owned()
}

#[cfg(not(feature = "transform"))]
fn check(_: &str) -> Result<(), WrongExpression> {
    Err(WrongExpression { why: format!("the feature `{FEATURE}` is off"), at: None })
}

#[cfg(not(feature = "transform"))]
fn apply(_: &str, _: &Value) -> Result<Value, String> {
    Err(format!("the feature `{FEATURE}` is off"))
}
