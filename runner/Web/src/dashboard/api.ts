import type { Figure } from "../format";

/** The dashboard's own part of the platform's interface. Times in Unix seconds, latencies in ms. */

export interface Deployment {
  readonly deployment_id: number;
  readonly created_at: number;
  readonly deployment_key?: string | null;
  readonly metadata?: unknown;
}

export interface Overview {
  /** The service's clock; the browser's may be off. */
  readonly now: number;
  readonly deployment: Deployment | null;
  readonly deployments: readonly Deployment[];
  readonly network: { readonly name: string | null; readonly committee_size: Figure; readonly frozen: boolean; readonly fetch_lag_sec: Figure };
  readonly safety: {
    /** Null: nothing to compare yet. */
    readonly agreement: boolean | null;
    readonly compared_nodes: Figure;
    /** The newest commit that two or more of them have: all before it are covered by its digest. */
    readonly compared_commits: Figure;
    readonly commit_index: Figure;
    readonly equivocations: Figure;
    readonly conflicts: readonly { readonly commit_index: number; readonly digests: Readonly<Record<string, readonly string[]>> }[];
  };
  readonly liveness: { readonly round: Figure; readonly rounds_per_sec: Figure; readonly commits_per_sec: Figure; readonly committed_tps: Figure };
  readonly nodes: readonly NodeState[];
  readonly experiment: Experiment | null;
}

export interface NodeState {
  readonly node_name: string;
  readonly authority: number;
  readonly state: string;
  readonly last_heartbeat: Figure;
  readonly round: Figure;
  readonly commit_index: Figure;
  readonly commit_lag: Figure;
  readonly version: string | null;
  readonly restarts: Figure;
  readonly dropped: Figure;
  readonly peers_up: readonly number[] | null;
}

export interface Point {
  readonly deployment_id: number;
  readonly t: number;
  readonly offered_tps: Figure;
  readonly committed_tps: Figure;
  readonly rounds: Figure;
  readonly commits: Figure;
  readonly p50_ms: Figure;
  readonly p99_ms: Figure;
}

export interface SeriesAnswer {
  readonly bucket_sec: number;
  readonly points: readonly Point[];
  readonly rounds: readonly { readonly exp: string; readonly round: number; readonly start: number; readonly duration: number; readonly rate: number }[];
}

export interface LatencyAnswer {
  readonly samples: number;
  readonly stages: readonly { readonly stage: string; readonly mean_ms: Figure; readonly p50_ms: Figure; readonly p99_ms: Figure }[];
}

export interface LeadersAnswer {
  /** Whose decisions they are. */
  readonly observer: string | null;
  readonly since: Figure;
  readonly slots: number;
  readonly authorities: readonly {
    readonly authority: number;
    readonly node_name: string;
    readonly direct_commit: number;
    readonly indirect_commit: number;
    readonly direct_skip: number;
    readonly indirect_skip: number;
    readonly timeouts: Figure;
  }[];
}

export interface PeersAnswer {
  readonly nodes: readonly { readonly authority: number; readonly node_name: string }[];
  readonly links: readonly { readonly node_name: string; readonly peer: number; readonly up: boolean; readonly since: Figure; readonly changes: Figure }[];
}

export interface DagAnswer {
  readonly from_round: number;
  readonly to_round: number;
  readonly authorities: number;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly round: number;
  readonly authority: number;
  readonly block_id: string | null;
  readonly status: string;
  readonly tx_count: Figure;
  readonly bytes: Figure;
  readonly seen_by: Figure;
  readonly leader: string | null;
  readonly commit_index: Figure;
}

export interface EventsAnswer {
  readonly now: number;
  readonly heartbeats: readonly { readonly node_name: string; readonly authority: Figure; readonly from: number; readonly to: number; readonly state: string }[];
  readonly restarts: readonly { readonly node_name: string; readonly time: number; readonly reason: string | null; readonly code: Figure }[];
  readonly timeouts: readonly { readonly node_name: string; readonly time: number; readonly round: number }[];
  readonly peer_changes: readonly { readonly node_name: string; readonly peer: number; readonly up: boolean; readonly time: number }[];
}

export interface Experiment {
  readonly name: string;
  readonly description: string | null;
  readonly created_at: number;
  readonly ended_at: Figure;
  readonly status: string;
  readonly comment: string | null;
  readonly step: Figure;
  readonly step_name: string | null;
  readonly steps: Figure;
  readonly deployment_id: Figure;
  readonly plan_hash: string | null;
  readonly setup_json: Readonly<Record<string, unknown>> | null;
  readonly warnings: readonly string[] | null;
  readonly errors: readonly string[] | null;
}

export interface Round {
  readonly exp: string;
  readonly round: number;
  readonly start: Figure;
  readonly duration: Figure;
  readonly rate: number;
  readonly successful: Figure;
  readonly failed: Figure;
  readonly missed: Figure;
  readonly total: Figure;
  readonly p50: Figure;
  readonly p99: Figure;
  readonly max_latency: Figure;
  readonly committed_rate: Figure;
  readonly verdict: string | null;
  readonly verdict_reasons: readonly string[] | null;
  readonly safe: boolean | null;
  readonly unsent: Figure;
  readonly rejected: Figure;
  readonly lost: Figure;
}

export interface LogLine {
  readonly id: number;
  readonly name?: string;
  readonly time: number;
  readonly level: string;
  readonly text: string;
}

export interface ExperimentAnswer {
  readonly state: Experiment;
  readonly plan: Plan | null;
  readonly rounds: readonly Round[];
  readonly logs: readonly LogLine[];
}

export interface Plan {
  readonly plan_hash: string;
  readonly seed: number | string;
  readonly rounds: readonly {
    readonly no: number;
    readonly tps: number;
    readonly start_offset_sec: number;
    readonly duration_sec: number;
    readonly pause_sec: number;
    readonly targets: readonly string[];
    readonly stops: readonly { readonly nodes: readonly string[]; readonly at_sec: number; readonly down_sec: number }[];
  }[];
  readonly warnings: readonly string[];
}

/** What the platform refused, line by line. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly lines: readonly string[],
  ) {
    super(lines.join("; "));
  }
}

export type Query = Readonly<Record<string, string | number | null>>;

export async function get<T>(path: string, query: Query = {}): Promise<T> {
  return answer<T>(await fetch(`/api/dashboard/${path}${search(query)}`, { headers: { Accept: "application/json" } }));
}

export async function post<T>(path: string, body: unknown, query: Query = {}): Promise<T> {
  return answer<T>(await fetch(`/api/dashboard/${path}${search(query)}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
}

export function search(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null);
  return pairs.length === 0 ? "" : `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&")}`;
}

async function answer<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const problem = (body ?? {}) as { errors?: unknown; validation_errors?: unknown; detail?: unknown; title?: unknown };
  const lines = [problem.errors, problem.validation_errors].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
  throw new Refusal(response.status, lines.length > 0 ? lines : [String(problem.detail ?? problem.title ?? `the service answered ${response.status}`)]);
}
