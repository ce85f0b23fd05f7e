/**
 * Notices a hub that went away without a word while something was sent to it.
 *
 * Nothing comes back for a response at QoS 0. TCP repeats it for a quarter of an hour before it gives up (tcp(7),
 * `tcp_retries2`), and sends no keepalive probes meanwhile; MQTT's keepalive takes up to 1.5 × 120 s. So whoever has
 * published and hears nothing asks the hub for a sign of life. It costs nothing where requests come in, and nothing
 * where nothing is published: then TCP's own probes do.
 */

import { performance } from "node:perf_hooks";

export interface SilenceOptions {
  /** How long the hub may say nothing after something was published, in ms. */
  readonly quietMs: number;
  /** How long it may say nothing when it is asked, in ms. */
  readonly answerMs: number;
  /** Asks it. */
  readonly ask: () => void;
  /** It did not answer in time. Nothing follows. */
  readonly giveUp: () => void;
}

export interface Silence {
  published(): void;
  heard(): void;
  close(): void;
}

export function watchSilence({ quietMs, answerMs, ask, giveUp }: SilenceOptions): Silence {
  /** One for all that is published: it looks when silence could have become too long. */
  let timer: NodeJS.Timeout | undefined;
  /** When something was published that nothing has been heard since. */
  let sinceMs: number | undefined;
  let isAsked = false;
  let isClosed = false;

  function lookIn(ms: number): void {
    // Not from the timer: a process that was stopped reads first what has come meanwhile.
    timer = setTimeout(() => setImmediate(look), ms);
  }

  function look(): void {
    timer = undefined;
    if (isClosed || sinceMs === undefined) return;
    const leftMs = sinceMs + quietMs - performance.now();
    if (leftMs > 0) lookIn(leftMs);
    else if (!isAsked) {
      isAsked = true;
      ask();
      lookIn(answerMs);
    } else {
      isClosed = true;
      giveUp();
    }
  }

  return {
    published() {
      sinceMs ??= performance.now();
      if (timer === undefined && !isClosed) lookIn(quietMs);
    },
    heard() {
      sinceMs = undefined;
      isAsked = false;
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
