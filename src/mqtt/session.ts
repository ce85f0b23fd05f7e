/**
 * One connection to the hub, from the look-up of its name to its end (`openSession`). Used once: created, perhaps up, ended
 * exactly once; whoever opened it opens the next one. Here is MQTT on the connected socket, from CONNECT on.
 *
 * Invariants: `down` comes exactly once and last, when the socket is closed and no timer is left; nothing is kept for
 * later, neither a response nor a subscription; `emit` is never called before `openSession` has returned.
 * It knows nothing of deadlines, of retries, and of what a request means.
 */

import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { MqttClient, Packet } from "mqtt";
import type { Identity } from "../iot-hub/credentials.ts";
import { deviceTopics, processIdOf, responseTopic, type TopicPair } from "../iot-hub/topics.ts";
import { boundPackets } from "./client.ts";
import { type Endpoint, isSecure } from "./endpoint.ts";
import { disarm, offenceOf } from "./packet-check.ts";
import { createPublisher, type PublishResult } from "./publisher.ts";
import { type SessionEnd, sessionEnd } from "./session-end.ts";
import { clientFault, closedByPeer, type Stage, socketFault, stageTimeout } from "./session-fault.ts";
import { type Idle, watchSilence } from "./silence.ts";

export interface SessionOptions {
  readonly endpoint: Endpoint;
  readonly identity: Identity;
  readonly sdkAppId: string;
  /** PEM text of the hub's root; undefined for the roots that Node brings along. */
  readonly ca: string | undefined;
  readonly topics: TopicPair;
  /** Of the subscription and of the responses. */
  readonly qos: 0 | 1;
  readonly keepaliveS: number;
  /** The hub is asked for a sign of life when it has said nothing for so long. */
  readonly pingIntervalMs: number;
  /** How long CONNACK may take from the start, and SUBACK from there. */
  readonly connectTimeoutMs: number;
  /** Addresses of the endpoint that come last, because a session with them came to nothing. */
  readonly avoid?: readonly string[] | undefined;
}

/** Messages that arrived and were not handed on. */
export type DropName =
  /** The broker kept it: whoever asked is long gone. */
  | "retained_request"
  /** Not a topic of this device's requests. */
  | "foreign_topic"
  /** It came after the end of the session was decided. */
  | "session_over";

export type SessionEvent =
  /** CONNACK 0 and the subscription granted. The round trip is the shorter one of both exchanges. */
  | { readonly kind: "up"; readonly roundTripMs: number }
  /** `payload` is a view of the packet's own bytes. */
  | { readonly kind: "request"; readonly processId: string; readonly payload: Buffer }
  | { readonly kind: "dropped"; readonly name: DropName; readonly topic: string }
  /** Exactly once, last; with what is known of the connection, where it came to one. */
  | { readonly kind: "down"; readonly cause: SessionEnd; readonly address?: string; readonly idle?: Idle };

export interface Session {
  /** How long ago the hub's last packet came, in ms. */
  silentMs(): number;
  /** Asks the hub for a sign of life now; without one the session ends after `connectTimeoutMs`. */
  ask(): void;
  /** Publishes the response to a request. */
  publish(processId: string, payload: Buffer): PublishResult;
  /** Publishes on any other topic. */
  publishTo(topic: string, payload: Buffer): PublishResult;
  /**
   * Asks the hub for no more requests. Settles to true when it has agreed, and all that it sent before was handed on; to
   * false when the session is not up, ends before, or after `endTimeoutMs`. The session stays up.
   */
  unsubscribe(): Promise<boolean>;
  /** DISCONNECT, then `down` with `ended`, within `endTimeoutMs`. */
  end(): void;
}

/** For UNSUBACK, and for PUBACKs under way, DISCONNECT and the peer's close: several round trips on a mobile network. */
const endTimeoutMs = 1000;

/** Longer than a cutoff of 4 s: whoever asked has given up, and it matters that the next one is heard. */
const quietMs = 5000;

/** What a session runs on. */
export interface Connection {
  /** Connected, and the client's; it may still be in the TLS handshake. */
  readonly socket: Socket;
  readonly client: MqttClient;
  readonly address: string;
  readonly connackWithinMs: number;
}

