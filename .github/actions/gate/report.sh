#!/usr/bin/env bash
# Turns the results into a job summary, JUnit XML, a picture and annotations, and says what the gate says.
set -euo pipefail

folder=$RUNNER_TEMP/alignspec-report
mkdir -p "$folder" "$RUNNER_TEMP/alignspec-results"
shopt -s nullglob
results=("$RUNNER_TEMP"/alignspec-results/*/)
if [ "${#results[@]}" -eq 0 ]; then
  results=("$RUNNER_TEMP/alignspec-results")
fi

code=0
"$RUNNER_TEMP/alignspec-cli/bin/cargo-alignspec" report "${results[@]}" \
  --markdown "$folder/summary.md" --junit "$folder/junit.xml" --svg "$folder/verdicts.svg" \
  --json "$folder/results.json" --annotations || code=$?
if [ -s "$folder/summary.md" ]; then
  cat "$folder/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
case $code in
  0) gate=yes ;;
  1) gate=no ;;
  *) gate=could-not-run ;;
esac
printf 'gate=%s\nfolder=%s\n' "$gate" "$folder" >>"$GITHUB_OUTPUT"
