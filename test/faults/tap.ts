import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type Packet, parser } from "mqtt-packet";
import { type Device, device } from "./device.ts";
import { type Direction, type Passage, passageOf } from "./passage.ts";
import type { TrafficEvent } from "./traffic.ts";

/** The gateway's end of the network: what passes here is what the gateway got and gave. */
export interface Tap {
  readonly host: string;
  readonly port: number;
  /** Of the gateway's own device. */
  readonly traffic: readonly TrafficEvent[];
  /** Of each of the devices that it was started for. What befalls a connection is in all of them. */
  trafficOf(device: Device): readonly TrafficEvent[];
  /** Time that each packet takes in each direction. */
  delayMs: number;
  /** What becomes of a packet: these bytes in its place, or nothing of it. */
  alter: (packet: Packet, bytes: Buffer, direction: Direction) => Buffer | undefined;
  /** The broker seems to send these bytes, between two packets. */
  inject(bytes: Buffer): void;
  /** Breaks every connection, and refuses new ones until `restore`. */
  cut(): Promise<void>;
  restore(tls?: TlsOptions): Promise<void>;
  close(): Promise<void>;
}

/** One connection of the gateway's, and the one to the broker that belongs to it. */
interface Line {
  readonly gateway: Socket;
  readonly broker: Socket;
  readonly note: (packet: Packet, direction: Direction) => void;
}

/** Every packet passes as it is. */
export const unaltered: Tap["alter"] = (_packet, bytes) => bytes;

/** Starts one that passes everything on to a port of 127.0.0.1, over TLS to the gateway if `tls` is given. */
export async function startTap(
  brokerPort: number,
  onSight: () => void,
  tls?: TlsOptions,
  behind: readonly Device[] = [],
): Promise<Tap> {
  const traffic: TrafficEvent[] = [];
  const traffics = new Map<Device, TrafficEvent[]>([[device, traffic]]);
  for (const one of behind) traffics.set(one, []);
  const lines = new Set<Line>();
  let connectionCount = 0;
  let server = listener(tls);

  function listener(options: TlsOptions | undefined) {
    if (options === undefined) return createServer({ noDelay: true }, accept);
    return createTlsServer({ ...options, noDelay: true }, accept).on("tlsClientError", seeRefusal);
  }

  /** The gateway refused our certificate: that was all that there was of the connection. */
  function seeRefusal(): void {
    connectionCount += 1;
    const event = { atMs: performance.now(), connection: connectionCount };
    for (const each of traffics.values())
      each.push({ ...event, kind: "opened" }, { ...event, kind: "closed", isGoodbye: false });
    onSight();
  }

  function accept(gateway: Socket): void {
    connectionCount += 1;
    const connection = connectionCount;
    const broker = connect({ host: "127.0.0.1", port: brokerPort, noDelay: true });
    let isGoodbye = false;
    const see = (passageFor: (device: Device) => Passage | undefined) => {
      const atMs = performance.now();
      for (const [one, seen] of traffics) {
        const passage = passageFor(one);
        if (passage !== undefined) seen.push({ ...passage, atMs, connection });
      }
      onSight();
    };
    const note: Line["note"] = (packet, direction) => {
      if (packet.cmd === "disconnect") isGoodbye = true;
      see((one) => passageOf(packet, direction, one));
    };
    const line = { gateway, broker, note };
    lines.add(line);
    see(() => ({ kind: "opened" }));
    relay(broker, gateway, "down", note);
    relay(gateway, broker, "up", note);
    gateway.on("close", () => {
      lines.delete(line);
      see(() => ({ kind: "closed", isGoodbye }));
    });
  }

  /** Packet by packet: each is seen when it passes, so that a request is as old as the gateway can know. */
  function relay(from: Socket, to: Socket, direction: Direction, note: Line["note"]): void {
    const packets = parser({ protocolVersion: 4 });
    let unread: Buffer = Buffer.alloc(0);
    const delayed: (() => void)[] = [];
    /** When the last of them is due: none overtakes another where the delay has shrunk. */
    let dueAtMs = 0;
    const afterDelay = (act: () => void) => {
      const nowMs = performance.now();
      dueAtMs = Math.max(dueAtMs, nowMs + tap.delayMs);
      if (dueAtMs <= nowMs && delayed.length === 0) return act();
      delayed.push(act);
      setTimeout(() => delayed.shift()?.(), dueAtMs - nowMs);
    };
    packets.on("packet", (packet: Packet) => {
      const byteCount = fixedHeaderBytes(unread) + (packet.length ?? 0);
      const bytes = unread.subarray(0, byteCount);
      unread = unread.subarray(byteCount);
      const passing = tap.alter(packet, bytes, direction);
      if (passing === undefined) return;
      const noteAll = () => {
        for (const passed of passing === bytes ? [packet] : packetsIn(passing)) note(passed, direction);
      };
      // The gateway gave a response when it came here, and gets a request when it leaves here.
      if (direction === "up") noteAll();
      afterDelay(() => {
        if (to.destroyed) return;
        if (direction === "down") noteAll();
        to.write(passing);
      });
    });
    from.on("data", (bytes: Buffer) => {
      unread = Buffer.concat([unread, bytes]);
      packets.parse(bytes);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      afterDelay(() => to.destroySoon());
    });
  }

  async function listen(port: number): Promise<number> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  async function cut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const { gateway, broker } of lines) {
      gateway.destroy();
      broker.destroy();
    }
    await closed;
  }

  const port = await listen(0);
  const tap: Tap = {
    host: "127.0.0.1",
    port,
    traffic,
    trafficOf: (one) => traffics.get(one) ?? [],
    delayMs: 0,
    alter: unaltered,
    inject(bytes) {
      for (const { gateway, note } of lines) {
        for (const packet of packetsIn(bytes)) note(packet, "down");
        gateway.write(bytes);
      }
    },
    cut,
    async restore(options) {
      server = listener(options ?? tls);
      await listen(port);
    },
    close: cut,
  };
  return tap;
}

/** MQTT 3.1.1 §2.2: the packet's type, and its length in one to four bytes of seven bits each. */
function fixedHeaderBytes(bytes: Buffer): number {
  let byteCount = 2;
  while (((bytes[byteCount - 1] ?? 0) & 0x80) !== 0) byteCount += 1;
  return byteCount;
}

/** Whatever is a whole packet in bytes that may be none. */
function packetsIn(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  const reader = parser({ protocolVersion: 4 });
  reader.on("packet", (packet: Packet) => packets.push(packet));
  reader.on("error", () => {});
  reader.parse(bytes);
  return packets;
}
