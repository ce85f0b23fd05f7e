import type { Config } from "../config/load.ts";
import { noSuchBoard } from "../config/no-such-board.ts";
import type { Hands } from "../control/hands.ts";
import type { Instant } from "../core/instant.ts";
import type { Observation } from "../gateway/boundary.ts";
import { openMonitor, type Using } from "../observe/monitor.ts";
import { boardOf } from "../observe/recorder.ts";
import { type TraceEvent, toTraceEvent, wallTime } from "../observe/trace-event.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import { processTime } from "../runtime/time.ts";
import { factsOf } from "./facts-of.ts";
import { FlightRecorder, hasHeads } from "./flight-recorder.ts";
import type { Observer } from "./observer.ts";

/** Those that a configuration may have, or not. */
export type ObserverName = "monitor" | "control" | "metrics";

/** What is up just now. */
interface Connections extends Observer {
  session: boolean;
  readonly links: Map<string, boolean>;
  /** What the hub has told of boards with names of their own, in this session. */
  readonly online: Map<string, OnlineObservation>;
}

type OnlineObservation = Extract<Observation, { readonly kind: "online" }>;

/** Everybody who looks at the running gateway: the flight recorder always, monitor and metrics where they are configured. */
export class Observers {
  /** The gateway's. */
  readonly version: string;
  readonly #log: CollapsingLog;
  readonly #connections: Connections;
  readonly #recorder: FlightRecorder;
  readonly #others: Observer[] = [];
  readonly #named = new Map<ObserverName, Observer>();
  /** All of them, in the order in which they see things. */
  #all: readonly Observer[] = [];
  #config: Config;
  /** How things are, in one line. */
  #status: (() => string) | undefined;
  /** What the control socket can have done. */
  #hands: Hands | undefined;

  private constructor(config: Config, version: string, log: CollapsingLog) {
    this.#config = config;
    this.#connections = watchConnections(config);
    this.version = version;
    this.#log = log;
    this.#recorder = new FlightRecorder(config, log);
  }

  static async open(config: Config, version: string, log: CollapsingLog): Promise<Observers> {
    const observers = new Observers(config, version, log);
    await observers.#open("metrics");
    await observers.#open("monitor");
    return observers;
  }

  /** One more, whatever the configuration. */
  add(observer: Observer): void {
    this.#others.push(observer);
    this.#listAll();
  }

  observe(observation: Observation, at: Instant): void {
    // Without an iterator and its results: this is called several times for each request.
    const all = this.#all;
    for (let index = 0; index < all.length; index += 1) all[index]?.observe(observation, at);
  }

  /** The daemon knows how things are once it has been made. */
  tellsStatus(status: () => string): void {
    this.#status = status;
  }

  /** … and only then it can be used through the control socket. */
  serves(hands: Hands): void {
    this.#hands = hands;
    void this.#open("control");
  }

  /** The latest of what the flight recorder holds, for somebody who can be told little. */
  recorded(): readonly TraceEvent[] {
    return this.#recorder.latest();
  }

  /** Writes what the flight recorder holds to the log. */
  dump(why: string): void {
    this.#recorder.dump(why);
  }

  configure(config: Config): void {
    this.#config = config;
    for (const observer of this.#all) observer.configure?.(config);
  }

  /** A board that another configuration has left out is gone. */
  forget(board: string): void {
    for (const observer of this.#all) observer.forget?.(board);
  }

  /** Ends the one of this name, and opens another one where the configuration wants one. */
  async replace(name: ObserverName): Promise<void> {
    const before = this.#named.get(name);
    this.#named.delete(name);
    this.#listAll();
    await before?.close?.();
    await this.#open(name);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((observer) => observer.close?.()));
  }

  async #open(name: ObserverName): Promise<void> {
    const observer = await this.#made(name);
    if (observer !== undefined) this.#named.set(name, observer);
    this.#listAll();
  }

  async #made(name: ObserverName): Promise<Observer | undefined> {
    switch (name) {
      case "monitor":
        return this.#socket(this.#config.monitor);
      case "control":
        return await this.#control();
      case "metrics":
        return await this.#metrics();
      default:
        return name satisfies never;
    }
  }

  #listAll(): void {
    this.#all = [this.#recorder, this.#connections, ...this.#named.values(), ...this.#others];
  }

  /** What uses the boards is loaded where it is wanted only. */
  async #control(): Promise<Observer | undefined> {
    const hands = this.#hands;
    if (this.#config.control.socket === undefined || hands === undefined) return undefined;
    const { usingOf } = await import("../control/using.ts");
    return this.#socket(this.#config.control, usingOf(hands, this.#log));
  }

  #socket({ socket, access }: Config["monitor"], using?: Using): Observer | undefined {
    if (socket === undefined) return undefined;
    const monitor = openMonitor({
      socket,
      access,
      dump: (board) => this.#recorder.recorded(board === undefined ? {} : { board }),
      faultOf: (board) => this.#faultOf(board),
      state: () => this.#state(),
      log: this.#log,
      ...(using !== undefined && { using }),
    });
    return {
      observe: (observation, at) => {
        const board = boardOf(observation);
        monitor.tell(board, (withContents) =>
          toTraceEvent(observation, { time: wallTime(at), withContents, hasHeads: hasHeads(this.#config, board) }),
        );
      },
      close: () => monitor.close(),
    };
  }

  /** Their library is loaded where they are wanted only. */
  async #metrics(): Promise<Observer | undefined> {
    const { metrics: options } = this.#config;
    if (options.port === undefined && options.file === undefined) return undefined;
    const { openMetrics } = await import("../observe/metrics/open.ts");
    const metrics = openMetrics(options, this.#connections, factsOf(this.#config.hub, this.version), this.#log);
    return {
      observe: metrics.observe,
      configure: ({ hub, boards }) => {
        metrics.state(factsOf(hub, this.version));
        for (const { name } of boards) metrics.addBoard(name);
      },
      forget: metrics.forget,
      close: metrics.close,
    };
  }

  #faultOf(board: string): string | undefined {
    const names = this.#config.boards.map(({ name }) => name);
    return names.includes(board) ? undefined : noSuchBoard(board, names);
  }

  #state(): readonly TraceEvent[] {
    const time = wallTime(processTime.now());
    const { session, links, online } = this.#connections;
    return [
      { time, kind: "session", isUp: session },
      ...[...links].map(([board, isUp]) => ({ time, board, kind: "link", isUp }) as const),
      ...[...online.values()].map((one) => ({ time, ...one })),
      ...(this.#status === undefined ? [] : [{ time, kind: "status", text: this.#status() } as const]),
    ];
  }
}

function watchConnections({ boards }: Config): Connections {
  const connections: Connections = {
    session: false,
    links: new Map(boards.map(({ name }) => [name, false])),
    online: new Map(),
    observe(observation) {
      switch (observation.kind) {
        case "session":
          connections.session = observation.isUp;
          connections.online.clear();
          break;
        case "link":
          connections.links.set(observation.board, observation.isUp);
          break;
        case "online":
          connections.online.set(observation.board, observation);
          break;
        default:
      }
    },
    configure({ boards }) {
      for (const { name } of boards) if (!connections.links.has(name)) connections.links.set(name, false);
    },
    forget(board) {
      connections.links.delete(board);
      connections.online.delete(board);
    },
  };
  return connections;
}
