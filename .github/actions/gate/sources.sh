#!/usr/bin/env bash
# Prints what a build of `cargo alignspec` is made of: its version, the target, the checksum of all sources, and a name
# for GitHub's cache. A binary counts as this revision's only where that checksum is the same.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)

sha256() { # FILE…: as sha256sum prints it
  if command -v sha256sum >/dev/null; then
    sha256sum "$@"
  else
    shasum -a 256 "$@"
  fi
}

version=$(sed -n 's/^version = "\([0-9A-Za-z.+-]*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
case $(uname -s)-$(uname -m) in
  Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
  Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-gnu ;;
  Darwin-arm64) target=aarch64-apple-darwin ;;
  Darwin-x86_64) target=x86_64-apple-darwin ;;
  *) target=none ;; # it is built there
esac
sources=$(
  cd "$root"
  export LC_ALL=C
  find Cargo.toml Cargo.lock src suites baselines -type f -print0 | sort -z | xargs -0 cat -- | sha256
)
names=$(
  cd "$root"
  export LC_ALL=C
  find Cargo.toml Cargo.lock src suites baselines -type f -print | sort | sha256
)
sources=$(printf '%s %s\n' "${sources%% *}" "${names%% *}" | sha256)
sources=${sources%% *}
printf 'version=%s\ntarget=%s\nsources=%s\n' "$version" "$target" "$sources"
# What is built on one image need not run on another one.
printf 'key=cargo-alignspec-%s-%s-%s\n' "$target" "${ImageOS:-any}" "$sources"
