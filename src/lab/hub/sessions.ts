// Which registered device is connected, by which connection: at most one each.
import type { Client } from "aedes";
import { clientIdOf, type DeviceName, type HubDevice } from "./device.ts";
import type { Observe } from "./events.ts";
import { rateLimit } from "./rate-limit.ts";

/** A device's connection and what it has subscribed to. */
export interface Session {
  readonly client: Client;
  readonly device: HubDevice;
  readonly filters: Set<string>;
  /** Whether one more message is within the limit, up from the device and down to it. */
  readonly withinRate: { readonly up: () => boolean; readonly down: () => boolean };
}

/** What the sessions of a hub need. */
export interface SessionsOptions {
  /** Messages of one session within a second, each way; the rest is dropped. */
  readonly messagesPerSecondMax: number;
  readonly observe: Observe;
  /** The device is not connected any more. */
  readonly ended: (device: HubDevice) => void;
}

/** The sessions of a hub. */
export interface Sessions {
  /** Begins the session of an accepted client, and kicks the device's older one. */
  begin(client: Client, device: HubDevice): void;
  /** The device's session, if it is connected. */
  get(device: DeviceName): Session | undefined;
  /** The same by client identifier. */
  byId(clientId: string): Session | undefined;
  /** The session that runs over this client's connection, unless it has ended or been kicked. */
  of(client: Client | null): Session | undefined;
  /** Ends the device's session, if it has one. */
  kick(device: DeviceName): void;
}

/** Sessions without a connection yet. */
export function createSessions({ messagesPerSecondMax, observe, ended }: SessionsOptions): Sessions {
  const sessions = new Map<string, Session>();

  function kick(device: DeviceName): void {
    const clientId = clientIdOf(device);
    const session = sessions.get(clientId);
    if (session === undefined) return;
    sessions.delete(clientId);
    observe({ kind: "kicked", clientId });
    ended(session.device);
    session.client.conn.destroy();
  }

  return {
    begin(client, device) {
      const clientId = clientIdOf(device);
      const withinRate = { up: rateLimit(messagesPerSecondMax), down: rateLimit(messagesPerSecondMax) };
      const session = { client, device, filters: new Set<string>(), withinRate };
      // aedes kicks too, but misses a session whose own CONNECT is not through yet.
      kick(device);
      sessions.set(clientId, session);
      observe({ kind: "connected", clientId });
      client.conn.once("close", () => {
        const isCurrent = sessions.get(clientId) === session;
        if (isCurrent) sessions.delete(clientId);
        observe({ kind: "disconnected", clientId });
        if (isCurrent) ended(device);
      });
    },
    get: (device) => sessions.get(clientIdOf(device)),
    byId: (clientId) => sessions.get(clientId),
    of(client) {
      const session = client === null ? undefined : sessions.get(client.id);
      return session?.client === client ? session : undefined;
    },
    kick,
  };
}
