#!/usr/bin/env bash
# Runs one long measurement, and prints for each minute the highest resident memory of each validator in MiB and what all of them have stored.
#   long_run.sh [MINUTES] [any other option of ./mysticeti benchmark than --duration and --submission]
#   MINUTES   how long, 10 unless given; the load is 10,000 tx/s of 512 bytes unless --loads says otherwise
set -euo pipefail
here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
minutes=10
if [[ ${1-} =~ ^[0-9]+$ ]]; then
  minutes=$1
  shift
elif [[ ${1-} == -h || ${1-} == --help ]]; then
  sed -n '2,/^set/{/^# \{0,1\}/s///p;}' "${BASH_SOURCE[0]}"
  exit
fi
network=$PWD/.mysticeti/networks/embedded

# The rows of one minute: pid and highest VmRSS in KiB of each validator of this network, sampled every second.
watch_memory() {
  local minute=1 second
  while :; do
    declare -A highest=()
    for ((second = 0; second < 60; second++)); do
      sleep 1
      local pid resident
      for pid in $(pgrep -f "mysticeti-validator run .*$network/"); do
        resident=$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || continue
        ((${resident:-0} <= ${highest[$pid]:-0})) || highest[$pid]=$resident
      done
    done
    local line="minute $minute:"
    for pid in $(printf '%s\n' "${!highest[@]}" | sort -n); do line+=" $((highest[$pid] / 1024)) MiB"; done
    echo "$line; on disk $(du -sm "$network" 2>/dev/null | cut -f1) MiB"
    minute=$((minute + 1))
  done
}

watch_memory &
watcher=$!
trap 'kill "$watcher" 2>/dev/null' EXIT
"${MYSTICETI:-$here/../mysticeti}" benchmark --local-loads 10000 --duration $((minutes * 60)) --submission stream "$@"
