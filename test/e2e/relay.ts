import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The network between a gateway and the broker: it can go away and come back, and sees how a connection ends. */
export interface Relay {
  readonly host: string;
  readonly port: number;
  /** Breaks every connection and takes no other. */
  cut(): Promise<void>;
  /** The same address takes connections again. */
  restore(): Promise<void>;
  /** From now on, what becomes of connections on which nothing passes for a while; undefined: nothing. */
  forgetIdle(way: IdleWay | undefined): void;
}

/** As firewalls do: from then on nothing passes and nobody is told, or both sides find the connection closed. */
export interface IdleWay {
  readonly afterMs: number;
  readonly how: "silently" | "by closing";
}

/** What a relay sees of one connection. */
export interface RelayObserver {
  readonly began: () => void;
  /** `isGoodbye`: the last packet from the gateway was DISCONNECT. */
  readonly ended: (isGoodbye: boolean) => void;
}

/** MQTT 3.1.1 §3.14: the whole of a DISCONNECT. */
const disconnectPacket = Buffer.of(0xe0, 0x00);

/** Starts a relay to a port of this machine. */
export async function startRelay(upstreamPort: number, observer: RelayObserver): Promise<Relay> {
  // An address of this process alone: while the relay is cut nobody else gets its port.
  const host = `127.${1 + ((process.pid >> 14) % 254)}.${(process.pid >> 7) & 127}.${1 + (process.pid & 127)}`;
  const sockets = new Set<Socket>();
  let idleWay: IdleWay | undefined;

  const server = createServer({ noDelay: true }, (socket) => {
    const upstream = connect({ host: "127.0.0.1", port: upstreamPort, noDelay: true });
    let tail: Buffer = Buffer.alloc(0);
    observer.began();
    sockets.add(socket);
    socket.on("data", (bytes) => {
      tail = Buffer.concat([tail, bytes]).subarray(-disconnectPacket.length);
    });
    socket.on("error", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      upstream.destroySoon();
      observer.ended(tail.equals(disconnectPacket));
    });
    socket.pipe(upstream).pipe(socket);
    for (const side of [socket, upstream]) side.on("data", () => passes());
    let timer: NodeJS.Timeout | undefined;
    const passes = () => {
      clearTimeout(timer);
      if (idleWay !== undefined) timer = setTimeout(forget, idleWay.afterMs, idleWay);
    };
    const forget = ({ how }: IdleWay) => {
      if (how === "by closing") socket.end();
      else for (const side of [socket, upstream]) side.unpipe().removeAllListeners("data").resume();
    };
    socket.on("close", () => clearTimeout(timer));
  });

  async function listen(port: number): Promise<number> {
    server.listen(port, host);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  const port = await listen(0);
  return {
    host,
    port,
    async cut() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async restore() {
      await listen(port);
    },
    forgetIdle(way) {
      idleWay = way;
    },
  };
}
