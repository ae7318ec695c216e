#!/usr/bin/env bash
# Judges. What the tests say is in their results, not in this step's exit code: the report comes first.
set -euo pipefail

results=$RUNNER_TEMP/alignspec-results
cache=$RUNNER_TEMP/alignspec-cache
rm -rf "$results"
mkdir -p "$results"

# What earlier runs asked for, into what is committed; a damaged cache is no reason not to judge.
if [ -d "$cache" ] && [ -n "$(ls -A "$cache")" ]; then
  "$RUNNER_TEMP/alignspec-cli/bin/cargo-alignspec" merge "$cache" --into "$RECORDINGS" || rm -rf "$cache"
fi

keep() { # what was asked, for the next step to cache: also when this one is cut off
  if [ -d "$RECORDINGS" ]; then
    mkdir -p "$cache"
    # Without what runs keep for themselves.
    find "$RECORDINGS" -mindepth 1 -maxdepth 1 ! -name '.*' -exec cp -R {} "$cache" \;
  fi
}
trap keep EXIT

nothing=0
judge() { # NAME [FILTER]: runs the trials into a folder of results of that name
  local name=$1
  shift
  # Not to mistake drift for a new baseline: snapshots are accepted by people.
  ALIGNSPEC_RESULTS="$results/$name" INSTA_UPDATE=no cargo test --test "$TARGET" -- "$@" || true
  if [ -z "$(ls -A "$results/$name" 2>/dev/null)" ]; then
    printf 'error: no test of "%s" ran: is it a role of alignment.toml, and does the crate build?\n' "$name" >&2
    nothing=1
  fi
}

read -r -a models <<<"${MODELS//$'\n'/ }"
if [ "${#models[@]}" -eq 0 ]; then
  judge all
else
  for model in "${models[@]}"; do
    case $model in
      *[!A-Za-z0-9._-]*)
        printf 'error: a name in `models` has a character that no role has\n' >&2
        exit 2
        ;;
    esac
    judge "$model" "$model::"
  done
fi

# A name that nobody has is no pass.
if [ "$nothing" -ne 0 ]; then
  exit 2
fi
