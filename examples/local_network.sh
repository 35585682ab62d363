#!/usr/bin/env bash
# Asks for the parameters of a local Docker network, starts it and sends transactions. Options become the defaults.
set -euo pipefail
here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "${MYSTICETI:-$here/../mysticeti}" local-network --interactive "$@"
