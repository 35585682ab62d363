import { search, type Experiment, type LogLine, type Overview, type Point, type Round } from "./api";

export interface Events {
  readonly overview: Overview;
  readonly point: Point;
  readonly experiment: { readonly state: Experiment; readonly round: Round | null };
  readonly log: LogLine;
  readonly connection: boolean;
}

type Listener<K extends keyof Events> = (event: Events[K]) => void;

/** The page's one stream of server-sent events; the browser opens it again by itself when it breaks. */
export class Live {
  private readonly listeners: { [K in keyof Events]: Set<Listener<K>> } = { overview: new Set(), point: new Set(), experiment: new Set(), log: new Set(), connection: new Set() };
  private source: EventSource | null = null;

  on<K extends keyof Events>(kind: K, listener: Listener<K>): () => void {
    this.listeners[kind].add(listener);
    return () => this.listeners[kind].delete(listener);
  }

  /** Null: the newest deployment. */
  open(deployment: number | null): void {
    this.source?.close();
    const source = new EventSource(`/api/dashboard/stream${search({ deployment })}`);
    source.onopen = () => this.tell("connection", true);
    source.onerror = () => this.tell("connection", false);
    for (const kind of ["overview", "point", "experiment", "log"] as const) {
      source.addEventListener(kind, (event) => this.tell(kind, JSON.parse((event as MessageEvent<string>).data) as Events[typeof kind]));
    }
    this.source = source;
  }

  private tell<K extends keyof Events>(kind: K, event: Events[K]): void {
    for (const listener of this.listeners[kind]) listener(event);
  }
}
