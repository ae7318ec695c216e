#!/usr/bin/env bash
# Which mode this run may have. WANTED is what the workflow asks for; HEAD_REPOSITORY is where a pull
# request's commits are, and empty for any other event.
set -euo pipefail

case "${WANTED:-record}" in
  auto | replay | record | live) mode=${WANTED:-record} ;;
  *)
    printf 'error: mode is "%s": choose record, replay, auto or live\n' "${WANTED//[^A-Za-z0-9_-]/?}" >&2
    exit 2
    ;;
esac
if [ -n "${HEAD_REPOSITORY:-}" ] && [ "$HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ] && [ "$mode" != replay ]; then
  printf 'this pull request is from a fork: recorded responses are replayed, no model is asked\n'
  mode=replay
fi
printf 'mode=%s\n' "$mode" >>"$GITHUB_OUTPUT"
