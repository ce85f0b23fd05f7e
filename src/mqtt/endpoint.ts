/** Where a connection leads. Pure: names and numbers, no socket. */

/** How MQTT is carried: over TLS by certificates or by a pre-shared key, over bare TCP, or in a WebSocket. */
export const transports = ["tls", "psk", "tcp", "wss", "ws"] as const;
export type Transport = (typeof transports)[number];

export interface Endpoint {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

/** Whether MQTT travels over TLS. */
export function isSecure(transport: Transport): boolean {
  return transport === "psk" || hasCertificate(transport);
}

/** Whether the broker proves itself by a certificate. */
export function hasCertificate(transport: Transport): boolean {
  return transport === "tls" || transport === "wss";
}

/** Whether MQTT travels in WebSocket frames. */
export function isWebSocket(transport: Transport): boolean {
  return transport === "wss" || transport === "ws";
}

/** `tls://host:8883`, for people. */
export function endpointUrl({ transport, host, port }: Endpoint): string {
  return `${transport}://${urlHost(host)}:${port}`;
}

/** A host as it stands in a URL: an IPv6 address in brackets. */
export function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
