// The MQTT side: sessions of registered devices, and what IoT Hub lets them do.
// Knows nothing of calls; what a device publishes goes out through `received`.
import { Aedes, type Client, type Connection, type PublishPacket } from "aedes";
import { type Admission, type AdmissionOptions, createAdmission } from "./admission.ts";
import { type ConnectAttempt, type Peer, protocolVersions } from "./credentials.ts";
import { clientIdOf, type DeviceName, type HubDevice, pathOf } from "./device.ts";
import type { PublishRight, Rights } from "./rights.ts";
import { createSessions, type Session, type Sessions, type SessionsOptions } from "./sessions.ts";
import { isTopicOf, requestRoot } from "./topics.ts";

/** Largest payload that IoT Hub carries. */
export const payloadBytesMax = 16 * 1024;

/** A product id of 10 and a device name of at most 48 characters. */
const clientIdCharsMax = 58;

/** Longest topic that IoT Hub carries. */
const topicBytesMax = 255;

/** Subscriptions that IoT Hub takes on one connection. */
const subscriptionsMax = 100;

/** What the broker needs. */
export interface BrokerOptions extends AdmissionOptions, SessionsOptions {
  readonly rights: Rights;
  /** Takes what was published in a session: the speaker is its device, or a sub-device for which it speaks. */
  readonly received: (device: HubDevice, speaker: HubDevice, topic: string, payload: Buffer) => void;
}

/** The broker behind its listeners. */
export interface Broker {
  /** Takes a fresh connection, whatever carries it. */
  accept(connection: Connection, peer?: Peer): void;
  isConnected(device: DeviceName): boolean;
  /** The topic below which the device takes requests in the session of `carrier`; undefined when it has subscribed to none. */
  requestRoot(device: DeviceName, carrier: DeviceName): string | undefined;
  /** Ends the subscriptions that the session of this client has to topics of a sub-device. */
  silence(clientId: string, subDevice: DeviceName): void;
  publish(topic: string, payload: Buffer, qos: 0 | 1): void;
  readonly kick: Sessions["kick"];
  readonly refuse: Admission["refuse"];
  close(): Promise<void>;
}

