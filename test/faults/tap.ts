import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type Packet, parser } from "mqtt-packet";
import { requestPrefix, responsePrefix } from "./device.ts";
import type { Sight } from "./sight.ts";

/** `down` is from the broker to the gateway. */
export type Direction = "down" | "up";

/** The gateway's end of the network: what passes here is what the gateway got and gave. */
export interface Tap {
  readonly host: string;
  readonly port: number;
  readonly sights: readonly Sight[];
  /** Time that each packet takes in each direction. */
  delayMs: number;
  /** What becomes of a packet: these bytes in its place, or nothing of it. */
  alter: (packet: Packet, bytes: Buffer, direction: Direction) => Buffer | undefined;
  /** Nothing passes in either direction and nobody is told, until `flow`; no connection ends. */
  hold(): void;
  flow(): void;
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
export async function startTap(brokerPort: number, onSight: () => void, tls?: TlsOptions): Promise<Tap> {
  const sights: Sight[] = [];
  const lines = new Set<Line>();
  let connectionCount = 0;
  let held: (() => void)[] | undefined;
  let server = listener(tls);

  function listener(options: TlsOptions | undefined) {
    if (options === undefined) return createServer({ noDelay: true }, accept);
    return createTlsServer({ ...options, noDelay: true }, accept).on("tlsClientError", () => {}); // It refused our certificate.
  }

  function accept(gateway: Socket): void {
    connectionCount += 1;
    const connection = connectionCount;
    const broker = connect({ host: "127.0.0.1", port: brokerPort, noDelay: true });
    let isGoodbye = false;
    const see = (sight: DistributiveOmit<Sight, "atMs" | "connection">) => {
      sights.push({ ...sight, atMs: performance.now(), connection });
      onSight();
    };
    const note: Line["note"] = (packet, direction) => {
      if (packet.cmd === "connack" && packet.returnCode === 0) see({ kind: "accepted" });
      if (packet.cmd === "suback" && packet.granted.every((granted) => granted !== 128)) see({ kind: "subscribed" });
      if (packet.cmd === "disconnect") isGoodbye = true;
      // Whoever asked with a retained message is long gone.
      if (packet.cmd !== "publish" || packet.retain) return;
      const prefix = direction === "down" ? requestPrefix : responsePrefix;
      const processId = packet.topic.slice(prefix.length);
      if (!packet.topic.startsWith(prefix) || processId === "" || /[/+#]/.test(processId)) return;
      see({ kind: direction === "down" ? "request" : "response", processId, payload: Buffer.from(packet.payload) });
    };
    const line = { gateway, broker, note };
    lines.add(line);
    see({ kind: "opened" });
    relay(broker, gateway, "down", note);
    relay(gateway, broker, "up", note);
    gateway.on("close", () => {
      lines.delete(line);
      see({ kind: "closed", isGoodbye });
    });
  }

  /** Packet by packet: each is seen when it passes, so that a request is as old as the gateway can know. */
  function relay(from: Socket, to: Socket, direction: Direction, note: Line["note"]): void {
    const packets = parser({ protocolVersion: 4 });
    let unread: Buffer = Buffer.alloc(0);
    packets.on("packet", (packet: Packet) => {
      const byteCount = fixedHeaderBytes(unread) + (packet.length ?? 0);
      const bytes = unread.subarray(0, byteCount);
      unread = unread.subarray(byteCount);
      const passing = tap.alter(packet, bytes, direction);
      if (passing === undefined) return;
      const pass = () => {
        if (held !== undefined) {
          held.push(pass);
          return;
        }
        if (to.destroyed) return;
        for (const passed of passing === bytes ? [packet] : packetsIn(passing)) note(passed, direction);
        to.write(passing);
      };
      if (tap.delayMs > 0) setTimeout(pass, tap.delayMs);
      else pass();
    });
    from.on("data", (bytes: Buffer) => {
      unread = Buffer.concat([unread, bytes]);
      packets.parse(bytes);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      const end = () => {
        if (held === undefined) to.destroySoon();
        else held.push(end); // Whoever sits behind a hole hears of nothing.
      };
      end();
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
    sights,
    delayMs: 0,
    alter: unaltered,
    hold() {
      held ??= [];
    },
    flow() {
      const waiting = held ?? [];
      held = undefined;
      for (const pass of waiting) pass();
    },
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
    async close() {
      tap.flow();
      await cut();
    },
  };
  return tap;
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

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
