/** The TLS socket under a connection, and what is set on the TCP socket below it. */

import net from "node:net";
import tls, { type SecureContext } from "node:tls";

/** What a client proves itself with in mutual TLS: PEM text. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What both ends prove that they know, in TLS without certificates (RFC 4279). */
export interface PreSharedKey {
  /** Travels in the clear. At most 128 bytes. */
  readonly identity: string;
  /** At most 256 bytes: OpenSSL 3.0 brings no handshake about with more. */
  readonly key: Buffer;
}

export interface TlsOptions {
  /** PEM text of the roots to trust; undefined for those that Node brings along. */
  readonly ca: string | undefined;
  /** Undefined where the client proves itself in CONNECT alone. */
  readonly clientCertificate: ClientCertificate | undefined;
  /** Given, it is all that is accepted: no certificate of either side plays a part. */
  readonly psk: PreSharedKey | undefined;
}

/** What `secureSocket` needs, made once for a connection. */
export interface TlsContext {
  readonly secureContext: SecureContext;
  readonly psk: PreSharedKey | undefined;
}

/**
 * TLS 1.2's suites by a pre-shared key, without RSA-PSK, which needs a certificate. The first ones agree on a key that whoever learns the
 * pre-shared one later cannot find; the last two are what small TLS stacks have.
 */
const pskCiphers = [
  "ECDHE-PSK-CHACHA20-POLY1305",
  "ECDHE-PSK-AES128-CBC-SHA256",
  "ECDHE-PSK-AES128-CBC-SHA",
  "PSK-AES128-GCM-SHA256",
  "PSK-AES128-CBC-SHA",
  "PSK-AES256-CBC-SHA",
].join(":");

/**
 * After this long without a byte TCP asks whether the peer is still there, and gives up after ten unanswered questions a
 * second apart (libuv's figures). So a half-open connection on which nothing is sent is noticed within 40 s, however seldom
 * MQTT pings (silence.ts).
 */
const keepAliveIdleMs = 30_000;

/** Throws what OpenSSL says of an unusable certificate or key of the client's. */
export function createTlsContext({ ca, clientCertificate, psk }: TlsOptions): TlsContext {
  if (psk !== undefined) {
    // Without a root no certificate could be verified, if a server got that far with one. Node has no such keys in TLS 1.3.
    const versions = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
    return { secureContext: tls.createSecureContext({ ca: [], ciphers: pskCiphers, ...versions }), psk };
  }
  const secureContext = tls.createSecureContext({
    // `ca` replaces Node's own roots, whose loading costs 90 ms.
    ...(ca === undefined ? {} : { ca }),
    ...clientCertificate,
    minVersion: "TLSv1.2",
  });
  return { secureContext, psk };
}

/**
 * TLS over a connected socket, whose owner it becomes.
 *
 * @param rejectUnauthorized false to look at a wrong certificate; nothing may be sent behind it.
 */
export function secureSocket(
  socket: net.Socket,
  host: string,
  { secureContext, psk }: TlsContext,
  rejectUnauthorized = true,
): tls.TLSSocket {
  return tls.connect({
    socket,
    secureContext,
    ...(psk === undefined ? {} : pskOptions(psk)),
    // What the certificate is compared with.
    host,
    // RFC 6066 §3: an address is no server name. `tls.connect` does not take the name from `host`.
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized,
  });
}

function pskOptions({ identity, key }: PreSharedKey): tls.ConnectionOptions {
  return {
    // Without its argument: the server's hint comes before the server has proved anything, and there is but one identity.
    pskCallback: () => ({ identity, psk: key }),
    // There is no certificate that could carry a name.
    checkServerIdentity: () => undefined,
  };
}

/**
 * To be called once it is connected. Nagle's algorithm would hold a response back until the peer's delayed ACK: 44 instead
 * of 8.6 ms at QoS 1.
 */
export function setUpTcp(socket: net.Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveIdleMs);
}
