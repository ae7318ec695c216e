#!/usr/bin/env bash
# Which mode this run may have, and names for its cache and its artifact that no other job of the run has.
# WANTED is what the workflow asks for, EVENT what started it; HEAD_REPOSITORY is where a pull request's
# commits are, and empty for any other event. TRUSTED says whose recordings a pull request is judged by.
set -euo pipefail

case "${WANTED:-record}" in
  auto | replay | record | live) mode=${WANTED:-record} ;;
  *)
    printf 'error: mode is "%s": choose record, replay, auto or live\n' "${WANTED//[^A-Za-z0-9_-]/?}" >&2
    exit 2
    ;;
esac

# Asking takes secrets and money. It is for events that only people with write access cause; whatever else
# starts a workflow, and what is not known, may run code of a stranger's.
may_ask=no
case "${EVENT:-}" in
  push | schedule | workflow_dispatch | merge_group) may_ask=yes ;;
  pull_request)
    if [ -n "${HEAD_REPOSITORY:-}" ] && [ "$HEAD_REPOSITORY" = "${GITHUB_REPOSITORY:-}" ]; then
      may_ask=yes
    fi
    ;;
esac
if [ "$may_ask" = no ] && [ "$mode" != replay ]; then
  if [ "${EVENT:-}" = pull_request ]; then
    printf 'this pull request is from a fork: recorded responses are replayed, no model is asked\n'
  else
    printf 'a run for the event "%s" is not trusted with keys: recorded responses are replayed, no model is asked\n' \
      "${EVENT//[^A-Za-z0-9_-]/?}"
  fi
  mode=replay
fi

# A pull request brings files of its own, and so may what is not known. Elsewhere, what is there is the base.
wanted=${TRUSTED:-${ALIGNSPEC_TRUSTED_RECORDINGS:-}}
case $wanted in
  '' | any | base) trusted=$wanted ;;
  forks) if [ "$may_ask" = no ]; then trusted=base; else trusted=; fi ;;
  *)
    printf 'error: trusted-recordings is "%s": choose base, forks or any\n' "${wanted//[^A-Za-z0-9_-]/?}" >&2
    exit 2
    ;;
esac
case "${EVENT:-}" in
  push | schedule | workflow_dispatch) trusted=any ;;
esac

checksum() { # TEXT…: a number that stands for these texts
  local sum
  sum=$(printf '%s\n' "$@" | cksum)
  printf '%s' "${sum%% *}"
}
# A job of a matrix has an index of its own; one of a workflow that a matrix calls has not, but other inputs
# or another runner. A cache cannot be saved twice under one name, and is found again by how its name begins.
job=${GITHUB_JOB:-job}-${JOB_INDEX:-0}
inputs=$(checksum "${WORKING_DIRECTORY:-.}" "${RECORDINGS:-}" "${TARGET:-}" "${MODELS:-}")
crate=alignspec-$(checksum "${WORKING_DIRECTORY:-.}" "${RECORDINGS:-}")
cache=$crate-$job-$inputs
run=${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-0}
runner=$(checksum "$inputs" "${RUNNER_NAME:-}")
{
  printf 'mode=%s\n' "$mode"
  printf 'trusted=%s\n' "$trusted"
  printf 'cache-crate=%s-\n' "$crate"
  printf 'cache-job=%s-\n' "$cache"
  printf 'cache-key=%s-%s-%s\n' "$cache" "$run" "$RANDOM$RANDOM"
  printf 'comment=%s-%s\n' "$job" "$inputs"
  printf 'artifact=alignspec-%s-%s-%s\n' "$job" "$runner" "${GITHUB_RUN_ATTEMPT:-0}"
} >>"$GITHUB_OUTPUT"
