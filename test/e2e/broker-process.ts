// The broker as a process of its own: the simulated IoT Hub with several devices, and to each a network that can fail.
// Started by `broker.ts`, which it is told by, and tells, over IPC; it ends with it.
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import {
  type BrokerAction,
  deviceNames,
  deviceSecret,
  type Message,
  type News,
  type Order,
  productId,
  type TrafficEvent,
} from "./broker-messages.ts";
import { type Relay, startRelay } from "./relay.ts";

function tell(news: News): void {
  process.send?.(news);
}

const now = () => performance.timeOrigin + performance.now();

/** One behind the other, each on its way before the next: only then is the time of each what the cloud would take. */
async function publish(hub: Hub, deviceName: string, messages: readonly Message[]): Promise<void> {
  for (const { root, processId, payload, qos } of messages) {
    tell({
      kind: "traffic",
      deviceName,
      event: { kind: "request", processId, payload: Buffer.from(payload), atMs: now() },
    });
    hub.publishRaw(`${root}/${productId}/${deviceName}/${processId}`, Buffer.from(payload), { qos });
    await setImmediate();
  }
}

async function perform(hub: Hub, relay: Relay, deviceName: string, action: BrokerAction): Promise<void> {
  const device = { productId, deviceName };
  switch (action.kind) {
    case "publish":
      await publish(hub, deviceName, action.messages);
      break;
    case "kick":
      hub.kick(device);
      break;
    case "refuse":
      hub.refuse(device, action.returnCode);
      break;
    case "cut":
      await relay.cut();
      break;
    case "restore":
      await relay.restore();
      break;
    case "forget_idle":
      relay.forgetIdle(action.way);
      break;
    default:
      action satisfies never;
  }
}

function trafficEventOf(event: HubEvent, atMs: number): TrafficEvent | undefined {
  switch (event.kind) {
    // Requests are published without a call, so no response has one.
    case "unknown_reply":
      return { kind: "response", processId: event.processId, payload: Buffer.from(event.payload), atMs };
    case "connected":
    case "subscribed":
    case "refused":
    case "violation":
      return { kind: event.kind, atMs };
    case "disconnected":
      return { kind: "session_ended", atMs };
    default:
      return undefined;
  }
}

async function main(): Promise<void> {
  const hub = await startHub({
    devices: deviceNames.map((deviceName) => ({ productId, deviceName, deviceSecret })),
    observe(event) {
      const seen = trafficEventOf(event, now());
      if (seen !== undefined && event.clientId !== undefined)
        tell({ kind: "traffic", deviceName: event.clientId.slice(productId.length), event: seen });
    },
  });
  const relays = new Map<string, Relay>();
  for (const deviceName of deviceNames) {
    const see = (seen: TrafficEvent) => tell({ kind: "traffic", deviceName, event: seen });
    const relay = await startRelay(hub.mqttPort, {
      began: () => see({ kind: "connection_began", atMs: now() }),
      ended: (isGoodbye) => see({ kind: "connection_ended", isGoodbye, atMs: now() }),
    });
    relays.set(deviceName, relay);
  }
  process.on("message", async ({ number, deviceName, action }: Order) => {
    const relay = relays.get(deviceName);
    if (relay === undefined) throw new Error(`no device ${deviceName}`);
    await perform(hub, relay, deviceName, action);
    tell({ kind: "done", number });
  });
  process.on("disconnect", () => process.exit());
  tell({ kind: "ready", addresses: [...relays.values()].map(({ host, port }) => ({ host, port })) });
}

void main();
