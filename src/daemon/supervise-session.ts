import type { HubConfig } from "../config/load.ts";
import type { Backoff } from "../core/backoff.ts";
import type { HubEvent } from "../gateway/boundary.ts";
import { hubEndpoint } from "../iot-hub/endpoint.ts";
import { hintFor } from "../iot-hub/hints.ts";
import { connectIntervalMs } from "../iot-hub/limits.ts";
import type { openSession, Session, SessionOptions } from "../iot-hub/session.ts";
import { afterSession, noHistory } from "../iot-hub/session-history.ts";
import type { BoardOptions } from "../iot-hub/sub-device.ts";
import { addressesToAvoid } from "../mqtt/address-race.ts";
import type { ConnectionEnd } from "../mqtt/connection-end.ts";
import { endpointUrl } from "../mqtt/endpoint.ts";
import type { Idle } from "../mqtt/silence.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/logger.ts";
import { Supervisor } from "../runtime/supervisor.ts";
import { seconds } from "../runtime/text.ts";

/** A minute is short against a mobile link's outages, and long enough that a hub that is down is left alone. */
const backoff: Backoff = { firstMs: 1000, maxMs: 60_000 };

/** A session that ends sooner did not work: the next wait grows. */
const stableMs = 10_000;

/** For a session that never had a connection. */
const noIdle: Idle = { forMs: 0, survivedMs: 0 };

/** The session with the hub, kept up; `current` is the session, if it is up. */
export interface SupervisedSession
  extends Pick<Supervisor<Session, ConnectionEnd>, "current" | "connection" | "status"> {
  /** @param afterMs how long to wait before the first session. */
  start(afterMs?: number): void;
  stop(): Promise<void>;
  /** Takes the options that need no other session: how often the hub is pinged, and how long it may take to answer. */
  adjust(timing: Pick<HubConfig, "pingIntervalS" | "connectTimeoutMs">): void;
}

export interface SupervisedSessionOptions extends Pick<SessionOptions, "settled"> {
  readonly hub: HubConfig;
  /** What a session begins with. */
  readonly boards: () => readonly BoardOptions[];
}

/** Keeps a session with the hub up until it is stopped; `emit` gets the events of each session in turn. */
export function superviseSession(
  { hub, boards, settled }: SupervisedSessionOptions,
  emit: (event: HubEvent) => void,
  { clock, log, openSession: open }: { clock: Clock; log: Log; openSession: typeof openSession },
): SupervisedSession {
  const endpoint = hubEndpoint({ ...hub, productId: hub.identity.productId });
  let { pingIntervalS, connectTimeoutMs } = hub;
  const options = { ...hub, endpoint, settled, now: clock.now };
  const url = endpointUrl(endpoint);
  let history = noHistory(pingIntervalS * 1000);
  /** Addresses that accepted a connection which then failed: the next session begins with another address, if there is one. */
  let avoid: readonly string[] = [];
  let idle = noIdle;

  const supervisor = new Supervisor<Session, ConnectionEnd>({
    open: (onUp, onDown) => {
      let wasUp = false;
      const { pingIntervalMs } = history;
      return open({ ...options, boards: boards(), connectTimeoutMs, pingIntervalMs, avoid }, (event) => {
        if (event.kind === "up") {
          wasUp = true;
          onUp();
        }
        emit(event);
        if (event.kind !== "down") return;
        avoid = addressesToAvoid(avoid, event.address, wasUp);
        idle = event.idle ?? noIdle;
        onDown(event.cause);
      });
    },
    close: (session) => session.end(),
    backoff,
    intervalMs: connectIntervalMs,
    stableMs,
    onUp: ({ downMs }) => log.say("info", "session up", `session: up with ${url}, after ${seconds(downMs)}`, "hub"),
    onDown: (end, { upMs, retryMs }) => {
      const { history: next, advice: repeated } = afterSession(history, { cause: end, upForMs: upMs, idle });
      history = next;
      if (repeated !== undefined) log.say("error", `session ${repeated.kind}`, `session: ${repeated.text}`, "hub");
      if (end.kind === "ended") return;
      const was = upMs === undefined ? `session: no connection to ${url}` : `session: lost after ${seconds(upMs)}`;
      const hint = hintFor(end);
      const advice = hint === undefined ? "" : `; ${hint}`;
      log.say(
        "warn",
        `session ${end.kind}`,
        `${was}: ${end.message}${advice} (next try in ${seconds(retryMs)})`,
        "hub",
      );
    },
    now: clock.now,
    random: Math.random,
  });

  return {
    get current() {
      return supervisor.current;
    },
    get connection() {
      return supervisor.connection;
    },
    get status() {
      return supervisor.status;
    },
    start: (afterMs) => supervisor.start(afterMs),
    stop: () => supervisor.stop(),
    adjust(next) {
      // What was learned about the path does not hold for the new interval.
      if (next.pingIntervalS !== pingIntervalS) history = noHistory(next.pingIntervalS * 1000);
      ({ pingIntervalS, connectTimeoutMs } = next);
      supervisor.connection?.adjust({ pingIntervalMs: history.pingIntervalMs, connectTimeoutMs });
    },
  };
}
