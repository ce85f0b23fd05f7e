/**
 * Notices a broker that went away without a word, and a path that has forgotten the connection.
 *
 * Nothing comes back for a response at QoS 0. TCP repeats it for a quarter of an hour before it gives up (tcp(7),
 * `tcp_retries2`), and sends no keepalive probes meanwhile; MQTT's keepalive takes up to 1.5 × 120 s. So whoever has
 * published and hears nothing for a while asks the broker for a sign of life (PINGREQ), and so does whoever has heard nothing
 * for longer. A client may ping as often as it likes; it must within a keepalive (MQTT 3.1.1 §3.1.2.10), and mqtt.js does.
 *
 * Time that the machine slept does not count here: nobody can have heard anything in it. Whoever wakes up uses `ask`.
 */

import { performance } from "node:perf_hooks";

export interface SilenceOptions {
  /** How long the broker may say nothing after something was published, in ms. */
  readonly quietMs: number;
  /** How long it may say nothing at all, in ms. */
  readonly pingIntervalMs: number;
  /** How long it may say nothing when it is asked, in ms. */
  readonly answerMs: number;
  /** Asks it. */
  readonly ping: () => void;
  /** It did not answer in time. Nothing follows. */
  readonly giveUp: () => void;
}

/** How long nothing went either way. */
export interface Idle {
  /** At the end of the connection: until then, or until the first thing that nothing was heard after. */
  readonly forMs: number;
  /** The longest time after which something was heard again. */
  readonly survivedMs: number;
}

export interface Silence {
  /** From now on, with the connection that is up. */
  start(): void;
  published(): void;
  heard(): void;
  /** Asks the broker now, unless it has been asked. */
  ask(): void;
  /** How long ago something was heard, in ms. */
  silentMs(): number;
  /** Takes other limits, for what is asked already too. */
  adjust(limits: Pick<SilenceOptions, "pingIntervalMs" | "answerMs">): void;
  idle(): Idle;
  close(): void;
}

export function watchSilence({ quietMs, ping, giveUp, ...limits }: SilenceOptions): Silence {
  let { pingIntervalMs, answerMs } = limits;
  /** One for all: it looks when silence could have become too long. */
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;
  let heardAtMs = performance.now();
  /** When something was published that nothing has been heard since. */
  let publishedAtMs: number | undefined;
  let askedAtMs: number | undefined;
  let survivedMs = 0;
  let isWatching = false;

  function dueAtMs(): number {
    if (askedAtMs !== undefined) return askedAtMs + answerMs;
    const pingAtMs = heardAtMs + pingIntervalMs;
    return publishedAtMs === undefined ? pingAtMs : Math.min(pingAtMs, publishedAtMs + quietMs);
  }

  /** A timer that rings too early is set anew then: nearly every packet makes it later. */
  function lookInTime(): void {
    const atMs = dueAtMs();
    if (!isWatching || atMs >= timerAtMs) return;
    clearTimeout(timer);
    timerAtMs = atMs;
    // Not from the timer: a process that was stopped reads first what has come meanwhile.
    timer = setTimeout(() => setImmediate(look), Math.max(0, Math.ceil(atMs - performance.now())));
  }

  function look(): void {
    timerAtMs = Number.POSITIVE_INFINITY;
    if (!isWatching) return;
    if (performance.now() < dueAtMs()) lookInTime();
    else if (askedAtMs === undefined) ask();
    else {
      isWatching = false;
      giveUp();
    }
  }

  function ask(): void {
    if (!isWatching || askedAtMs !== undefined) return;
    askedAtMs = performance.now();
    ping();
    timerAtMs = Number.POSITIVE_INFINITY;
    clearTimeout(timer);
    lookInTime();
  }

  function idleMs(nowMs: number): number {
    return Math.min(publishedAtMs ?? Number.POSITIVE_INFINITY, askedAtMs ?? nowMs) - heardAtMs;
  }

  return {
    start() {
      isWatching = true;
      lookInTime();
    },
    published() {
      if (publishedAtMs !== undefined) return;
      publishedAtMs = performance.now();
      lookInTime();
    },
    heard() {
      const nowMs = performance.now();
      survivedMs = Math.max(survivedMs, idleMs(nowMs));
      heardAtMs = nowMs;
      publishedAtMs = undefined;
      if (askedAtMs === undefined) return;
      askedAtMs = undefined;
      // The next ping may be due before the answer was.
      lookInTime();
    },
    ask,
    silentMs: () => performance.now() - heardAtMs,
    adjust(next) {
      ({ pingIntervalMs, answerMs } = next);
      lookInTime();
    },
    idle: () => ({ forMs: idleMs(performance.now()), survivedMs }),
    close() {
      isWatching = false;
      clearTimeout(timer);
    },
  };
}
