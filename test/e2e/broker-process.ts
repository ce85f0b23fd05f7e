// The broker as a process of its own: the simulated IoT Hub with several devices, and to each a network that can fail.
// Started by `broker.ts`, which it is told by, and tells, over IPC; it ends with it.
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import {
  type Deed,
  deviceNames,
  deviceSecret,
  type Message,
  type News,
  type Order,
  productId,
  type Sight,
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
      kind: "sight",
      deviceName,
      sight: { kind: "request", processId, payload: Buffer.from(payload), atMs: now() },
    });
    hub.publishRaw(`${root}/${productId}/${deviceName}/${processId}`, Buffer.from(payload), { qos });
    await setImmediate();
  }
}

async function obey(hub: Hub, relay: Relay, deviceName: string, deed: Deed): Promise<void> {
  const device = { productId, deviceName };
  switch (deed.kind) {
    case "publish":
      await publish(hub, deviceName, deed.messages);
      break;
    case "kick":
      hub.kick(device);
      break;
    case "refuse":
      hub.refuse(device, deed.returnCode);
      break;
    case "cut":
      await relay.cut();
      break;
    case "restore":
      await relay.restore();
      break;
    case "forget_idle":
      relay.forgetIdle(deed.way);
      break;
    default:
      deed satisfies never;
  }
}

function sightOf(event: HubEvent, atMs: number): Sight | undefined {
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
      const sight = sightOf(event, now());
      if (sight !== undefined) tell({ kind: "sight", deviceName: event.clientId.slice(productId.length), sight });
    },
  });
  const relays = new Map<string, Relay>();
  for (const deviceName of deviceNames) {
    const see = (sight: Sight) => tell({ kind: "sight", deviceName, sight });
    const relay = await startRelay(hub.mqttPort, {
      began: () => see({ kind: "connection_began", atMs: now() }),
      ended: (isGoodbye) => see({ kind: "connection_ended", isGoodbye, atMs: now() }),
    });
    relays.set(deviceName, relay);
  }
  process.on("message", async ({ number, deviceName, deed }: Order) => {
    const relay = relays.get(deviceName);
    if (relay === undefined) throw new Error(`no device ${deviceName}`);
    await obey(hub, relay, deviceName, deed);
    tell({ kind: "done", number });
  });
  process.on("disconnect", () => process.exit());
  tell({ kind: "ready", addresses: [...relays.values()].map(({ host, port }) => ({ host, port })) });
}

void main();
