#!/usr/bin/env bash
# Compares what a committed transaction costs two variants: both networks run at the same time under the same load, several times.
#   cost.sh PAIRS SECONDS LOAD 'VARIANT A' 'VARIANT B'
# A variant is variables and options for `mysticeti benchmark`:
#   cost.sh 5 20 5000 '' '--parameters no-trace.json'
#   cost.sh 5 20 5000 'MYSTICETI_VALIDATOR=/elsewhere/mysticeti-validator' ''
# Prints the validators' processor seconds for 100,000 committed transactions of each run, and the median of the ratios B / A.
set -euo pipefail
(($# == 5)) || { sed -n '2,/^set/{/^# \{0,1\}/s///p;}' "${BASH_SOURCE[0]}" >&2; exit 2; }
mysticeti=${MYSTICETI:-$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/mysticeti}
pairs=$1 seconds=$2 load=$3 variants=("$4" "$5")
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# measure RUN VARIANT: a benchmark in the background's place. An INVALID verdict (exit code 3) is about latency, which is not looked at.
measure() {
  local run=$1 variables=() options=() word
  for word in ${variants[$2]}; do
    if [[ $word =~ ^[A-Z_]+= ]]; then variables+=("$word"); else options+=("$word"); fi
  done
  env ${variables[@]+"${variables[@]}"} "$mysticeti" benchmark --base-port 0 --loads "$load" --duration "$seconds" --submission stream \
    --output-dir "$results/$run-$2" ${options[@]+"${options[@]}"} >"$results/$run-$2.log" 2>&1 || (($? == 3)) || { cat "$results/$run-$2.log" >&2; return 1; }
}

# cost RUN VARIANT: mean of the validators' processors, added up, for each transaction a second.
cost() {
  cat "$results/$1-$2"/*/*_benchmark_*.json | tr ',{}' '\n\n\n' | awk -F: '
    /"throughput":/ && !found { throughput = $2; found = 1 }
    /"node":/ { node = $2 }
    /"cpu":/ { if (!(node in nodes)) { nodes[node] = 1; count++ }; processors += $2; samples++ }
    END { printf "%.3f\n", processors / (samples / count) / throughput * 100000 }'
}

for ((run = 1; run <= pairs; run++)); do
  measure "$run" 0 & first=$!
  measure "$run" 1 & second=$!
  wait "$first"
  wait "$second"
  a=$(cost "$run" 0) b=$(cost "$run" 1)
  ratio=$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.3f", b / a }')
  echo "pair $run: A $a s, B $b s, ratio $ratio"
  echo "$ratio" >>"$results/ratios"
done
sort -n "$results/ratios" | awk '{ r[NR] = $1 } END { printf "median ratio %.3f\n", NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2 }'
