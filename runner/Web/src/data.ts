/**
 * The data of a report: what `HtmlReport` puts into the page, which is the run directory's own `summary.json` and the file of each load.
 * Everything but the core figures is optional, since runs of other flavours and older runs lack some.
 */
import type { Figure } from "./format";

export interface RunData {
  readonly schema_version: number;
  /** Name of the run directory. */
  readonly run: string;
  readonly summary: Summary;
  readonly loads: readonly Load[];
}

export interface Summary {
  readonly network_type: string;
  readonly network_name: string;
  readonly started_at: string;
  readonly interrupted: boolean;
  readonly exit_code: number;
  readonly results: readonly SummaryRow[];
  readonly comparison?: readonly ComparisonRow[] | null;
  readonly intervals?: readonly Interval[] | null;
  readonly saturation?: Saturation | null;
  readonly environment: Environment;
}

export interface SummaryRow {
  readonly benchmark_number: number;
  readonly load: number;
  readonly repeat: number;
  readonly throughput: Figure;
  readonly efficiency: Figure;
  readonly avg_latency_ms: Figure;
  readonly p50_ms: Figure;
  readonly p99_ms: Figure;
  readonly committed: number;
  readonly rejected: number;
  readonly lost: number;
  readonly unsent: number;
  readonly verdict: string;
  readonly safe: boolean;
  readonly interrupted: boolean;
}

export interface ComparisonRow {
  readonly network_type: string;
  readonly load: number;
  readonly throughput: Figure;
  readonly efficiency: Figure;
  readonly p50_ms: Figure;
  readonly p99_ms: Figure;
  readonly verdict: string;
  readonly run: string;
}

/** What the repeats of one load say together, each figure with the bounds that it lies between. */
export interface Interval {
  readonly load: number;
  readonly repeats: number;
  /** Those of the repeats whose figures count. */
  readonly used: number;
  readonly throughput: Estimate;
  readonly efficiency: Estimate;
  readonly p50_ms: Estimate;
  readonly p99_ms: Estimate;
}

export interface Estimate {
  readonly value: Figure;
  readonly low: Figure;
  readonly high: Figure;
}

export type Environment = Readonly<Record<string, unknown>>;

export interface Load {
  readonly benchmark_number: number;
  readonly network_type: string;
  readonly timestamp: string;
  readonly parameters: Readonly<Record<string, unknown>> & { readonly load: number; readonly duration: number; readonly repeat?: number; readonly repeats?: number };
  readonly results: Results;
  readonly verdict: Verdict;
  readonly safety: Safety;
  readonly interrupted?: boolean;
  readonly node_failures?: readonly { readonly name: string; readonly reason: string }[];
  readonly time_series: readonly TimeRow[];
  readonly histogram: Histogram;
  readonly faults?: readonly Fault[] | null;
  readonly thresholds?: readonly Threshold[] | null;
  readonly resources?: readonly ResourceRow[] | null;
  /** Which of them are missing and why, or what they hold beside the node's own. */
  readonly resources_note?: string | null;
  readonly leaders?: Leaders | null;
  readonly latency_breakdown?: LatencyBreakdown | null;
  readonly instrument?: Readonly<Record<string, Figure>> | null;
  readonly environment?: Environment;
}

export interface Results {
  readonly throughput: Figure;
  readonly avg_latency_ms: Figure;
  readonly latency_std_dev_ms: Figure;
  readonly duration_secs: number;
  readonly scheduled: number;
  readonly sent: number;
  readonly unsent: number;
  readonly committed: number;
  readonly rejected: number;
  readonly lost: number;
  readonly balanced: boolean;
  readonly duplicates: number;
  readonly efficiency: Figure;
  readonly p50_ms: Figure;
  readonly p90_ms: Figure;
  readonly p95_ms: Figure;
  readonly p99_ms: Figure;
  readonly p999_ms: Figure;
  readonly max_ms: Figure;
  readonly service_p50_ms: Figure;
  readonly service_p99_ms: Figure;
  readonly generator_lag_p99_ms: Figure;
  readonly cost_per_million_usd?: Figure;
  readonly missing?: Readonly<Record<string, string>>;
  readonly rejection_reasons?: Readonly<Record<string, number>>;
}

