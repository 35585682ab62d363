#!/usr/bin/env bash
# Asks for the parameters of a benchmark and runs it. Options become the defaults.
set -euo pipefail
here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "${MYSTICETI:-$here/../mysticeti}" benchmark --interactive "$@"