/** Takes a session from its connection to its end. `emit` must not throw. */
export function runSession(
  { socket, client, address, connackWithinMs }: Connection,
  options: SessionOptions,
  emit: (event: SessionEvent) => void,
): Session {
  const { endpoint, identity, ca, qos, connectTimeoutMs } = options;
  const topics = deviceTopics(options.topics, identity.productId, identity.deviceName);
  const publish = createPublisher(client, qos);
  const silence = watchSilence({
    quietMs,
    // What the hub may take for an answer, on whatever network it is.
    answerMs: connectTimeoutMs,
    pingIntervalMs: options.pingIntervalMs,
    ping: () => client.sendPing(),
    giveUp: () =>
      fail(
        sessionEnd(
          "keepalive_timeout",
          `the hub said nothing for ${(silence.silentMs() / 1000).toFixed(0)} s, and sent no PINGRESP within ${connectTimeoutMs} ms`,
        ),
      ),
  });
  let stage: Exclude<Stage, "connecting"> = isSecure(endpoint.transport) ? "securing" : "greeting";
  /** Defined as soon as the end is decided; `down` follows when the socket is closed. */
  let cause: SessionEnd | undefined;
  let idle: Idle | undefined;
  let timer = setTimeout(giveUp, connackWithinMs);
  let askedAtMs = performance.now();
  let roundTripMs = Number.POSITIVE_INFINITY;
  let subscribeId: number | undefined;
  let hasUnsubscribed = false;

  function giveUp(): void {
    if (stage !== "up") fail(stageTimeout(stage, connectTimeoutMs, endpoint));
  }

  function fail(end: SessionEnd): void {
    if (cause !== undefined) return;
    cause = end;
    idle = silence.idle();
    destroy();
  }

  function destroy(): void {
    clearTimeout(timer);
    silence.close();
    client.stream.destroy();
    // Under a WebSocket the stream is not the socket, and waits for the peer's closing frame.
    socket.destroy();
  }

  function asked(next: typeof stage): void {
    stage = next;
    askedAtMs = performance.now();
  }

  function answered(): void {
    roundTripMs = Math.min(roundTripMs, performance.now() - askedAtMs);
  }

  function becomeUp(): void {
    if (stage !== "subscribing") return;
    stage = "up";
    clearTimeout(timer);
    silence.start();
    emit({ kind: "up", roundTripMs });
  }

  /** Before mqtt.js acts on a packet. Its own callback of a SUBSCRIBE comes after the PUBLISH that follows SUBACK. */
  function onPacket(packet: Packet): void {
    silence.heard();
    const offence = offenceOf(packet, { subscribe: subscribeId !== undefined, unsubscribe: hasUnsubscribed });
    if (offence !== undefined) {
      disarm(packet);
      fail(sessionEnd("protocol_error", offence));
    } else if (cause === undefined) {
      if (packet.cmd === "connack") answered();
      if (packet.cmd === "suback") onSuback(packet);
    }
  }

  /** One filter was asked for, so there is one code (MQTT 3.1.1 §3.9.3). */
  function onSuback({ messageId, granted }: Extract<Packet, { cmd: "suback" }>): void {
    answered();
    if (messageId !== subscribeId || granted.length !== 1) {
      fail(sessionEnd("protocol_error", "a SUBACK to no SUBSCRIBE"));
    } else if (granted[0] === 0x80) {
      fail(sessionEnd("subscription_refused", `SUBACK 128 for the filter ${topics.filter}`));
    } else becomeUp();
  }

  function onMessage(topic: string, payload: Buffer, retained: boolean): void {
    const processId = processIdOf(topics, topic);
    if (processId === undefined) emit({ kind: "dropped", name: "foreign_topic", topic });
    else if (retained) emit({ kind: "dropped", name: "retained_request", topic });
    else if (cause !== undefined) emit({ kind: "dropped", name: "session_over", topic });
    else {
      // A message may overtake the SUBACK (MQTT 3.1.1 §3.8.4), and proves as much.
      becomeUp();
      emit({ kind: "request", processId, payload });
    }
  }

  function onConnected(): void {
    if (cause !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(giveUp, connectTimeoutMs);
    asked("subscribing");
    client.subscribe(topics.filter, { qos });
    subscribeId = client.getLastMessageId();
  }

  function onClosed(): void {
    idle ??= silence.idle();
    const end = cause ?? closedByPeer({ endpoint, ca, stage });
    cause = end;
    destroy();
    // Packets that were parsed already are handed on, one a tick, even now; `down` comes behind the last of them.
    const down = () => setImmediate(() => emit({ kind: "down", cause: end, address, ...(idle && { idle }) }));
    if (socket.closed) down();
    else socket.once("close", down);
  }

  socket.once("secureConnect", () => asked("greeting"));
  // The client hears of most of these too, yet of none without a code, and under a WebSocket too late.
  socket.on("error", (error) => fail(socketFault(error, { endpoint, ca, stage })));
  client.stream.on("error", (error) => fail(socketFault(error, { endpoint, ca, stage })));
  client.on("error", (error) => fail(clientFault(error, { endpoint, ca, stage })));
  boundPackets(client, (message) => fail(sessionEnd("protocol_error", message)));
  client.on("packetreceive", onPacket);
  client.on("connect", onConnected);
  client.on("message", (topic, payload, packet) => onMessage(topic, payload, packet.retain));
  client.once("close", onClosed);

  function publishWhileUp(topic: string, payload: Buffer): PublishResult {
    if (stage !== "up" || cause !== undefined) return "not_connected";
    const result = publish(topic, payload);
    if (result === "sent") silence.published();
    return result;
  }

  return {
    silentMs: silence.silentMs,
    ask: silence.ask,
    publish: (processId, payload) => publishWhileUp(responseTopic(topics, processId), payload),
    publishTo: publishWhileUp,
    unsubscribe() {
      if (stage !== "up" || cause !== undefined) return Promise.resolve(false);
      hasUnsubscribed = true;
      return new Promise((resolve) => {
        const limit = setTimeout(() => resolve(false), endTimeoutMs);
        // Called with an error when the connection is lost.
        client.unsubscribe(topics.filter, (error) => {
          clearTimeout(limit);
          resolve(error === null || error === undefined);
        });
      });
    },
    end() {
      if (cause !== undefined) return;
      cause = sessionEnd("ended", "ended by the gateway");
      clearTimeout(timer);
      silence.close();
      if (!client.connected) return destroy();
      timer = setTimeout(destroy, endTimeoutMs);
      client.end();
    },
  };
}
