/** A real broker in this process, on an ephemeral port, over any of the transports. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { Aedes } from "aedes";
import { type Endpoint, isSecure, type Transport } from "../../src/mqtt/endpoint.ts";
import { acceptWebSocket } from "./web-socket.ts";

export const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}`, import.meta.url), "utf8");

export interface Broker {
  readonly aedes: Aedes;
  readonly endpoint: Endpoint;
  close(): Promise<void>;
}

export interface BrokerOptions {
  readonly transport?: Transport;
  /** Names the server's certificate and key in test/support/tls. */
  readonly certificate?: string;
  readonly clientCertificates?: boolean;
  /** With transport psk: what the TLS server has beyond the key of `knownKey`. */
  readonly tls?: tls.TlsOptions;
}

/** What a broker over psk knows of its one client. */
export const knownKey = { identity: "ABCDEFGH12gateway01", key: Buffer.from("MDEyMzQ1Njc4OWFiY2RlZg==", "base64") };

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { transport = "tcp", certificate = "server", clientCertificates = false } = options;
  const aedes = await Aedes.createBroker();
  const sockets = new Set<net.Socket>();
  const serve = (socket: Duplex) => {
    // A client that goes without a word is no fault of the broker's.
    socket.on("error", () => {});
    if (transport === "ws" || transport === "wss") acceptWebSocket(socket, (stream) => aedes.handle(stream));
    else aedes.handle(socket);
  };
  const certified = {
    cert: pem(`${certificate}.pem`),
    key: pem(`${certificate}.key`),
    ...(clientCertificates ? { ca: pem("ca.pem"), requestCert: true, rejectUnauthorized: true } : {}),
  };
  const byKey: tls.TlsOptions = {
    ciphers: "PSK",
    pskCallback: (_, identity) => (identity === knownKey.identity ? knownKey.key : null),
    ...options.tls,
  };
  const server = isSecure(transport)
    ? tls.createServer(transport === "psk" ? byKey : certified, serve)
    : net.createServer({ noDelay: true }, serve);
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    aedes,
    endpoint: { transport, host: "127.0.0.1", port },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
}
