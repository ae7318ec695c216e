//! Checks the addresses to which questions are sent.

use toml::Spanned;

/// Checks an address. Plain http is only allowed to this machine unless the config permits it, because keys and
/// prompts would cross the network unencrypted.
pub(super) fn check_url(url: &Spanned<String>, insecure_http: bool) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url.get_ref())
        .map_err(|error| format!("`{}` is not a URL: {error}", url.get_ref()))?;
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if insecure_http || is_this_machine(&parsed) => Ok(()),
        "http" => Err(format!(
            "plain http to {} is not allowed: use https, or set insecure_http = true (http to this machine is always allowed)",
            parsed.host_str().unwrap_or_default()
        )),
        other => Err(format!("an address must start with http:// or https://, not {other}://")),
    }
}

/// Returns whether `url` always leads to this machine, whatever the name servers say.
pub(crate) fn is_this_machine(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
