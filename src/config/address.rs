//! Addresses: where a question may go.

use toml::Spanned;

/// Plain http is for this machine only, unless the config says otherwise: a key or a prompt would cross
/// the network readable.
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

/// Whether `url` leads to this machine whatever the network says.
pub(crate) fn is_this_machine(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
