#!/usr/bin/env bash
# Builds `cargo alignspec` from the very revision of alignspec that this action is of.
set -euo pipefail

cargo install --locked --quiet --features cli --root "$RUNNER_TEMP/alignspec-cli" \
  --path "$GITHUB_ACTION_PATH/../../.."
