/** What a connection has subscribed: the filters of the start, and those that come and go while it is up. */

import type { Client } from "./client.ts";
import { endTimeoutMs } from "./lifecycle.ts";

/**
 * SUBSCRIBEs without SUBACK, and as many UNSUBSCRIBEs. A broker that owes so many answers will not give the next one either, and each
 * takes memory until the end of the connection.
 */
export const unansweredMax = 1024;

type OnSuback = (isGranted: boolean) => void;

export class Subscriptions {
  readonly #client: Client;
  /** What there is to unsubscribe. */
  readonly #filters: Set<string>;
  /** By the identifier of the SUBSCRIBE. */
  readonly #awaited = new Map<number, { readonly filter: string; readonly onSuback: OnSuback }>();
  #unsubscribingCount = 0;

  /** @param filters those of the start, whose SUBACKs are awaited elsewhere */
  constructor(client: Client, filters: readonly string[]) {
    this.#client = client;
    this.#filters = new Set(filters);
  }

  /** @returns whether it was asked for: not where too many are unanswered */
  subscribe(filter: string, qos: 0 | 1, onSuback: OnSuback): boolean {
    if (this.#awaited.size >= unansweredMax) return false;
    this.#filters.add(filter);
    this.#awaited.set(this.#client.subscribe(filter, qos), { filter, onSuback });
    return true;
  }

  /** @returns whether it is for one of these SUBSCRIBEs, and has one code, as one filter does (MQTT 3.1.1 §3.9.3) */
  suback(id: number | undefined, codes: readonly unknown[]): boolean {
    const asked = id === undefined ? undefined : this.#awaited.get(id);
    if (id === undefined || asked === undefined || codes.length !== 1) return false;
    this.#awaited.delete(id);
    const isGranted = codes[0] !== 0x80;
    if (!isGranted) this.#filters.delete(asked.filter);
    asked.onSuback(isGranted);
    return true;
  }

  /** One of them, or all. Settles to whether the broker agreed within 1 s. */
  async unsubscribe(filter?: string): Promise<boolean> {
    const filters = filter === undefined ? [...this.#filters] : [filter];
    const answers = await Promise.all(filters.map((one) => this.#unsubscribe(one)));
    return answers.every((isAgreed) => isAgreed);
  }

  #unsubscribe(filter: string): Promise<boolean> {
    this.#filters.delete(filter);
    if (this.#unsubscribingCount >= unansweredMax) return Promise.resolve(false);
    this.#unsubscribingCount += 1;
    return new Promise((resolve) => {
      const limit = setTimeout(() => resolve(false), endTimeoutMs);
      this.#client.unsubscribe(filter, (isAgreed) => {
        this.#unsubscribingCount -= 1;
        clearTimeout(limit);
        resolve(isAgreed);
      });
    });
  }
}
