import { Socket } from "node:net";
import { connect } from "mqtt";
import type { Ask } from "./sight.ts";

/** The cloud's side: it publishes requests while the broker is there, and hears responses. */
export interface Caller {
  /** Everything that was asked and has left for the broker. */
  readonly asks: readonly Ask[];
  /** Publishes one request, unless the broker is away; its own processID and payload unless given. */
  ask(payload?: Buffer, processId?: string): void;
  /** So many a second, evenly, until `stop` or another rate. */
  flow(ratePerS: number): void;
  /** Makes no more requests, but hears responses. */
  stop(): void;
  close(): Promise<void>;
}

/** How soon it tries again where the broker went away: it must not be what recovery waits for. */
const reconnectMs = 50;

export function startCaller(port: number, device: string, onChange: () => void): Caller {
  const asks: Ask[] = [];
  const open = new Map<string, Ask>();
  let timer: NodeJS.Timeout | undefined;
  const client = connect(`mqtt://127.0.0.1:${port}`, {
    reconnectPeriod: reconnectMs,
    keepalive: 0,
    connectTimeout: 1000,
    queueQoSZero: false,
  });
  client.on("error", () => {}); // A broker that is away.
  client.on("connect", () => {
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    client.subscribe(`$rrpc/txd/${device}/+`);
    onChange();
  });
  client.on("message", (topic, _payload) => {
    open.get(topic.slice(topic.lastIndexOf("/") + 1))?.heardAtMs.push(performance.now());
    onChange();
  });

  function ask(payload?: Buffer, processId = `${asks.length + 1}`): void {
    if (!client.connected) return;
    const made = {
      processId,
      payload: payload ?? Buffer.from(`request ${processId}`),
      atMs: performance.now(),
      heardAtMs: [],
    };
    asks.push(made);
    open.set(processId, made);
    client.publish(`$rrpc/rxd/${device}/${processId}`, made.payload);
    onChange();
  }

  return {
    asks,
    ask,
    flow(ratePerS) {
      clearInterval(timer);
      timer = setInterval(ask, 1000 / ratePerS);
    },
    stop: () => clearInterval(timer),
    async close() {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
}
