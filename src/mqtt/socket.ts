/** The TLS socket under a connection, and what is set on the TCP socket below it. */

import net from "node:net";
import tls, { type SecureContext } from "node:tls";

/** What a client proves itself with in mutual TLS: PEM text. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TlsOptions {
  /** PEM text of the roots to trust; undefined for those that Node brings along. */
  readonly ca: string | undefined;
  /** Undefined where the client proves itself in CONNECT alone. */
  readonly clientCertificate: ClientCertificate | undefined;
}

/**
 * After this long without a byte TCP asks whether the peer is still there, and gives up after ten unanswered questions a
 * second apart (libuv's figures). So a half-open connection on which nothing is sent is noticed within 40 s, however seldom
 * MQTT pings (silence.ts).
 */
const keepAliveIdleMs = 30_000;

/** Throws what OpenSSL says of an unusable certificate or key of the client's. */
export function createTlsContext({ ca, clientCertificate }: TlsOptions): SecureContext {
  return tls.createSecureContext({
    // `ca` replaces Node's own roots, whose loading costs 90 ms.
    ...(ca === undefined ? {} : { ca }),
    ...clientCertificate,
    minVersion: "TLSv1.2",
  });
}

/**
 * TLS over a connected socket, whose owner it becomes.
 *
 * @param rejectUnauthorized false to look at a wrong certificate; nothing may be sent behind it.
 */
export function secureSocket(
  socket: net.Socket,
  host: string,
  secureContext: SecureContext,
  rejectUnauthorized = true,
): tls.TLSSocket {
  return tls.connect({
    socket,
    secureContext,
    // What the certificate is compared with.
    host,
    // RFC 6066 §3: an address is no server name. `tls.connect` does not take the name from `host`.
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized,
  });
}

/**
 * To be called once it is connected. Nagle's algorithm would hold a response back until the peer's delayed ACK: 44 instead
 * of 8.6 ms at QoS 1.
 */
export function setUpTcp(socket: net.Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveIdleMs);
}
