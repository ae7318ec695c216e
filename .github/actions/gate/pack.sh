#!/usr/bin/env bash
# Packs a built `cargo-alignspec` for a release, as install.sh looks for it: `pack.sh BINARY FOLDER` writes an archive
# and its checksums.
set -euo pipefail

binary=$1
folder=$2
told=$("$(dirname "${BASH_SOURCE[0]}")/sources.sh")
target=$(sed -n 's/^target=//p' <<<"$told")
sources=$(sed -n 's/^sources=//p' <<<"$told")
if [ "$target" = none ]; then
  printf 'error: no release has a name for this system\n' >&2
  exit 1
fi
name=cargo-alignspec-$target.tar.gz
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$binary" "$work/cargo-alignspec"
chmod 755 "$work/cargo-alignspec"
tar -czf "$folder/$name" -C "$work" cargo-alignspec
cd "$folder"
if command -v sha256sum >/dev/null; then sum=$(sha256sum "$name"); else sum=$(shasum -a 256 "$name"); fi
printf '%s  %s\n%s  sources\n' "${sum%% *}" "$name" "$sources" >"$name.sha256"
printf '%s\n' "$folder/$name" "$folder/$name.sha256"
