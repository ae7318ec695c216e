#!/usr/bin/env bash
# Creates or updates the comment of a pull request. Whatever becomes of it, this step ends with 0: the gate's answer is
# that of the gate's own job, and no error of the forge makes it another one.
set -uo pipefail

file=
for place in alignspec-report/comment.md comment.md; do
  if [ -f "$RUNNER_TEMP/alignspec-artifact/$place" ]; then
    file=$RUNNER_TEMP/alignspec-artifact/$place
    break
  fi
done

code=0
"$RUNNER_TEMP/alignspec-cli/bin/cargo-alignspec" gate comment \
  --event "${EVENT:-}" --number "${PULL_REQUEST:-}" --head-repository "${HEAD_REPOSITORY:-}" \
  --author "${AUTHOR:-github-actions[bot]}" --summary "${GITHUB_STEP_SUMMARY:-}" --pause "${PAUSE:-2000}" \
  -- "${file:-$RUNNER_TEMP/alignspec-artifact/comment.md}" || code=$?
# 3 has been told.
if [ "$code" -ne 0 ] && [ "$code" -ne 3 ]; then
  printf '::warning title=alignspec::the comment could not be written: the program ended with %s\n' "$code"
fi
exit 0
