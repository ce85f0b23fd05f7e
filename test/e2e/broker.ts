import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createWatch, type Watch } from "../support/watch.ts";
import { type Address, type BrokerAction, deviceNames, type News, type TrafficEvent } from "./broker-messages.ts";

/** A broker in another process. */
export interface Broker {
  /** The next device that nobody has had yet; `watch` is told of every event of it. */
  nextDevice(watch: Watch): BrokerEnd;
  stop(): Promise<void>;
}

/** The broker's end of one device: what is sent to it, what befalls its session, and what is seen of it. */
export interface BrokerEnd extends Address {
  readonly deviceName: string;
  /** In the order in which they were seen. */
  readonly traffic: readonly TrafficEvent[];
  /** Settles when the broker has done it. */
  order(action: BrokerAction): Promise<void>;
}

export async function startBroker(): Promise<Broker> {
  const child = fork(fileURLToPath(new URL("broker-process.ts", import.meta.url)), {
    execArgv: ["--import", "tsx"],
    serialization: "advanced",
  });
  const watch = createWatch();
  const observers = new Map<string, (event: TrafficEvent) => void>();
  const done = new Set<number>();
  let addresses: readonly Address[] | undefined;
  let deviceCount = 0;
  let orderCount = 0;

  child.on("message", (news: News) => {
    if (news.kind === "ready") addresses = news.addresses;
    else if (news.kind === "done") done.add(news.number);
    else observers.get(news.deviceName)?.(news.event);
    watch.changed();
  });

  const found = await watch.until("the broker's start", () => addresses);
  return {
    nextDevice(deviceWatch) {
      const deviceName = deviceNames[deviceCount];
      const address = found[deviceCount];
      if (deviceName === undefined || address === undefined) throw new Error("the broker has no device left");
      deviceCount += 1;
      const traffic: TrafficEvent[] = [];
      observers.set(deviceName, (event) => {
        traffic.push(event);
        deviceWatch.changed();
      });
      return {
        deviceName,
        ...address,
        traffic,
        async order(action) {
          orderCount += 1;
          const number = orderCount;
          child.send({ number, deviceName, action });
          await watch.until(`the broker to ${action.kind}`, () => done.has(number));
        },
      };
    },
    async stop() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}
