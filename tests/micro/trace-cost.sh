#!/usr/bin/env bash
# What tracing and fetching cost in committed throughput: networks that are offered more than they can commit, by turns untraced,
# traced, and traced with a `mysticeti serve` on the same machine that fetches all of it into SQLite.
#   trace-cost.sh TURNS SECONDS LOAD
#   trace-cost.sh 20 15 80000
# Prints the committed transactions a second of each run, and the median over all turns of what the others lose against the untraced one.
set -euo pipefail
(($# == 3)) || { sed -n '2,/^set/{/^# \{0,1\}/s///p;}' "${BASH_SOURCE[0]}" >&2; exit 2; }
mysticeti=${MYSTICETI:-$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/mysticeti}
turns=$1 seconds=$2 load=$3 variants=(untraced traced fetched)
directory=$(mktemp -d)
network='' service=''
trap 'stop; rm -rf "$directory"' EXIT
cd "$directory"
# A short queue: what is too much is refused at once, and the network is soon as fast as it gets.
echo '{ "mempoolTransactions": 5000, "trace": false }' >untraced.json
echo '{ "mempoolTransactions": 5000 }' | tee traced.json >fetched.json

stop() {
  local process
  for process in $service $network; do
    kill -TERM "$process" 2>/dev/null && wait "$process" || true
  done
  network='' service=''
}

# outputs: the file of the running network, once all of its validators are ready.
outputs() {
  local file=.mysticeti/networks/embedded/outputs.json deadline=$((SECONDS + 60))
  until [[ -e $file ]] && grep -q 'ready' network.log; do
    ((SECONDS < deadline)) && kill -0 "$network" || { cat network.log >&2; return 1; }
    sleep 0.1
  done
  echo "$file"
}

# measure VARIANT: its committed transactions a second into `committed`. An INVALID verdict (exit code 3) is about latency, which is not looked at.
measure() {
  rm -rf .mysticeti results
  "$mysticeti" embedded-network --base-port 0 --parameters "$1.json" >network.log 2>&1 &
  network=$!
  local file
  file=$(outputs)
  if [[ $1 == fetched ]]; then
    "$mysticeti" serve --service log-fetcher --base-port 0 --outputs "$file" >service.log 2>&1 &
    service=$!
  fi
  "$mysticeti" benchmark --outputs "$file" --loads "$load" --warm-up 5 --duration "$seconds" --submission stream --output-dir results >run.log 2>&1 \
    || (($? == 3)) || { cat run.log >&2; return 1; }
  stop
  committed=$(cat results/*/*_benchmark_*.json | tr ',{}' '\n\n\n' | awk -F: '/"throughput":/ && !found { printf "%.0f", $2; found = 1 }')
}

for ((turn = 0; turn < turns; turn++)); do
  declare -A throughput=()
  # In another order each time, so that what changes with time falls on all of them.
  for ((i = 0; i < 3; i++)); do
    variant=${variants[(turn + i) % 3]}
    measure "$variant"
    throughput[$variant]=$committed
  done
  for variant in "${variants[@]}"; do echo "$variant ${throughput[$variant]}"; done | tee -a figures | tr '\n' ' '
  echo
done
awk '
  { figures[$1] = figures[$1] " " $2 }
  END {
    split("untraced traced fetched", names)
    for (n = 2; n <= 3; n++) {
      count = split(figures["untraced"], base, " ")
      split(figures[names[n]], mine, " ")
      delete losses
      for (i = 1; i <= count; i++) {
        loss = (1 - mine[i] / base[i]) * 100
        for (j = i; j > 1 && losses[j - 1] > loss; j--) losses[j] = losses[j - 1]
        losses[j] = loss
      }
      median = count % 2 ? losses[(count + 1) / 2] : (losses[count / 2] + losses[count / 2 + 1]) / 2
      printf "%s: %.1f%% less than untraced (median of %d turns)\n", names[n], median, count
    }
  }' figures
