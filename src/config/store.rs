//! `store = "…"`: where machines share their recordings.

use std::fmt;
use std::path::{Path, PathBuf};

use reqwest::Url;
use toml::Spanned;

use crate::ground::diagnostic::{Diagnostic, Source, nearest};

/// Where recordings are shared. Everything below this place belongs to alignspec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// A folder that all machines can reach: `file:///…`, or a path relative to the crate.
    Folder(PathBuf),
    /// A bucket with a prefix: `s3://bucket/prefix`, `gs://…`, `az://container/prefix`.
    Bucket(Url),
}

/// The accepted URL schemes.
const SCHEMES: [&str; 4] = ["s3", "gs", "az", "file"];

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreLocation::Folder(path) => path.display().fmt(f),
            StoreLocation::Bucket(url) => f.write_str(url.as_str().trim_end_matches('/')),
        }
    }
}

pub(super) fn checked(
    raw: Option<Spanned<String>>,
    root: &Path,
    source: &Source,
) -> Result<Option<StoreLocation>, Box<Diagnostic>> {
    let Some(raw) = raw else { return Ok(None) };
    let wrong =
        |what: String, help: String| Err(Box::new(Diagnostic::new(what).at(source, raw.span()).help(help)));
    let store = match place(raw.get_ref(), root) {
        Ok(store) => store,
        Err((what, help)) => return wrong(format!("`store` {what}"), help),
    };
    if cfg!(feature = "object-store") {
        return Ok(Some(store));
    }
    wrong(
        "`store` needs alignspec's feature `object-store`, which is off".to_owned(),
        "in Cargo.toml: alignspec = { …, features = [\"object-store\"] }".to_owned(),
    )
}

/// Returns the location that `text` names; or what is wrong with it, and what to do.
fn place(text: &str, root: &Path) -> Result<StoreLocation, (String, String)> {
    let examples = || "for example \"s3://bucket/prefix\", or the path of a folder".to_owned();
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text.trim() {
            "" => Err(("is empty".to_owned(), examples())),
            path => Ok(StoreLocation::Folder(root.join(path))),
        };
    };
    if !SCHEMES.contains(&scheme) {
        let help = match nearest(scheme, SCHEMES) {
            Some(known) => format!("did you mean `{known}://`?"),
            None => format!("write one of {}://, or the path of a folder", SCHEMES.join("://, ")),
        };
        return Err((format!("is of an unknown kind: `{scheme}://`"), help));
    }
    let url = Url::parse(text).map_err(|error| (format!("is not a URL: {error}"), examples()))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        let help = "credentials are read from the environment: remove everything before `@` and after `?`";
        return Err(("holds more than an address".to_owned(), help.to_owned()));
    }
    if scheme == "file" {
        let path = url.to_file_path().map_err(|()| {
            (
                format!("is not a folder on this machine: `{rest}`"),
                "write file:/// and then the path".to_owned(),
            )
        })?;
        return Ok(StoreLocation::Folder(path));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(StoreLocation::Bucket(url)),
        _ => Err(("does not name a bucket".to_owned(), examples())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        place(text, Path::new("/x"))
            .map(|store| store.to_string())
            .map_err(|(what, help)| format!("{what}: {help}"))
    }

    #[test]
    fn a_store_is_a_bucket_or_a_folder() {
        for (text, wanted) in [
            ("s3://bucket/some/prefix/", "s3://bucket/some/prefix"),
            ("gs://bucket", "gs://bucket"),
            ("az://container/p", "az://container/p"),
        ] {
            assert_eq!(shown(text), Ok(wanted.to_owned()));
        }
        // A folder is written as its system does.
        let absolute = if cfg!(windows) { "C:/srv/shared" } else { "/srv/shared" };
        let url = format!("file:///{}", absolute.trim_start_matches('/'));
        for (text, wanted) in [(&*url, Path::new(absolute)), ("../shared", &Path::new("/x").join("../shared"))] {
            let shown = shown(text).expect(text);
            assert_eq!(Path::new(&shown), wanted);
        }
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, wanted) in [
            ("s4://bucket", "did you mean `s3://`?"),
            ("https://bucket.s3.amazonaws.com", "write one of s3://, gs://, az://, file://"),
            ("s3:///prefix", "does not name a bucket"),
            ("s3://key:secret@bucket", "credentials are read from the environment"),
            ("s3://bucket?key=secret", "credentials are read from the environment"),
            (" ", "is empty"),
        ] {
            let text = shown(text).expect_err(text);
            assert!(text.contains(wanted) && !text.contains("secret"), "{text}");
        }
    }

    /// Only Windows has folders of other machines.
    #[test]
    #[cfg(not(windows))]
    fn a_folder_of_another_machine_is_none() {
        let told = shown("file://host/share").expect_err("none");
        assert!(told.contains("is not a folder on this machine"), "{told}");
    }

    #[test]
    fn without_the_feature_its_line_is_shown() {
        let text = "store = \"s3://bucket\"\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n";
        let source = Source::new("alignment.toml", text);
        let read = crate::provider::parse_config(Path::new("/x"), source);
        if cfg!(feature = "object-store") {
            assert!(matches!(read.expect("valid").store, Some(StoreLocation::Bucket(_))));
        } else {
            let shown = read.expect_err("no feature").to_string();
            assert!(shown.contains("alignment.toml:1") && shown.contains("features = ["), "{shown}");
        }
    }
}