export interface Verdict {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

export interface Safety {
  readonly agreement: boolean;
  readonly commit_index: number;
  readonly chain_digest: string | null;
  readonly duplicates: number;
  readonly foreign: number;
  readonly flagged_duplicates?: number;
  readonly digests?: {
    readonly compared: number;
    readonly lowest_compared?: Figure;
    readonly highest_compared?: Figure;
    readonly last?: readonly { readonly node: string; readonly commit_index: number; readonly chain_digest: string | null }[];
  };
  readonly nodes?: readonly Tally[];
  readonly violations: readonly string[];
}

export interface Tally {
  readonly node: string;
  readonly commits: number;
  readonly transactions: number;
  readonly duplicates: number;
  readonly flagged_duplicates: number;
  readonly foreign: number;
  readonly reconnects: number;
  readonly connected: boolean;
  readonly error: string | null;
}

/** One second; `t` counts from the start of the window. */
export interface TimeRow {
  readonly t: number;
  readonly scheduled: number;
  readonly sent: number;
  readonly committed: number;
  readonly rejected: number;
  readonly p50_ms: Figure;
  readonly p99_ms: Figure;
  readonly max_ms: Figure;
}

export interface Histogram {
  readonly count: number;
  readonly lost: number;
  readonly max_ns: number;
  readonly sub_buckets: number;
  /** Lowest value in µs and count, ascending. */
  readonly buckets: readonly (readonly [number, number])[];
}

/** Times in seconds from the start of the window. */
export interface Fault {
  readonly kind: string;
  readonly description: string;
  readonly start: number;
  /** Null: it was not undone. */
  readonly end: number | null;
  readonly took_effect: boolean;
  readonly probe?: string | null;
  readonly error?: string | null;
  /** Seconds from the undoing until the nodes were well again. */
  readonly time_to_recover?: Figure;
}

/** A bound on one figure that was asked for. */
export interface Threshold {
  readonly threshold: string;
  readonly value: Figure;
  readonly passed: boolean;
  readonly reason?: string | null;
}

/** One node in one stretch of about a second, which ends at `t`. */
export interface ResourceRow {
  readonly t: number;
  readonly node: string;
  /** Processors used, on average. */
  readonly cpu: number;
  readonly memory_bytes: number;
  readonly disk_written_bytes?: Figure;
  readonly received_bytes?: Figure;
  readonly sent_bytes?: Figure;
}

/** What a search for the saturation point came to. */
export interface Saturation {
  readonly finished: boolean;
  readonly load: Figure;
  readonly measurements: number;
  readonly throughput: Figure;
  readonly p50_ms: Figure;
  readonly p99_ms: Figure;
  readonly not_sustained: Figure;
  readonly limited_by: string;
  readonly criterion: string;
}

export interface Leaders {
  /** The validator whose decisions these are; all correct ones decide alike. */
  readonly node: string | null;
  readonly authorities: readonly LeaderRow[];
  readonly missing: string | null;
}

export interface LeaderRow {
  readonly authority: number;
  readonly name: string;
  readonly direct_commit: number;
  readonly indirect_commit: number;
  readonly direct_skip: number;
  readonly indirect_skip: number;
}

export interface LatencyBreakdown {
  readonly samples: number;
  /** Seconds of the window that the samples are from. */
  readonly covered_seconds: number;
  /** Whether runner and validators took their times from one clock. */
  readonly one_clock: boolean;
  readonly stages: readonly Stage[];
  readonly missing: string | null;
}

export interface Stage {
  readonly stage: string;
  readonly mean_ms: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}
