// The MQTT side: sessions of registered devices, and what IoT Hub lets them do.
// Knows nothing of calls; what a device publishes goes out through `received`.
import { TLSSocket } from "node:tls";
import { Aedes, type Client, type Connection, type PublishPacket } from "aedes";
import { type ConnectAttempt, judgeConnect, type RefusalCode, type Verdict } from "./credentials.ts";
import { clientIdOf, type DeviceName, type HubDevice } from "./device.ts";
import type { Observe } from "./events.ts";
import { mayPublish, maySubscribe, requestRoot } from "./topics.ts";

/** Largest payload that IoT Hub carries. */
export const payloadBytesMax = 16 * 1024;

/** Longest topic that IoT Hub carries. */
const topicBytesMax = 255;

export interface BrokerOptions {
  readonly devices: ReadonlyMap<string, HubDevice>;
  /** Least time between two CONNECTs of one device; 0 for any. IoT Hub's is 5000. */
  readonly connectIntervalMs: number;
  /** Unix time, for the expiry of credentials. */
  readonly now: () => number;
  readonly observe: Observe;
  /** What a device published on a topic that it may publish to. */
  readonly received: (device: HubDevice, topic: string, payload: Buffer) => void;
}

/** The broker behind its listeners. */
export interface Broker {
  /** Takes a fresh connection, whatever carries it. */
  accept(connection: Connection): void;
  online(device: DeviceName): boolean;
  /** The topic below which the device takes requests now; undefined when it has subscribed to none. */
  requestRoot(device: DeviceName): string | undefined;
  publish(topic: string, payload: Buffer, qos: 0 | 1): void;
  /** Drops the device's session, as IoT Hub does when a second one appears elsewhere. */
  kick(device: DeviceName): void;
  /** Answers the device's CONNECTs with this code from now on; undefined lets it in again. */
  refuse(device: DeviceName, returnCode: RefusalCode | undefined): void;
  close(): Promise<void>;
}

interface Session {
  readonly client: Client;
  readonly device: HubDevice;
  readonly filters: Set<string>;
}

