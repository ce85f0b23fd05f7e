import type { Instant } from "./instant.ts";
import { type LateReply, lateReplyEvent, payloadFields, restartEvent } from "./late-news.ts";
import type { Output } from "./output.ts";

/** How the MCU's events go upstream. */
export interface EventOptions {
  /** Whether they are published at all. */
  readonly isPublished: boolean;
  /** Whether the gateway tells as events what has become of commands after their errors. */
  readonly lateReplies: boolean;
  /** IoT Hub takes 20 messages a second from a device, responses among them. */
  readonly perSecondMax: number;
  /** Most bytes of an event that the hub takes. */
  readonly eventBytesMax: number;
}

/**
 * The MCU's events on their way upstream: as many in a second as the options say, and as many at once after a quiet one
 * (a token bucket). None is kept for later.
 */
export class Events {
  #options: EventOptions;
  #left: number;
  #at: Instant = 0;

  constructor(options: EventOptions) {
    this.#options = options;
    this.#left = options.perSecondMax;
  }

  /** What is left of this second is not filled up. */
  configure(options: EventOptions): void {
    this.#options = options;
  }

  take(name: string, payload: Buffer, now: Instant): Output {
    if (!this.#options.isPublished) return unpublished(name);
    return this.#publish(name, eventPayload(name, payload), now);
  }

  /** Whether anybody is to be told what became of a command after its error. */
  get tellsLateReplies(): boolean {
    return this.#options.isPublished && this.#options.lateReplies;
  }

  /** A reply has come after its command's error. */
  lateReply(reply: LateReply, board: string | undefined, now: Instant): Output {
    return this.#publish("late_reply", lateReplyEvent(reply, board), now);
  }

  /** The MCU has restarted, and had not answered `processIds`. */
  restarted(processIds: readonly string[], board: string | undefined, now: Instant): Output {
    return this.#publish("mcu_restarted", restartEvent(processIds, board), now);
  }

  #publish(name: string, message: Buffer, now: Instant): Output {
    if (message.length > this.#options.eventBytesMax) return unpublished(`${name}: too large`);
    return this.#admits(now) ? { kind: "publish_event", name, payload: message } : unpublished(`${name}: too fast`);
  }

  #admits(now: Instant): boolean {
    const { perSecondMax } = this.#options;
    this.#left = Math.min(this.#left + ((now - this.#at) / 1000) * perSecondMax, perSecondMax);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

function unpublished(detail: string): Output {
  return { kind: "report", report: { kind: "dropped", name: "unpublished_event", detail } };
}

/** `{"event":NAME,"payload":TEXT}`, or `payloadBase64` where the payload is no UTF-8 text. */
function eventPayload(name: string, payload: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ event: name, ...payloadFields(payload) }));
}
