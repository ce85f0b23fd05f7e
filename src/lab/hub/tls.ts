// TLS as IoT Hub has it: the hub's certificate or the device's secret, and what either proves of who connects.
import type { Socket } from "node:net";
import { DEFAULT_CIPHERS, TLSSocket, type TlsOptions } from "node:tls";
import type { Peer } from "./credentials.ts";
import type { HubDevice } from "./device.ts";

/**
 * The key and certificate of a TLS listener as PEM. With `ca` it asks for client certificates too, and one that `ca` has
 * signed for the common name `{productId}{deviceName}` stands for the password.
 */
export interface HubTls {
  readonly port?: number;
  readonly key: string;
  readonly cert: string;
  readonly ca?: string;
}

/** The suites of Tencent's C SDK. They end with TLS 1.2. */
const pskCiphers = "PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA";

/** The TLS of one hub. */
export interface HubTlsSide {
  /** Where the server has a certificate; a device that brings its secret instead is served as well. */
  withCertificate(tls: HubTls): TlsOptions;
  /** Where it has none: the device's secret alone. */
  readonly withSecretOnly: TlsOptions;
  peerOf(socket: Socket): Peer;
}

/** @param devices those that may bring their secret, by client identifier */
export function createTlsSide(devices: ReadonlyMap<string, HubDevice>): HubTlsSide {
  const identities = new WeakMap<TLSSocket, string>();
  const psk: TlsOptions = {
    pskCallback(socket, identity) {
      const device = devices.get(identity);
      if (device === undefined) return null;
      identities.set(socket, identity);
      return Buffer.from(device.deviceSecret, "base64");
    },
  };
  return {
    withCertificate({ key, cert, ca }) {
      // A certificate that the CA has not signed proves nothing, and the password is asked for.
      const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false };
      const ciphers = `${DEFAULT_CIPHERS.replace(":!PSK", "")}:${pskCiphers}`;
      return { ...psk, key, cert, ...clients, ciphers, noDelay: true };
    },
    withSecretOnly: { ...psk, ciphers: pskCiphers, maxVersion: "TLSv1.2", noDelay: true },
    peerOf(socket) {
      if (!(socket instanceof TLSSocket)) return {};
      return { certificateName: certificateName(socket), pskIdentity: identities.get(socket) };
    },
  };
}

/** The common name of the client's certificate, where the listener asked for one and the hub's CA has signed it. */
function certificateName(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" ? name : undefined;
}
