#!/usr/bin/env bash
# Watches the roles, and puts what was found into the job summary. Ends as `cargo alignspec watch` does: 0, 1 where a
# model has changed, 3 where one could not be watched.
set -uo pipefail

arguments=(--id "$WATCH_ID" --requests "$REQUESTS")
read -r -d '' -a roles <<<"${MODELS-}" || true
for role in "${roles[@]}"; do arguments+=("--role=$role"); done
if [ "${ISSUE-}" = true ]; then arguments+=(--issue); fi

code=0
found=$("$RUNNER_TEMP/alignspec-cli/bin/cargo-alignspec" watch "${arguments[@]}") || code=$?
printf '%s\n' "$found"
# Indented, it is code in Markdown, whatever it says.
printf '## alignment watch\n\n%s\n' "$(sed 's/^/    /' <<<"$found")" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
