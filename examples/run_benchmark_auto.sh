#!/usr/bin/env bash
# Runs a benchmark without asking, for scripts and CI.
#   run_benchmark_auto.sh [--local-committee N] [--remote-committee N] [any option of ./mysticeti benchmark]
#   --local-committee N    validators of an embedded, local or simulated network
#   --remote-committee N   validators of a remote network
set -euo pipefail
here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
local_committee='' remote_committee='' type=embedded options=()
while (($# > 0)); do
  option=${1%%=*}
  case $option in
    --local-committee | --remote-committee | --network-type)
      if [[ $1 == *=* ]]; then value=${1#*=}; elif (($# > 1)); then value=$2 && shift; else
        echo "error: $option takes exactly one value" >&2
        exit 2
      fi
      case $option in
        --local-committee) local_committee=$value ;;
        --remote-committee) remote_committee=$value ;;
        *) type=$value options+=("$option" "$value") ;;
      esac
      ;;
    -h | --help)
      sed -n '2,/^set/{/^# \{0,1\}/s///p;}' "${BASH_SOURCE[0]}"
      echo
      options+=("$1")
      ;;
    *) options+=("$1") ;;
  esac
  shift
done
committee=$local_committee
if [[ $type == remote ]]; then committee=$remote_committee; fi
if [[ -n $committee ]]; then options+=(--committee "$committee"); fi
exec "${MYSTICETI:-$here/../mysticeti}" benchmark ${options[@]+"${options[@]}"}
