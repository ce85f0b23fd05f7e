/** The TCP or TLS socket under a session, whatever MQTT is wrapped in above it. */

import net from "node:net";
import tls from "node:tls";
import type { Identity } from "./credentials.ts";
import { type Endpoint, isSecure } from "./endpoint.ts";

export interface SocketOptions {
  readonly endpoint: Endpoint;
  readonly identity: Identity;
  /** PEM text of the roots to trust; undefined for those that Node brings along. */
  readonly ca: string | undefined;
}

/**
 * After this long without a byte TCP asks whether the peer is still there, and gives up after ten unanswered questions a
 * second apart (libuv's figures). A half-open connection on which nothing is sent is so noticed within 40 s (where something
 * is, silence.ts does it), not after MQTT's 1.5 × keepalive; NAT tables, which forget after minutes, stay warm.
 */
const keepAliveIdleMs = 30_000;

/** Starts connecting. Throws what OpenSSL says of an unusable certificate or key; everything else is an event. */
export function openSocket({ endpoint, identity, ca }: SocketOptions): net.Socket {
  const { host, port, transport } = endpoint;
  const socket = isSecure(transport)
    ? tls.connect({
        host,
        port,
        // `ca` replaces Node's own roots, whose loading costs 90 ms.
        ...(ca === undefined ? {} : { ca }),
        ...(identity.auth.kind === "certificate" ? { cert: identity.auth.cert, key: identity.auth.key } : {}),
        // RFC 6066 §3: an address is no server name. `tls.connect` does not take the name from `host`.
        ...(net.isIP(host) === 0 ? { servername: host } : {}),
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
      })
    : net.connect({ host, port });
  // Not by options: `tls.connect` ignores `noDelay` and `keepAlive` (seen with strace on Node 20). Nagle's algorithm would
  // hold a response back until the peer's delayed ACK: 44 instead of 8.6 ms at QoS 1.
  socket.once("connect", () => {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveIdleMs);
  });
  return socket;
}
