#!/usr/bin/env bash
# Judges. What the tests say is in their results, not in this step's exit code: the report comes first.
set -euo pipefail

results=$RUNNER_TEMP/alignspec-results
cache=$RUNNER_TEMP/alignspec-cache
rm -rf "$results"
mkdir -p "$results"
# Where it is not known what this run may do, it asks nothing.
export ALIGNSPEC_MODE=${ALIGNSPEC_MODE:-replay}

alignspec() {
  "$RUNNER_TEMP/alignspec-cli/bin/cargo-alignspec" "$@"
}

# Lists of what is with a provider's batch endpoint, and of what a provider will not answer.
lists() { # FOLDER
  find "$1" -type f \( -name '*.batch.json' -o -name '*.refused.json' \) -print0
}

covered() { # OLD NEW: whether each line of one file is in the other; no where that cannot be found out
  local lines=$RUNNER_TEMP/alignspec-lines
  LC_ALL=C sort -u "$1" >"$lines.old" && LC_ALL=C sort -u "$2" >"$lines.new" &&
    LC_ALL=C comm -23 "$lines.old" "$lines.new" >"$lines.only" && [ ! -s "$lines.only" ]
}

aside() { # FILE: keeps it under a name that no run reads, unless a copy of it is there
  local number=1
  while [ -e "$1.kept-$number" ]; do
    if cmp -s "$1" "$1.kept-$number"; then
      return
    fi
    number=$((number + 1))
  done
  mv "$1" "$1.kept-$number"
}

# What earlier runs asked for goes where nothing is recorded: what is committed wins. A damaged cache is no
# reason not to judge, and is told.
restored=no
restore() {
  local file to
  if [ -d "$cache" ]; then
    alignspec merge --fill "$cache" --into "$RECORDINGS" ||
      printf 'warning: a part of the cache could not be used, see above; it is kept as it is\n' >&2
    while IFS= read -r -d '' file; do
      to=$RECORDINGS/${file#"$cache"/}
      if [ ! -e "$to" ] && [ ! -L "$to" ]; then
        mkdir -p "$(dirname "$to")"
        cp "$file" "$to"
      elif ! cmp -s "$file" "$to"; then
        printf 'warning: %s is not as in the cache, whose list is kept there\n' "${to//[^A-Za-z0-9._\/-]/?}" >&2
        aside "$file"
      fi
    done < <(lists "$cache")
    restored=yes
  fi
}

keep() { # what was asked, for the next step to cache: also when this one is cut off
  local file to
  if [ ! -d "$RECORDINGS" ]; then
    return
  fi
  # Without what runs keep for themselves.
  while IFS= read -r -d '' file; do
    to=$cache/${file#"$RECORDINGS"/}
    mkdir -p "$(dirname "$to")"
    # Answers that another one stands for, or in lines that cannot be read, are paid for all the same.
    case $to in
      *.jsonl) if [ -f "$to" ] && ! covered "$to" "$file"; then aside "$to"; fi ;;
    esac
    # A copy that is cut off replaces nothing.
    cp "$file" "$to.new"
    mv "$to.new" "$to"
  done < <(find "$RECORDINGS" -mindepth 1 -name '.*' -prune -o -type f -print0)
  # What has been collected since is on no list any more.
  if [ "$restored" = yes ]; then
    while IFS= read -r -d '' file; do
      if [ ! -e "$RECORDINGS/${file#"$cache"/}" ]; then
        rm "$file"
      fi
    done < <(lists "$cache")
  fi
}
trap keep EXIT
restore

nothing=0
tests=passed
judge() { # NAME [ARGUMENT]…: runs the trials into a folder of results of that name
  local name=$1
  shift
  # Not to mistake drift for a new baseline: snapshots are accepted by people.
  ALIGNSPEC_RESULTS="$results/$name" INSTA_UPDATE=no cargo test --test "$TARGET" -- "$@" || tests=failed
  if [ -z "$(ls -A "$results/$name" 2>/dev/null)" ]; then
    printf 'error: no test of "%s" ran: does the crate build, and has the role any checks?\n' "$name" >&2
    nothing=1
  fi
}

# The amount by the prices of the base branch, where a pull request brings its own: BASE is the folder of the
# workspace with that branch's config files.
spend() {
  local folder config amount
  export ALIGNSPEC_MAX_USD=$MAX_USD
  if [ -z "${BASE:-}" ] || [ "$ALIGNSPEC_MODE" = replay ]; then
    return
  fi
  folder=$GITHUB_WORKSPACE/$BASE
  if [ ! -d "$folder" ]; then
    printf 'error: max-usd cannot be enforced: the base branch, whose prices count, is not in %s\n' "$BASE" >&2
    return 2
  fi
  local bases=()
  config=$folder/${WORKING_DIRECTORY:-.}/alignment.toml
  if [ -f "$config" ]; then
    bases=(--base "$config")
  else # it may have been moved
    while IFS= read -r -d '' config; do
      bases+=(--base "$config")
    done < <(find "$folder" -name alignment.toml -type f -print0)
  fi
  amount=$(alignspec gate max-usd ${bases[@]+"${bases[@]}"} -- "$MAX_USD") || return 2
  ALIGNSPEC_MAX_USD=$amount
}

# Of two responses to one sample, the base branch's counts: it may have none yet.
if [ -n "${BASE:-}" ]; then
  if [ ! -d "$GITHUB_WORKSPACE/$BASE" ]; then
    printf 'error: the base branch, whose responses count before others, is not in %s\n' "$BASE" >&2
    exit 2
  fi
  responses=$GITHUB_WORKSPACE/$BASE/${WORKING_DIRECTORY:-.}/$RECORDINGS
  if [ -d "$responses" ]; then
    export ALIGNSPEC_BASE_RECORDINGS=$responses
  fi
fi

models=()
read -r -d '' -a names <<<"${MODELS:-}" || true
for name in ${names[@]+"${names[@]}"}; do
  case $name in
    *[!A-Za-z0-9._-]*)
      printf 'error: a name in the input models has a character that no role has: roles are separated by white space\n' >&2
      exit 2
      ;;
  esac
  case " ${models[*]-} " in
    *" $name "*) ;;
    *) models+=("$name") ;;
  esac
done

# All names are looked at before the first model is asked.
code=0
alignspec gate roles -- ${models[@]+"${models[@]}"} || code=$?
case $code in
  0)
    if [ -n "${MAX_USD:-}" ]; then
      spend || exit 2
    fi
    ;;
  3) models=() ;; # alignment.toml is broken: the tests tell where, and ask nothing
  *) exit 2 ;;
esac

if [ "${#models[@]}" -eq 0 ]; then
  judge all
else
  for model in "${models[@]}"; do
    # This role's trials only: "bot" is in "sales-bot", too.
    selection=$(alignspec gate filter -- "$model")
    arguments=()
    while IFS= read -r argument; do
      arguments+=("$argument")
    done <<<"$selection"
    judge "$model" "${arguments[@]}"
  done
fi

# A name that nobody has is no pass.
if [ "$nothing" -ne 0 ]; then
  exit 2
fi
printf 'tests=%s\n' "$tests" >>"$GITHUB_OUTPUT"
