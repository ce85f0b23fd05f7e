import { helloTimeMs, lateAnswerMs } from "./hello-time.ts";
import type { Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";

export type WaitsOptions = Pick<CorrelatorOptions, "helloWaitMs" | "probeIntervalMs" | "idleProbeMs" | "wireFormat">;

/** How long the MCU is waited for: never for less than a probe and its hello take on a slow line. */
export class Waits {
  #options: WaitsOptions;

  constructor(options: WaitsOptions) {
    this.#options = options;
  }

  configure(options: WaitsOptions): void {
    this.#options = options;
  }

  /** How long a command has to wait to speak against the MCU. */
  get fullMs(): number {
    return this.#options.probeIntervalMs;
  }

  /** Until when the hello is awaited that follows an opening. */
  handshakeUntil(now: Instant): Instant {
    const { helloWaitMs, wireFormat } = this.#options;
    return helloWaitMs === 0 ? now : now + Math.max(helloWaitMs, helloTimeMs(wireFormat));
  }

  /** When a probe that is asked for now counts as unanswered, and the next one follows. */
  nextProbeAt(now: Instant): Instant {
    const { probeIntervalMs, wireFormat } = this.#options;
    return now + Math.max(probeIntervalMs, helloTimeMs(wireFormat));
  }

  /** When the answer to a probe can be here that has left the port at `transmittedAt`. */
  answerAt(transmittedAt: Instant): Instant {
    return transmittedAt + helloTimeMs(this.#options.wireFormat);
  }

  /** When an MCU that is heard now has answered every probe that it has. */
  lateAnswerAt(now: Instant): Instant {
    return now + lateAnswerMs(this.#options.wireFormat);
  }

  /** When an MCU that was heard last at `heardAt` has been silent for too long; undefined where that means nothing. */
  silentAt(heardAt: Instant): Instant | undefined {
    const { idleProbeMs } = this.#options;
    return idleProbeMs > 0 ? heardAt + idleProbeMs : undefined;
  }
}
