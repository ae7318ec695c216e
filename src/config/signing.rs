//! `sign = "aws"`: requests are signed with AWS credentials instead of carrying a key. `region`: the AWS region of
//! Bedrock. This file also lists the environment variables of such credentials: a model can be asked once all
//! variables of one source are set.

use std::collections::BTreeMap;
use std::ops::Range;

use reqwest::Url;
use serde::Deserialize;
use toml::Spanned;

use super::model::Model;
use super::provider::{Setting, Spec, listed, taking};

/// The cargo feature that signing needs.
pub(crate) const FEATURE: &str = "bedrock-sigv4";

/// The ways of signing requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scheme {
    /// AWS's Signature Version 4.
    Aws,
}

/// Requests are signed with AWS credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The region from the config or the address; `None` for that of the environment.
    pub region: Option<String>,
}

/// Environment variables that hold secrets.
const SECRET: [&str; 3] = [FIXED[0], FIXED[1], "AWS_SESSION_TOKEN"];

/// Variables that hold the credentials themselves.
pub(crate) const FIXED: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// Variables for temporary credentials of a role: all variables of one source must be set. An instance's metadata
/// service is only asked if the environment names it, because elsewhere the request would wait for a timeout.
pub(crate) const ROLES: [&[&str]; 4] = [
    &["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
    &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
    &["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
    &["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
];

impl Model {
    /// Returns a variable that must be set before the model can be asked, but is not.
    pub(crate) fn unset(&self, is_set: impl Fn(&str) -> bool) -> Option<&str> {
        let unset = self.variables().find(|variable| !is_set(variable));
        // With `key_command`, a program provides the credentials.
        let signed = self.sign.is_some() && self.key_command.is_none();
        unset.or_else(|| if signed { unsigned(is_set) } else { None })
    }

    /// Returns the variables that hold this model's own secrets.
    pub(super) fn secret_variables(&self) -> impl Iterator<Item = &str> {
        self.variables().chain(SECRET.into_iter().filter(|variable| self.signs_with(variable)))
    }

    /// Returns whether its requests are signed with what a variable holds.
    pub(super) fn signs_with(&self, variable: &str) -> bool {
        self.sign.is_some() && SECRET.contains(&variable)
    }
}

/// Returns a variable that is missing for AWS credentials. Setting only one of the two fixed variables is always a
/// mistake, even if a role is available.
fn unsigned(is_set: impl Fn(&str) -> bool) -> Option<&'static str> {
    let missing = FIXED.into_iter().find(|variable| !is_set(variable))?;
    let role = ROLES.iter().any(|source| source.iter().all(|variable| is_set(variable)));
    let half = FIXED.into_iter().any(&is_set);
    if role && !half { None } else { Some(missing) }
}

/// The other settings of an entry that signing depends on.
pub(super) struct SignedEntry<'m> {
    pub provider: &'static Spec,
    /// All providers.
    pub known: &'m [&'static Spec],
    pub base_url: Option<String>,
    pub has_key_env: bool,
    pub headers: &'m BTreeMap<String, Spanned<String>>,
}

type SigningMistake = (Range<usize>, String, String);

/// Returns how an entry's requests are signed, and its address; or the place of a mistake, a message, and what to do.
pub(super) fn checked(
    sign: Option<Spanned<Scheme>>,
    region: Option<Spanned<String>>,
    entry: SignedEntry<'_>,
) -> Result<(Option<Signing>, Option<String>), SigningMistake> {
    let settings = [
        ("sign", Setting::Sign, sign.as_ref().map(Spanned::span)),
        ("region", Setting::Region, region.as_ref().map(Spanned::span)),
    ];
    for (name, setting, span) in settings {
        let Some(span) = span.filter(|_| !entry.provider.takes(setting)) else { continue };
        let whose = listed(&taking(entry.known, setting));
        let help = format!("remove it: only the provider {whose} uses it");
        return Err((span, format!("`{name}` has no effect here"), help));
    }
    let here = entry.base_url.as_deref().and_then(region_of);
    if let Some(region) = &region {
        check_region(region, here.as_deref())?;
    }
    let region = region.map(Spanned::into_inner);
    let base_url = match (entry.base_url, &region) {
        (None, Some(region)) => Some(address(region)),
        (url, _) => url,
    };
    let Some(sign) = sign else { return Ok((None, base_url)) };
    check_sign(&sign, entry.has_key_env, entry.headers)?;
    Ok((Some(Signing { region: region.or(here) }), base_url))
}