/** Starts a broker for the registered devices; connections come from {@link Broker.accept}. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { observe, received } = options;
  const sessions = new Map<string, Session>();
  const attempts = new WeakMap<Client, ConnectAttempt>();
  const ordered = new Map<string, RefusalCode>();
  const lastConnectMs = new Map<string, number>();

  function admit(attempt: ConnectAttempt): Verdict {
    const verdict = judgeConnect(attempt, options.devices, options.now());
    if (verdict.device === undefined) return verdict;
    const returnCode = ordered.get(attempt.clientId);
    if (returnCode !== undefined) return { returnCode, reason: "the hub was told to refuse this device" };
    const sinceLastMs = performance.now() - (lastConnectMs.get(attempt.clientId) ?? Number.NEGATIVE_INFINITY);
    lastConnectMs.set(attempt.clientId, performance.now());
    if (sinceLastMs >= options.connectIntervalMs) return verdict;
    return { returnCode: 3, reason: `the last CONNECT was only ${Math.round(sinceLastMs)} ms ago` };
  }

  function begin(client: Client, device: HubDevice): void {
    const clientId = clientIdOf(device);
    const session = { client, device, filters: new Set<string>() };
    // aedes kicks too, but misses a session whose own CONNECT is not through yet.
    kick(device);
    sessions.set(clientId, session);
    observe({ kind: "connected", clientId });
    client.conn.once("close", () => {
      if (sessions.get(clientId) === session) sessions.delete(clientId);
      observe({ kind: "disconnected", clientId });
    });
  }

  function kick(device: DeviceName): void {
    const clientId = clientIdOf(device);
    const session = sessions.get(clientId);
    if (session === undefined) return;
    observe({ kind: "kicked", clientId });
    session.client.conn.destroy();
  }

  /** The session of a client, unless it has been kicked. */
  function sessionOf(client: Client | null): Session | undefined {
    const session = client === null ? undefined : sessions.get(client.id);
    return session?.client === client ? session : undefined;
  }

  const aedes = await Aedes.createBroker({
    preConnect(client, packet, done) {
      attempts.set(client, {
        protocolVersion: packet.protocolVersion ?? 0,
        clientId: packet.clientId,
        username: packet.username,
        password: packet.password,
        keepaliveS: packet.keepalive ?? 0,
        clean: packet.clean ?? false,
        will: packet.will !== undefined,
        certificateName: certificateName(client.conn),
      });
      // aedes lets MQTT 3.1 in, and only it can send CONNACK 1, which it does for MQTT 5.
      if (packet.protocolVersion !== 4) {
        observe({
          kind: "refused",
          clientId: packet.clientId,
          returnCode: 1,
          reason: "the protocol is not MQTT 3.1.1",
        });
        packet.protocolVersion = 5;
      }
      done(null, true);
    },

    authenticate(client, _username, _password, done) {
      const attempt = attempts.get(client);
      if (attempt === undefined) throw new Error("a CONNECT that preConnect has not seen");
      const verdict = admit(attempt);
      if (verdict.device === undefined) {
        const { returnCode, reason } = verdict;
        observe({ kind: "refused", clientId: attempt.clientId, returnCode, reason });
        done(Object.assign(new Error(reason), { returnCode }), false);
        return;
      }
      // Who has gone since its CONNECT was read begins no session: nothing would end it.
      if (client.conn.closed) return;
      begin(client, verdict.device);
      done(null, true);
    },

    authorizeSubscribe(client, subscription, done) {
      const session = sessionOf(client);
      const allowed = session !== undefined && subscription.qos < 2 && maySubscribe(session.device, subscription.topic);
      if (!allowed) observe({ kind: "denied", clientId: client.id, filter: subscription.topic });
      // Null instead of the subscription becomes SUBACK 128.
      done(null, allowed ? subscription : null);
    },

    authorizePublish(client, packet, done) {
      const session = sessionOf(client);
      const fault = session === undefined ? "it has no session" : publishFault(session.device, packet);
      if (fault !== undefined) observe({ kind: "violation", clientId: client?.id ?? "", reason: fault });
      // An error drops the connection, before a PUBACK.
      done(fault === undefined ? null : new Error(fault));
    },
  });

  aedes.on("publish", (packet, client) => {
    const session = sessionOf(client);
    if (session !== undefined) received(session.device, packet.topic, Buffer.from(packet.payload));
  });

  aedes.on("subscribe", (subscriptions, client) => {
    if (subscriptions.length > 1) {
      observe({ kind: "violation", clientId: client.id, reason: "more than one filter in a SUBSCRIBE" });
      client.conn.destroy();
      return;
    }
    for (const { topic, qos } of subscriptions) {
      // aedes reports a denied subscription here too, with its SUBACK code in the place of the QoS.
      if (qos > 2) continue;
      sessionOf(client)?.filters.add(topic);
      observe({ kind: "subscribed", clientId: client.id, filter: topic });
    }
  });

  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) {
      if (sessionOf(client)?.filters.delete(filter)) observe({ kind: "unsubscribed", clientId: client.id, filter });
    }
  });

  return {
    accept: (connection) => void aedes.handle(connection),
    online: (device) => sessions.has(clientIdOf(device)),
    requestRoot: (device) => requestRoot(device, sessions.get(clientIdOf(device))?.filters ?? new Set()),
    publish(topic, payload, qos) {
      aedes.publish({ cmd: "publish", topic, payload, qos, retain: false, dup: false }, (error) => {
        if (error) throw error;
      });
    },
    kick,
    refuse(device, returnCode) {
      if (returnCode === undefined) ordered.delete(clientIdOf(device));
      else ordered.set(clientIdOf(device), returnCode);
    },
    close: () => new Promise((resolve) => aedes.close(resolve)),
  };
}

/** What IoT Hub forbids about a publish; it answers with the end of the connection. */
function publishFault(device: HubDevice, packet: PublishPacket): string | undefined {
  if (packet.qos === 2) return "a publish at QoS 2";
  if (packet.retain) return "a publish to be retained";
  if (Buffer.byteLength(packet.payload) > payloadBytesMax) return `a payload of more than ${payloadBytesMax} bytes`;
  if (Buffer.byteLength(packet.topic) > topicBytesMax) return `a topic of more than ${topicBytesMax} bytes`;
  if (!mayPublish(device, packet.topic)) return `a publish to ${packet.topic}, which is not its own to publish to`;
  return undefined;
}

/** The common name of the client's certificate, where the listener asked for one and the hub's CA has signed it. */
function certificateName(connection: Connection): string | undefined {
  if (!(connection instanceof TLSSocket) || !connection.authorized) return undefined;
  const name = connection.getPeerCertificate().subject.CN;
  return typeof name === "string" ? name : undefined;
}
