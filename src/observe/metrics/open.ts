import { performance } from "node:perf_hooks";
import type { Log } from "../../runtime/logger.ts";
import { superviseServer } from "../../runtime/supervise-server.ts";
import type { Facts } from "./facts.ts";
import { createInstruments, type Instruments, type State } from "./instruments.ts";
import { scrapeServer } from "./scrape.ts";
import { maintainTextFile } from "./text-file.ts";

export interface MetricsOptions {
  /** 0 for any free one; undefined: none. */
  readonly port: number | undefined;
  readonly host: string;
  /** Undefined: none. */
  readonly file: string | undefined;
  readonly fileIntervalS: number;
}

export interface Metrics extends Pick<Instruments, "observe" | "addBoard" | "forget"> {
  /** Replaces the facts; the counters go on. */
  state(facts: Facts): void;
  close(): Promise<void>;
}

const lagIntervalMs = 1000;

/** Counts what is observed from now on, and shows it at a port, in a file, or both. */
export function openMetrics(options: MetricsOptions, state: State, facts: Facts, log: Log): Metrics {
  const { port, host, file, fileIntervalS } = options;
  const instruments = createInstruments(state, facts);
  const outlets: { close(): Promise<void> }[] = [];
  const { text } = instruments;
  if (port !== undefined) {
    const server = scrapeServer(instruments);
    const listening = superviseServer(server, () => void server.listen(port, host), {
      name: `metrics: ${host}`,
      log,
      explain: (error) => whyNotListening(error, { port, host }),
    });
    outlets.push({
      close() {
        const closed = listening.close();
        server.closeAllConnections();
        return closed;
      },
    });
  }
  if (file !== undefined) outlets.push(maintainTextFile(file, { intervalMs: fileIntervalS * 1000, text, log }));
  let dueAt = performance.now() + lagIntervalMs;
  const lagTimer = setInterval(() => {
    const now = performance.now();
    instruments.loopLag(Math.max(0, now - dueAt));
    dueAt = now + lagIntervalMs;
  }, lagIntervalMs).unref();

  return {
    observe: instruments.observe,
    addBoard: instruments.addBoard,
    forget: instruments.forget,
    state: instruments.state,
    async close() {
      clearInterval(lagTimer);
      await Promise.all(outlets.map((outlet) => outlet.close()));
    },
  };
}

function whyNotListening({ code, message }: NodeJS.ErrnoException, at: { port: number; host: string }): string {
  switch (code) {
    case "EADDRINUSE":
      return `metrics.port: another program has port ${at.port} of ${at.host}; choose another port, or end that program`;
    case "EADDRNOTAVAIL":
      return `metrics.host: ${at.host} is no address of this machine`;
    case "EACCES":
      return `metrics.port: only root may open port ${at.port}; choose one above 1023`;
    default:
      return `metrics.port: port ${at.port} of ${at.host} cannot be opened: ${message}`;
  }
}
