// MQTT in WebSocket frames: any path, as MQTT names none. Knows nothing of what is in the frames.
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";

/** MQTT 3.1.1 and what clients of MQTT 3.1 ask for. */
const subprotocols = ["mqtt", "mqttv3.1"];

/** More than any packet of IoT Hub: a larger frame ends the connection. */
const frameBytesMax = 256 * 1024;

/** An HTTP server that takes WebSockets, over TLS where options for it are given. It does not listen yet. */
export function createWebSocketServer(
  tls: TlsOptions | undefined,
  accept: (stream: Duplex, socket: Socket) => void,
): Server {
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on("request", (_request, response) => {
    response.writeHead(426, { "Content-Type": "text/plain", Upgrade: "websocket" });
    response.end("MQTT over WebSocket only\n");
  });
  const sockets = new WebSocketServer({
    server,
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
    handleProtocols: (offered) => subprotocols.find((one) => offered.has(one)) ?? false,
  });
  sockets.on("connection", (socket, { socket: carrier }) => {
    if (!subprotocols.includes(socket.protocol)) socket.close(1002, "the subprotocol mqtt is missing");
    else accept(createWebSocketStream(socket), carrier);
  });
  return server;
}
