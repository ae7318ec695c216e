#!/usr/bin/env bash
# The gate in a job of GitLab's: the scripts of the GitHub action, with what a runner of GitLab's tells. It ends with 0
# where the gate says yes, 1 where it says no, and 3 where it could not run.
set -euo pipefail

gate=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.github/actions/gate" && pwd)
cd "$CI_PROJECT_DIR"
export RUNNER_TEMP=$CI_PROJECT_DIR/.alignspec
# A program that a merge request brings is not run.
if [ -n "$(git ls-files .alignspec)" ]; then
  printf 'error: .alignspec is where the gate keeps its program, and the repository has files there: remove them\n' >&2
  exit 3
fi
mkdir -p "$RUNNER_TEMP"
export GITHUB_WORKSPACE=$CI_PROJECT_DIR
export GITHUB_OUTPUT=$RUNNER_TEMP/output
export GITHUB_STEP_SUMMARY=$RUNNER_TEMP/summary-of-job.md
export WORKING_DIRECTORY=${GATE_FOLDER:-.}
export RECORDINGS=${GATE_RECORDINGS:-recordings}
export TARGET=${GATE_TEST:-alignment}
export MODELS=${GATE_MODELS:-}
export MAX_USD=${GATE_MAX_USD:-}

output() { # NAME: what a script has told
  sed -n "s/^$1=//p" "$GITHUB_OUTPUT" | tail -n 1
}

# What GitLab calls it, in the words of GitHub's.
head=
case ${CI_PIPELINE_SOURCE:-} in
  merge_request_event)
    event=pull_request
    head=${CI_MERGE_REQUEST_SOURCE_PROJECT_ID:-}
    ;;
  push | schedule) event=$CI_PIPELINE_SOURCE ;;
  web | api | trigger) event=workflow_dispatch ;;
  *) event= ;; # what is not known asks nothing
esac
: >"$GITHUB_OUTPUT"
WANTED=${GATE_MODE:-record} EVENT=$event HEAD_REPOSITORY=$head GITHUB_REPOSITORY=${CI_MERGE_REQUEST_PROJECT_ID:-} \
  TRUSTED=${GATE_TRUSTED:-} GITHUB_JOB=${CI_JOB_NAME_SLUG:-gate} "$gate/mode.sh"
ALIGNSPEC_MODE=$(output mode)
ALIGNSPEC_TRUSTED_RECORDINGS=$(output trusted)
export ALIGNSPEC_MODE ALIGNSPEC_TRUSTED_RECORDINGS

"$gate/install.sh"

# The base branch as it is now, in a checkout of its own.
export BASE=
if [ "$event" = pull_request ]; then
  git worktree prune
  rm -rf "$RUNNER_TEMP/base"
  # In a pipeline of the fork's own project, `origin` is the fork.
  from=origin
  if [ "${CI_MERGE_REQUEST_PROJECT_ID:-}" != "${CI_PROJECT_ID:-}" ]; then from=${CI_MERGE_REQUEST_PROJECT_URL:-none}.git; fi
  if ! git fetch --quiet --no-tags "$from" "refs/heads/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"; then
    printf 'error: the base branch cannot be fetched from its project, so nothing is judged\n' >&2
    exit 3
  fi
  git worktree add --quiet --force --detach "$RUNNER_TEMP/base" FETCH_HEAD
  BASE=.alignspec/base
  export BASE_NAME=$CI_MERGE_REQUEST_TARGET_BRANCH_NAME
  export ALIGNSPEC_BASE=$RUNNER_TEMP/base/$WORKING_DIRECTORY
fi

code=0
(cd "$WORKING_DIRECTORY" && "$gate/judge.sh") || code=$?
tests=
if [ "$code" -eq 0 ]; then tests=$(output tests); fi
COMMENT_NAME=$(output comment)
export COMMENT_NAME
export LINK=${CI_JOB_URL:+$CI_JOB_URL/artifacts/browse}
rm -f "$GITHUB_STEP_SUMMARY"
(cd "$WORKING_DIRECTORY" && TESTS=$tests "$gate/report.sh")
cat "$GITHUB_STEP_SUMMARY"

# One note, which later runs update. Whatever becomes of it, the gate's answer is the job's.
if [ "$event" = pull_request ] && [ -n "${GITLAB_TOKEN:-}" ]; then
  "$RUNNER_TEMP/alignspec-cli/bin/cargo-alignspec" gate comment --forge gitlab --event "$CI_PIPELINE_SOURCE" \
    --number "${CI_MERGE_REQUEST_IID:-}" --head-repository "$head" --pause "${PAUSE:-2000}" \
    -- "$RUNNER_TEMP/alignspec-report/comment.md" || printf 'the note could not be written, see above\n'
fi
GATE=$(output gate) "$gate/decide.sh"
