// Everything on which devices may connect: TCP, TLS by certificate or by the device's secret, and WebSockets over both.
import { createServer as createTcpServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Peer } from "./credentials.ts";
import type { HubDevice } from "./device.ts";
import type { Observe } from "./events.ts";
import { createTlsSide, type HubTls } from "./tls.ts";
import { createWebSocketServer } from "./websocket.ts";

/** Where devices may connect. A port is 0 for a free one; what has none is not listened on, but for TCP. */
export interface DevicePorts {
  readonly mqttPort?: number;
  /** TLS with a certificate; it takes devices that bring their secret (PSK) as well. */
  readonly tls?: HubTls | undefined;
  /** TLS without a certificate: only for devices that bring their secret. */
  readonly pskPort?: number | undefined;
  readonly wsPort?: number | undefined;
  /** WebSocket over TLS, with the certificate of `tls`, without which there is none. */
  readonly wssPort?: number | undefined;
}

/** Where the hub listens for devices. */
export interface ListeningPorts {
  readonly mqttPort: number;
  readonly tlsPort: number | undefined;
  readonly pskPort: number | undefined;
  readonly wsPort: number | undefined;
  readonly wssPort: number | undefined;
}

interface DeviceSide {
  /** The registered devices by client identifier. */
  readonly devices: ReadonlyMap<string, HubDevice>;
  readonly observe: Observe;
  readonly accept: (connection: Duplex, peer?: Peer) => void;
  readonly listenTo: (server: Server, port?: number) => Promise<number>;
}

/** Listens on all of them, one after the other. Rejects with the system's error, such as EADDRINUSE. */
export async function listenForDevices(
  { mqttPort, tls, pskPort, wsPort, wssPort }: DevicePorts,
  { devices, observe, accept, listenTo }: DeviceSide,
): Promise<ListeningPorts> {
  const { withCertificate, withSecretOnly, peerOf } = createTlsSide(devices);
  const certified = tls && withCertificate(tls);

  function overTls(options: TlsOptions): Server {
    const server = createTlsServer(options, (socket) => accept(socket, peerOf(socket)));
    return server.on("tlsClientError", ({ message }: Error) => observe({ kind: "no_handshake", reason: message }));
  }
  function overWebSocket(options?: TlsOptions): Server {
    return createWebSocketServer(options, (stream, socket) => accept(stream, peerOf(socket)));
  }
  return {
    mqttPort: await listenTo(
      createTcpServer({ noDelay: true }, (socket) => accept(socket)),
      mqttPort,
    ),
    tlsPort: certified && (await listenTo(overTls(certified), tls?.port)),
    pskPort: pskPort === undefined ? undefined : await listenTo(overTls(withSecretOnly), pskPort),
    wsPort: wsPort === undefined ? undefined : await listenTo(overWebSocket(), wsPort),
    wssPort: certified && wssPort !== undefined ? await listenTo(overWebSocket(certified), wssPort) : undefined,
  };
}
