#!/usr/bin/env bash
# Puts the files of a folder beside the release of this tag, which is made as a draft where there is none:
# `publish.sh FOLDER`. The tag has to be the version of Cargo.toml.
set -euo pipefail

told=$("$(dirname "${BASH_SOURCE[0]}")/sources.sh")
version=$(sed -n 's/^version=//p' <<<"$told")
tag=${GITHUB_REF_NAME:-}
if [ "$tag" != "v$version" ]; then
  printf 'error: the tag is "%s", and the version is %s: tag v%s\n' "${tag//[^A-Za-z0-9._-]/?}" "$version" "$version" >&2
  exit 1
fi
# Several jobs do this at a time: one of them makes it.
gh release view "$tag" --repo "$GITHUB_REPOSITORY" >/dev/null 2>&1 ||
  gh release create "$tag" --repo "$GITHUB_REPOSITORY" --draft --verify-tag --title "$tag" --notes-from-tag ||
  gh release view "$tag" --repo "$GITHUB_REPOSITORY" >/dev/null
# What was published is not replaced: its checksum may be known.
gh release upload "$tag" --repo "$GITHUB_REPOSITORY" "$1"/*
