#!/usr/bin/env bash
# Which mode this run may have. WANTED is what the workflow asks for; HEAD_REPOSITORY is where a pull
# request's commits are, and empty for any other event.
set -euo pipefail

case "${WANTED:-auto}" in
  auto | replay | record | live) mode=${WANTED:-auto} ;;
  *)
    printf 'error: mode is "%s": choose auto, replay, record or live\n' "${WANTED//[^A-Za-z0-9_-]/?}" >&2
    exit 2
    ;;
esac
if [ -n "${HEAD_REPOSITORY:-}" ] && [ "$HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ] && [ "$mode" != replay ]; then
  printf 'this pull request is from a fork: recorded responses are replayed, no model is asked\n'
  mode=replay
fi
printf 'mode=%s\n' "$mode" >>"$GITHUB_OUTPUT"
