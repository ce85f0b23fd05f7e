/** What the rules need to know of `hub.transport`. */
import type { Settings } from "./options.ts";

type Transport = Settings["hub"]["transport"];

/** Whether the hub, and perhaps the device, prove themselves by certificates. */
export function hasCertificates(transport: Transport): boolean {
  return transport === "tls" || transport === "wss";
}

/** Whether nobody on the way can read or change what passes. */
export function isEncrypted(transport: Transport): boolean {
  return transport === "psk" || hasCertificates(transport);
}
