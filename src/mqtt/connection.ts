/**
 * MQTT on one connected socket, from CONNECT to the end: the client's, the socket's and the timers' events go to `Lifecycle`, and
 * what it answers is done. `openConnection` begins before that, with the look-up of a name.
 */

import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { type Login, openClient, type Packet } from "./client.ts";
import { type ConnectionEnd, connectionEnd } from "./connection-end.ts";
import { clientFault, socketFault } from "./connection-fault.ts";
import type { Endpoint } from "./endpoint.ts";
import { Lifecycle, type Output } from "./lifecycle.ts";
import type { PacketLimits } from "./packet-bound.ts";
import { offenceOf } from "./packet-check.ts";
import { createPublisher, type PublishResult } from "./publisher.ts";
import { type Idle, watchSilence } from "./silence.ts";
import type { TlsOptions } from "./socket.ts";
import { Subscriptions, unansweredMax } from "./subscriptions.ts";

/** `psk` is given where the transport is `psk`, and nowhere else. */
export interface ConnectionOptions extends TlsOptions {
  readonly endpoint: Endpoint;
  readonly login: Login;
  /** What is subscribed before it is up, one filter a packet. One that is refused ends the connection. */
  readonly filters: readonly string[];
  /** Of the subscriptions and of what is published. */
  readonly qos: 0 | 1;
  readonly keepaliveS: number;
  /** The broker is asked for a sign of life when it has said nothing for so long. */
  readonly pingIntervalMs: number;
  /** It is asked as well when it has said nothing for so long after something was published. */
  readonly quietMs: number;
  /** How long CONNACK may take from the start, the SUBACKs from there, and PINGRESP. */
  readonly connectTimeoutMs: number;
  readonly packetLimits: PacketLimits;
  /** Addresses of the endpoint that come last, because a connection with them came to nothing. */
  readonly avoid?: readonly string[] | undefined;
}

/** What can be changed while a connection is there. */
export type LiveLimits = Pick<ConnectionOptions, "pingIntervalMs" | "connectTimeoutMs">;

/**
 * When a message came. `retained`: the broker had kept it, nobody knows since when. `late`: the end of the connection was decided
 * already, and nothing can be published any more.
 */
export type Arrival = "live" | "retained" | "late";

/** How a connection ended; address and idle times where there was one. */
export interface Down {
  readonly cause: ConnectionEnd;
  readonly address?: string | undefined;
  readonly idle?: Idle | undefined;
}

/** Called from the event loop, never before `openConnection` has returned. None of it may throw. */
export interface ConnectionListener {
  /**
   * CONNACK 0, and the subscriptions of the start granted, or one of them proved by its first message. The round trip is the shortest
   * one of these exchanges.
   */
  readonly onUp: (roundTripMs: number) => void;
  /** `payload` is a view of the packet's own bytes. A message comes behind `onUp`, if its topic is a subscribed one. */
  readonly onMessage: (topic: string, payload: Buffer, arrival: Arrival) => void;
  /** Exactly once, last: the socket is closed, and no timer is left. */
  readonly onDown: (down: Down) => void;
}

/**
 * One connection: opened, perhaps up, ended exactly once; whoever opened it opens the next one. Nothing is kept for later,
 * neither a message nor a subscription. It knows nothing of deadlines, of retries, and of what a message means.
 */
export interface Connection {
  /** Takes other limits for pings and their answers; a connection that is not up yet keeps the limit that it began with. */
  adjust(limits: LiveLimits): void;
  /** How long ago the broker's last packet came, in ms. */
  silentMs(): number;
  /** Asks the broker for a sign of life now; without one the connection ends after `connectTimeoutMs`. */
  ask(): void;
  publish(topic: string, payload: Buffer): PublishResult;
  /**
   * SUBSCRIBE with one more filter. `onAnswered` comes with the SUBACK: whether it was granted. It never comes where the connection is
   * not up, or ends before; messages may come earlier.
   */
  subscribe(filter: string, qos: 0 | 1, onAnswered: (isGranted: boolean) => void): void;
  /**
   * Ends a subscription, or all of them. Settles to true when the broker has agreed, and all that it sent before was handed on; to
   * false when the connection is not up, ends before, or after 1 s. The connection stays up.
   */
  unsubscribe(filter?: string): Promise<boolean>;
  /** DISCONNECT, then `onDown` with `ended`, within 1 s. Again: does nothing. */
  end(): void;
}

/** What MQTT runs on. */
export interface ConnectedSocket {
  /** Connected, and from now on the connection's; it may still be in the TLS handshake. */
  readonly socket: Socket;
  readonly address: string;
  readonly connackWithinMs: number;
}

