#!/usr/bin/env bash
# What tracing and fetching cost in committed throughput: networks under one load, by turns untraced, traced, and traced with a
# `nice mysticeti serve` on the same machine that fetches all of it into SQLite. It goes through all turns, and stands still while it is not measured.
#   trace-cost.sh TURNS SECONDS LOAD [OPTION OF BENCHMARK..]
#   TMPDIR=/dev/shm trace-cost.sh 5 15 30000 --submission stream    # about what two cores sustain
#   TMPDIR=/dev/shm trace-cost.sh 20 15 150000 --submission batch --in-flight 2 --transaction-size 64    # all that they can: noisier
# TMPDIR says where the networks keep their blocks: in memory, no disk is waited for. A first turn, in which programs get compiled, does not count.
# Prints the committed transactions a second of each run with the processor seconds of fetcher + validators, and over all turns what the others
# lose against the untraced one: geometric mean of the ratios with its 95% interval, and the median.
set -euo pipefail
(($# >= 3)) || { sed -n '2,/^set/{/^# \{0,1\}/s///p;}' "${BASH_SOURCE[0]}" >&2; exit 2; }
mysticeti=${MYSTICETI:-$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/mysticeti}
turns=$1 seconds=$2 load=$3 options=("${@:4}") variants=(untraced traced fetched) base_port=${BASE_PORT:-27500}
directory=$(mktemp -d)
network='' service=''
trap 'stop "$network"; stop "$service"; rm -rf "$directory"' EXIT
mkdir "$directory/network" "$directory/platform"
cd "$directory/network"
# A short queue, so that the network is soon as fast as it gets.
echo '{ "mempoolTransactions": 5000, "trace": false }' >untraced.json
echo '{ "mempoolTransactions": 5000 }' | tee traced.json >fetched.json
outputs=$PWD/.mysticeti/networks/embedded/outputs.json

# stop PROCESS: which may be stopped or gone.
stop() {
  [[ -n $1 ]] || return 0
  kill -TERM "$1" 2>/dev/null && kill -CONT "$1" && wait "$1" || true
}

# ready: waits for the running network.
ready() {
  local deadline=$((SECONDS + 60))
  until [[ -e $outputs ]] && grep -q 'ready' network.log; do
    ((SECONDS < deadline)) && kill -0 "$network" || { cat network.log >&2; return 1; }
    sleep 0.1
  done
}

# fetch: starts the service, or lets it go on.
fetch() {
  [[ -z $service ]] || { kill -CONT "$service"; return; }
  (cd ../platform && exec nice -n 10 "$mysticeti" serve --service log-fetcher --base-port 0 --outputs "$outputs") >../service.log 2>&1 &
  service=$!
}

# processor_ticks PROCESS..: what they have used so far, user and system.
processor_ticks() {
  local process ticks=0
  for process; do ticks=$((ticks + $(awk '{ print $14 + $15 }' "/proc/$process/stat"))); done
  echo "$ticks"
}

# measure VARIANT: its committed transactions a second into `committed`, the processor seconds into `busy`. An INVALID verdict (exit code 3) is about
# latency, which is not looked at.
measure() {
  rm -rf .mysticeti results
  "$mysticeti" embedded-network --base-port "$base_port" --parameters "$1.json" >network.log 2>&1 &
  network=$!
  ready
  local before=0 after=0
  if [[ $1 == fetched ]]; then
    fetch
    before=$(processor_ticks "$service")
  fi
  "$mysticeti" benchmark --outputs "$outputs" --loads "$load" --warm-up 10 --duration "$seconds" --output-dir results ${options[@]+"${options[@]}"} \
    >run.log 2>&1 || (($? == 3)) || { cat run.log >&2; return 1; }
  if [[ $1 == fetched ]]; then
    after=$(processor_ticks "$service")
    kill -STOP "$service"
  fi
  busy=$(awk -v fetcher=$((after - before)) -v validators="$(processor_ticks $(pgrep -P "$network"))" -v hertz="$(getconf CLK_TCK)" \
    'BEGIN { printf "%.1f+%.1f", fetcher / hertz, validators / hertz }')
  stop "$network"
  network=''
  committed=$(cat results/*/*_benchmark_*.json | tr ',{}' '\n\n\n' | awk -F: '/"throughput":/ && !found { printf "%.0f", $2; found = 1 }')
}

for ((turn = 0; turn <= turns; turn++)); do
  declare -A figures=()
  # In another order each time, so that what changes with time falls on all of them.
  for ((i = 0; i < 3; i++)); do
    variant=${variants[(turn + i) % 3]}
    measure "$variant"
    figures[$variant]="$committed $busy"
  done
  ((turn > 0)) || continue
  for variant in "${variants[@]}"; do echo "$variant ${figures[$variant]}"; done | tee -a ../figures | tr '\n' ' '
  echo
done
for variant in traced fetched; do
  awk -v variant="$variant" '$1 == "untraced" { base = $2 } $1 == variant { print log($2 / base) }' ../figures | sort -g | awk -v variant="$variant" '
    function loss(ratio) { return (1 - exp(ratio)) * 100 }
    { ratios[NR] = $1; sum += $1; squares += $1 * $1 }
    END {
      mean = sum / NR
      half = NR > 1 ? 1.96 * sqrt((squares - NR * mean * mean) / (NR - 1) / NR) : 0
      median = NR % 2 ? ratios[(NR + 1) / 2] : (ratios[NR / 2] + ratios[NR / 2 + 1]) / 2
      printf "%s: %.1f%% less than untraced (95%% interval %.1f to %.1f), median %.1f%%, %d turns\n", variant, loss(mean), loss(mean + half), loss(mean - half), loss(median), NR
    }'
done
