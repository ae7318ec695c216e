#!/usr/bin/env bash
# The job's outcome: 1 where the gate says no, 3 where it could not run. Never a pass by accident: what is
# not known is "could not run".
set -euo pipefail

case "${GATE:-}" in
  yes)
    printf 'the gate says yes\n'
    ;;
  no)
    printf 'the gate says no: see the job summary\n'
    exit 1
    ;;
  *)
    printf 'the gate could not run: see the job summary, or the first step that failed\n'
    exit 3
    ;;
esac