fn check_region(region: &Spanned<String>, here: Option<&str>) -> Result<(), SigningMistake> {
    let name = region.get_ref();
    if !is_region(name) {
        let message = "`region` is not the name of a region".to_owned();
        return Err((region.span(), message, "for example region = \"us-east-1\"".to_owned()));
    }
    match here.filter(|here| here != name) {
        None => Ok(()),
        Some(here) => {
            let message = format!("`region` is {name}, but `base_url` is in {here}");
            Err((region.span(), message, "remove one of them".to_owned()))
        }
    }
}

fn check_sign(
    sign: &Spanned<Scheme>,
    has_key_env: bool,
    headers: &BTreeMap<String, Spanned<String>>,
) -> Result<(), SigningMistake> {
    if !cfg!(feature = "bedrock-sigv4") {
        let message = format!("`sign` needs alignspec's feature `{FEATURE}`, which is off");
        let help = format!(
            "in Cargo.toml: alignspec = {{ …, features = [\"{FEATURE}\"] }}; or remove `sign` and name the variable of a Bedrock API key in `key_env`"
        );
        return Err((sign.span(), message, help));
    }
    if has_key_env {
        let message =
            "`key_env` and `sign` are both set, but a request is authenticated in one way only".to_owned();
        let help = "remove one of them: AWS credentials are read from AWS's own variables";
        return Err((sign.span(), message, help.to_owned()));
    }
    let of_signature = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "authorization" || name.starts_with("x-amz-")
    };
    match headers.iter().find(|(name, _)| of_signature(name)) {
        None => Ok(()),
        Some((name, value)) => {
            let message = format!("`{name}` is part of the signature");
            Err((value.span(), message, "remove it, or remove `sign`".to_owned()))
        }
    }
}

/// Returns whether a text looks like the name of a region (`eu-central-1`).
pub(crate) fn is_region(name: &str) -> bool {
    name.contains('-')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Returns whether an address belongs to Amazon, whose services require authentication.
pub(crate) fn is_amazons(base_url: &str) -> bool {
    let url = Url::parse(base_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws"].iter().any(|end| host.ends_with(end))
}

/// Returns the region in an Amazon address: the part after the service, also in the host name of a private endpoint
/// (`vpce-….bedrock-runtime.us-east-1.vpce.amazonaws.com`).
fn region_of(base_url: &str) -> Option<String> {
    let url = Url::parse(base_url).ok().filter(|_| is_amazons(base_url))?;
    let mut parts = url.host_str()?.split('.');
    parts.find(|part| part.starts_with("bedrock-runtime"))?;
    parts.next().filter(|part| is_region(part)).map(str::to_owned)
}

/// Returns Bedrock's address in a region (<https://docs.aws.amazon.com/general/latest/gr/bedrock.html>).
fn address(region: &str) -> String {
    let china = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://bedrock-runtime.{region}.amazonaws.com{china}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_read_from_amazons_own_addresses() {
        for (url, wanted) in [
            ("https://bedrock-runtime.us-east-1.amazonaws.com", Some("us-east-1")),
            ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/", Some("us-gov-west-1")),
            ("https://vpce-0a-1b.bedrock-runtime.eu-west-3.vpce.amazonaws.com", Some("eu-west-3")),
            ("https://bedrock-runtime.eu-west-1.api.aws", Some("eu-west-1")),
            ("https://bedrock-runtime.us-east-1.amazonaws.com.evil.example", None),
            ("https://gateway.example/bedrock-runtime.us-east-1", None),
            ("https://bedrock-runtime.amazonaws.com", None),
        ] {
            assert_eq!(region_of(url).as_deref(), wanted, "{url}");
        }
    }

    #[test]
    fn credentials_come_from_one_whole_source() {
        for (set, missing) in [
            (&[][..], Some("AWS_ACCESS_KEY_ID")),
            (&["AWS_ACCESS_KEY_ID"], Some("AWS_SECRET_ACCESS_KEY")),
            (&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], None),
            (&["AWS_ROLE_ARN"], Some("AWS_ACCESS_KEY_ID")),
            (&["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"], None),
            (&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"], None),
            (&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_SECRET_ACCESS_KEY"], Some("AWS_ACCESS_KEY_ID")),
        ] {
            assert_eq!(unsigned(|variable| set.contains(&variable)), missing, "{set:?}");
        }
    }
}
