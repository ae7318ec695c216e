#!/usr/bin/env bash
# Turns the results into a job summary, JUnit XML, a picture, a page, annotations and, in a pull request, the text of a
# comment, and says what the gate says.
# TESTS is what the step before made of the tests: "passed", "failed", or nothing where it was cut off.
set -euo pipefail

folder=$RUNNER_TEMP/alignspec-report
# Of an earlier use of the action in this job, nothing may be left.
rm -rf "$folder"
mkdir -p "$folder" "$RUNNER_TEMP/alignspec-results"
shopt -s nullglob
results=("$RUNNER_TEMP"/alignspec-results/*/)
if [ "${#results[@]}" -eq 0 ]; then
  results=("$RUNNER_TEMP/alignspec-results")
fi

# What was to be judged, and was not, is no pass.
roles=()
read -r -d '' -a models <<<"${MODELS:-}" || true
for model in ${models[@]+"${models[@]}"}; do
  roles+=("--role=$model")
done

# In a pull request, what changes against the base branch's snapshots, for the comment. BASE is the folder of the
# workspace with that branch's files.
comment=()
if [ -n "${BASE:-}" ]; then
  comment=(--comment "$folder/comment.md" --comment-name "${COMMENT_NAME:-gate}"
    --base "$GITHUB_WORKSPACE/$BASE/${WORKING_DIRECTORY:-.}" --base-name "${BASE_NAME:-the base branch}")
  if [ -n "${LINK:-}" ]; then
    comment+=(--link "$LINK")
  elif [ -n "${GITHUB_SERVER_URL:-}" ] && [ -n "${GITHUB_RUN_ID:-}" ]; then
    comment+=(--link "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID#artifacts")
  fi
fi
# Only GitHub makes annotations of them.
annotations=(--annotations)
if [ -n "${GITLAB_CI:-}" ]; then annotations=(); fi

code=0
"$RUNNER_TEMP/alignspec-cli/bin/cargo-alignspec" report "${results[@]}" ${roles[@]+"${roles[@]}"} \
  --markdown "$folder/summary.md" --junit "$folder/junit.xml" --svg "$folder/verdicts.svg" --html "$folder/page.html" \
  --json "$folder/results.json" ${comment[@]+"${comment[@]}"} \
  ${annotations[@]+"${annotations[@]}"} || code=$?
if [ -s "$folder/summary.md" ]; then
  cat "$folder/summary.md" >>"$GITHUB_STEP_SUMMARY"
else
  printf '## ⚠️ gate: could not run — there is no report, see the log\n' >>"$GITHUB_STEP_SUMMARY"
fi
case $code in
  0) gate=yes ;;
  1) gate=no ;;
  *) gate=could-not-run ;;
esac
# Results that say yes of tests that failed, or that nobody saw end, are not all there is.
if [ "$gate" = yes ] && [ "${TESTS:-}" != passed ]; then
  gate=could-not-run
  printf '\n**⚠️ The gate could not run: the tests did not end well, though all results that they left say yes. See the log.**\n' \
    >>"$GITHUB_STEP_SUMMARY"
fi
printf 'gate=%s\nfolder=%s\n' "$gate" "$folder" >>"$GITHUB_OUTPUT"
