// What the daemon's log tells of a load: the times of each request, and at its end what it has counted.
import type { GatewayTimes } from "./record.ts";

export interface Journal {
  /** Takes a line of the daemon's log, at level debug. */
  take(line: string): void;
  /** Whether the daemon has met its MCU, or has given up waiting for its hello. */
  metMcu(): boolean;
  /** Whether its hello asks for checksums. */
  checksums(): boolean;
  times(processId: string): GatewayTimes | undefined;
  /** What its last line has counted besides answers, by name: errors, drops, `resent`, `mcu_restarted`. */
  counts(): ReadonlyMap<string, number>;
  /** The last lines above debug, for whoever looks for a reason. */
  tail(): readonly string[];
}

const tailLines = 30;

export function createJournal(): Journal {
  const times = new Map<string, GatewayTimes>();
  const counts = new Map<string, number>();
  const tail: string[] = [];
  let metMcu = false;
  let checksums = false;
  return {
    take(line) {
      const settled = /request (\S+): \w+ after ([\d.]+) ms(?:, ([\d.]+) ms of it queued)?/.exec(line);
      if (settled !== null) {
        const [, id = "", total, queue] = settled;
        times.set(id, { totalMs: Number(total), queueMs: queue === undefined ? undefined : Number(queue) });
      }
      metMcu ||= / (mcu: |mcu has sent no hello)/.test(line);
      checksums ||= / mcu: .*, crc on,/.test(line);
      const [, last] = / stopped after [^:]*: (.*)$/.exec(line) ?? [];
      for (const [, count, name = ""] of last?.matchAll(/(\d+) ([a-z_]+)/g) ?? []) {
        if (name !== "ok") counts.set(name, Number(count));
      }
      if (/ debug /.test(line)) return;
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
    },
    metMcu: () => metMcu,
    checksums: () => checksums,
    times: (processId) => times.get(processId),
    counts: () => counts,
    tail: () => tail,
  };
}