/** Starts a broker for the registered devices; connections come from {@link Broker.accept}. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { observe, received, rights } = options;
  const admission = createAdmission(options);
  const sessions = createSessions(options);
  const attempts = new WeakMap<Client, ConnectAttempt>();
  const peers = new WeakMap<Connection, Peer>();

  function maySubscribe({ device, filters }: Session, filter: string): boolean {
    return rights.maySubscribe(device, filter) && (filters.has(filter) || filters.size < subscriptionsMax);
  }

  const aedes = await Aedes.createBroker({
    // MQTT 3.1 has a limit of 23, which IoT Hub's own identifiers exceed.
    maxClientsIdLength: clientIdCharsMax,
    preConnect(client, packet, done) {
      attempts.set(client, {
        protocolVersion: packet.protocolVersion ?? 0,
        clientId: packet.clientId,
        username: packet.username,
        password: packet.password,
        keepaliveS: packet.keepalive ?? 0,
        clean: packet.clean ?? false,
        will: packet.will !== undefined,
        peer: peers.get(client.conn) ?? {},
      });
      // aedes refuses these itself: only it can send CONNACK 1.
      if (!protocolVersions.includes(packet.protocolVersion ?? 0)) {
        const { clientId } = packet;
        observe({ kind: "refused", clientId, returnCode: 1, reason: "the protocol is not MQTT 3.1 or 3.1.1" });
      }
      done(null, true);
    },

    authenticate(client, _username, _password, done) {
      const attempt = attempts.get(client);
      if (attempt === undefined) throw new Error("a CONNECT that preConnect did not see");
      const decision = admission.admit(attempt);
      if (decision.kind === "refused") {
        const { returnCode, reason } = decision;
        observe({ kind: "refused", clientId: attempt.clientId, returnCode, reason });
        done(Object.assign(new Error(reason), { returnCode }), false);
        return;
      }
      // A client that has left meanwhile begins no session: nothing would end it.
      if (client.conn.closed) return;
      sessions.begin(client, decision.device);
      done(null, true);
    },

    authorizeSubscribe(client, subscription, done) {
      const session = sessions.of(client);
      if (session !== undefined && subscription.qos < 2 && maySubscribe(session, subscription.topic)) {
        done(null, subscription);
        return;
      }
      if (session !== undefined) observe({ kind: "denied", clientId: client.id, filter: subscription.topic });
      // Null instead of the subscription becomes SUBACK 128.
      done(null, null);
    },

    // An error drops the connection, before a PUBACK; a kicked session's is gone already.
    authorizePublish(client, packet, done) {
      const device = sessions.of(client)?.device;
      const right = device && rights.toPublish(device, packet.topic);
      const reason = right === undefined ? "it has no session" : publishProblem(packet, right);
      if (device && reason) observe({ kind: "violation", clientId: clientIdOf(device), reason });
      done(reason === undefined ? null : new Error(reason));
    },

    authorizeForward(client, packet) {
      if (sessions.of(client)?.withinRate.down() ?? true) return packet;
      observe({ kind: "dropped", clientId: client.id, topic: packet.topic, reason: tooMany });
      return null;
    },
  });

  aedes.on("publish", ({ topic, payload }, client) => {
    const session = sessions.of(client);
    if (session === undefined) return;
    const { device, withinRate } = session;
    const right = rights.toPublish(device, topic);
    const reason = withinRate.up() ? undeliverable(right) : tooMany;
    if (reason !== undefined) observe({ kind: "dropped", clientId: clientIdOf(device), topic, reason });
    else if (right.kind === "granted") received(device, right.speaker, topic, Buffer.from(payload));
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
      sessions.of(client)?.filters.add(topic);
      observe({ kind: "subscribed", clientId: client.id, filter: topic });
    }
  });

  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) {
      if (sessions.of(client)?.filters.delete(filter)) observe({ kind: "unsubscribed", clientId: client.id, filter });
    }
  });

  return {
    accept(connection, peer) {
      if (peer !== undefined) peers.set(connection, peer);
      aedes.handle(connection);
    },
    isConnected: (device) => sessions.get(device) !== undefined,
    requestRoot: (device, carrier) => requestRoot(device, sessions.get(carrier)?.filters ?? new Set()),
    silence(clientId, subDevice) {
      const session = sessions.byId(clientId);
      const filters = [...(session?.filters ?? [])].filter((filter) => isTopicOf(subDevice, filter));
      // Without a messageId no UNSUBACK goes out.
      if (filters.length === 0) return;
      session?.client.unsubscribe({ cmd: "unsubscribe", unsubscriptions: filters }, () => undefined);
    },
    publish(topic, payload, qos) {
      aedes.publish({ cmd: "publish", topic, payload, qos, retain: false, dup: false }, (error) => {
        if (error && !aedes.closed) throw error;
      });
    },
    kick: sessions.kick,
    refuse: admission.refuse,
    close: () => new Promise((resolve) => aedes.close(resolve)),
  };
}

const tooMany = "more messages within a second than the hub carries";

/** Why a message that does not end the connection goes no further. */
function undeliverable(right: PublishRight): string | undefined {
  return right.kind === "not_online" ? `${pathOf(right.subDevice)} is not online in this session` : undefined;
}

/** What IoT Hub forbids about a publish: it then closes the connection. */
function publishProblem(packet: PublishPacket, right: PublishRight): string | undefined {
  if (packet.qos === 2) return "a publish at QoS 2";
  if (packet.retain) return "a publish to be retained";
  if (Buffer.byteLength(packet.payload) > payloadBytesMax) return `a payload of more than ${payloadBytesMax} bytes`;
  if (Buffer.byteLength(packet.topic) > topicBytesMax) return `a topic of more than ${topicBytesMax} bytes`;
  if (right.kind === "foreign") return `a publish to ${packet.topic}, which is not its own to publish to`;
  return undefined;
}
