#!/usr/bin/env bash
# Asks for the parameters of a network on four hosts, starts it over SSH and sends transactions. Options become the defaults.
#   MYSTICETI_NODE0_HOST .. MYSTICETI_NODE3_HOST   needed; _SSH_PORT, _SSH_USER, _SSH_KEY of each and SSH_TIMEOUT are optional
set -euo pipefail
here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
missing=()
for node in 0 1 2 3; do
  name=MYSTICETI_NODE${node}_HOST
  [[ -n ${!name:-} ]] || missing+=("$name")
done
if ((${#missing[@]} > 0)) && [[ " $* " != *" --help "* ]]; then
  echo "error: not set: ${missing[*]}; each names a host, for example export ${missing[0]}=192.168.1.10" >&2
  exit 2
fi
exec "${MYSTICETI:-$here/../mysticeti}" remote-network --interactive "$@"
