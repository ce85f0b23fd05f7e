import { Socket } from "node:net";
import { connect } from "mqtt";
import { type Device, device, prefixesOf } from "./device.ts";
import type { Call } from "./traffic.ts";

/** The cloud's side: it publishes requests while the broker is there, and hears responses. */
export interface Caller {
  /** Everything that was asked and has left for the broker. */
  readonly calls: readonly Call[];
  /** Publishes one request, unless the broker is away; its own processID and payload unless given. */
  call(payload?: Buffer, processId?: string, options?: { readonly qos?: 0 | 1; readonly retain?: boolean }): void;
  /** So many a second, as evenly as timers of whole ms allow, until `stop` or another rate. */
  flow(ratePerS: number): void;
  /** Makes no more requests, but hears responses. */
  stop(): void;
  close(): Promise<void>;
}

/** How soon it tries again where the broker went away: it must not be what recovery waits for. */
const reconnectMs = 50;

/** @param of whom it asks; what it asks a device behind the gateway names that device */
export function startCaller(brokerUrl: string, onChange: () => void, of: Device = device): Caller {
  const prefixes = prefixesOf(of);
  const whose = of === device ? "" : `${of.deviceName} `;
  const calls: Call[] = [];
  /** Under one processID the first that was not answered yet is the one that is. */
  const open = new Map<string, Call[]>();
  let timer: NodeJS.Timeout | undefined;
  const client = connect(brokerUrl, {
    reconnectPeriod: reconnectMs,
    reconnectOnConnackError: true,
    keepalive: 0,
    connectTimeout: 1000,
    queueQoSZero: false,
  });
  client.on("error", () => {}); // A broker that is away.
  client.on("connect", () => {
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    client.subscribe(`${prefixes.response}+`);
    onChange();
  });
  client.on("message", (topic, _payload) => {
    const asked = open.get(topic.slice(prefixes.response.length));
    (asked?.find(({ heardAtMs }) => heardAtMs.length === 0) ?? asked?.at(-1))?.heardAtMs.push(performance.now());
    onChange();
  });

  const call: Caller["call"] = (payload, processId = `${calls.length + 1}`, options = {}) => {
    if (!client.connected) return;
    const made = {
      processId,
      payload: payload ?? Buffer.from(`${whose}request ${processId}`),
      atMs: performance.now(),
      heardAtMs: [],
    };
    calls.push(made);
    open.set(processId, [...(open.get(processId) ?? []), made]);
    client.publish(`${prefixes.request}${processId}`, made.payload, options);
    onChange();
  };

  return {
    calls,
    call,
    flow(ratePerS) {
      clearInterval(timer);
      const intervalMs = 1000 / ratePerS;
      const fromMs = performance.now();
      let madeCount = 0;
      timer = setInterval(() => {
        const dueCount = Math.floor((performance.now() - fromMs) / intervalMs);
        for (; madeCount < dueCount; madeCount += 1) call();
      }, intervalMs);
    },
    stop: () => clearInterval(timer),
    async close() {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
}
