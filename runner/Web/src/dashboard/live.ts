import { search, type Experiment, type LogLine, type Overview, type Point } from "./api";

export interface Events {
  readonly overview: Overview;
  readonly point: Point;
  readonly experiment: { readonly state: Experiment };
  readonly log: LogLine;
  /** The service is there, but has nothing to tell; why. */
  readonly trouble: { readonly detail: string };
  readonly connection: boolean;
}

type Listener<K extends keyof Events> = (event: Events[K]) => void;

const openAgainMs = 5_000;

/** The page's one stream of server-sent events, open while the page is visible: one that nobody looks at costs nobody anything. */
export class Live {
  private readonly listeners: { [K in keyof Events]: Set<Listener<K>> } = {
    overview: new Set(),
    point: new Set(),
    experiment: new Set(),
    log: new Set(),
    trouble: new Set(),
    connection: new Set(),
  };
  private source: EventSource | null = null;
  private deployment: number | null = null;
  private again = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => this.connect());
  }

  on<K extends keyof Events>(kind: K, listener: Listener<K>): () => void {
    this.listeners[kind].add(listener);
    return () => this.listeners[kind].delete(listener);
  }

  /** Null: the newest deployment. */
  open(deployment: number | null): void {
    this.deployment = deployment;
    this.connect();
  }

  private connect(): void {
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
    if (document.hidden) return;
    const source = new EventSource(`/api/dashboard/stream${search({ deployment: this.deployment })}`);
    source.onopen = () => this.tell("connection", true);
    source.onerror = () => {
      this.tell("connection", false);
      // A stream that breaks is opened again by the browser, one that was refused is not.
      if (source.readyState === EventSource.CLOSED && source === this.source) this.again = setTimeout(() => this.connect(), openAgainMs);
    };
    for (const kind of ["overview", "point", "experiment", "log", "trouble"] as const) {
      source.addEventListener(kind, (event) => this.tell(kind, JSON.parse((event as MessageEvent<string>).data) as Events[typeof kind]));
    }
    this.source = source;
  }

  private tell<K extends keyof Events>(kind: K, event: Events[K]): void {
    for (const listener of this.listeners[kind]) listener(event);
  }
}