/** Takes a connection from its connected socket to its end. */
export function runConnection(
  { socket, address, connackWithinMs }: ConnectedSocket,
  options: ConnectionOptions,
  listener: ConnectionListener,
): Connection {
  const { endpoint, ca, filters, qos, connectTimeoutMs } = options;
  const now = () => performance.now();
  const lifecycle = new Lifecycle({ endpoint, filters, answerMs: connectTimeoutMs }, now());
  const context = () => ({ endpoint, ca, stage: lifecycle.stage });
  let timer = setTimeout(() => perform(lifecycle.timeout()), connackWithinMs);
  /** What the broker may take for an answer, on whatever network it is. */
  let answerMs = connectTimeoutMs;
  let idle: Idle | undefined;

  const client = openClient(socket, options, {
    onPacket,
    onConnected: () => perform(lifecycle.connected(now())),
    onMessage(topic, payload, isRetained) {
      perform(lifecycle.message(topic));
      listener.onMessage(topic, payload, isRetained ? "retained" : lifecycle.isEnding ? "late" : "live");
    },
    onError: (error) => perform(lifecycle.fail(clientFault(error, context()))),
    onClosed: () => perform(lifecycle.closed()),
  });
  const publish = createPublisher(client, qos);
  const subscriptions = new Subscriptions(client, filters);
  const silence = watchSilence({
    quietMs: options.quietMs,
    answerMs,
    pingIntervalMs: options.pingIntervalMs,
    ping: () => client.ping(),
    giveUp() {
      const silentS = (silence.silentMs() / 1000).toFixed(0);
      const message = `the broker said nothing for ${silentS} s, and sent no PINGRESP within ${answerMs} ms`;
      perform(lifecycle.fail(connectionEnd("keepalive_timeout", message, lifecycle)));
    },
  });
  socket.once("secureConnect", () => lifecycle.secured(now()));
  // The client hears of most of these too, yet under a WebSocket too late.
  socket.on("error", (error) => perform(lifecycle.fail(socketFault(error, context()))));

  /** Before mqtt.js acts on it: its own callback of a SUBSCRIBE comes after the PUBLISH that follows SUBACK. */
  function onPacket(packet: Packet): boolean {
    silence.heard();
    const offence = offenceOf(packet, lifecycle);
    if (offence !== undefined) perform(lifecycle.fail(connectionEnd("protocol_error", offence, lifecycle)));
    else if (packet.cmd === "connack") lifecycle.connack(now());
    else if (packet.cmd === "suback") suback(packet.messageId, packet.granted);
    return offence === undefined;
  }

  function suback(id: number | undefined, codes: readonly unknown[]): void {
    if (!subscriptions.suback(id, codes)) perform(lifecycle.suback(id, codes, now()));
  }

  function perform(outputs: readonly Output[]): void {
    for (const output of outputs) performOne(output);
  }

  function performOne(output: Output): void {
    switch (output.kind) {
      case "subscribe":
        lifecycle.subscribing();
        lifecycle.subscribed(output.filter, client.subscribe(output.filter, qos));
        break;
      case "limit":
        clearTimeout(timer);
        if (output.ms !== undefined) timer = setTimeout(() => perform(lifecycle.timeout()), output.ms);
        break;
      case "up":
        silence.start();
        listener.onUp(output.roundTripMs);
        break;
      case "disconnect":
        silence.close();
        client.disconnect();
        break;
      case "destroy":
        clearTimeout(timer);
        idle ??= silence.idle();
        silence.close();
        client.destroy();
        // Under a WebSocket the client's stream is not the socket, and waits for the peer's closing frame.
        socket.destroy();
        break;
      case "down":
        sayDown(output.end);
        break;
      default:
        output satisfies never;
    }
  }

  /** Packets that were parsed already are handed on, one a tick, even now; `down` comes behind the last of them. */
  function sayDown(cause: ConnectionEnd): void {
    const down = () => setImmediate(() => listener.onDown({ cause, address, idle }));
    if (socket.closed) down();
    else socket.once("close", down);
  }

  return {
    silentMs: silence.silentMs,
    ask: silence.ask,
    adjust(limits) {
      answerMs = limits.connectTimeoutMs;
      silence.adjust({ pingIntervalMs: limits.pingIntervalMs, answerMs });
    },
    publish(topic, payload) {
      if (!lifecycle.isUp) return "not_connected";
      const result = publish(topic, payload);
      if (result === "sent") silence.published();
      return result;
    },
    subscribe(filter, qos, onAnswered) {
      if (!lifecycle.isUp) return;
      lifecycle.subscribing();
      const isAsked = subscriptions.subscribe(filter, qos, onAnswered);
      if (!isAsked)
        perform(lifecycle.fail(connectionEnd("suback_timeout", `${unansweredMax} SUBACKs are missing`, lifecycle)));
    },
    unsubscribe(filter) {
      if (!lifecycle.isUp) return Promise.resolve(false);
      lifecycle.unsubscribing();
      return subscriptions.unsubscribe(filter);
    },
    end: () => perform(lifecycle.end()),
  };
}
