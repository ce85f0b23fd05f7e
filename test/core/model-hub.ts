import type { SeededRandom } from "../support/seeded-random.ts";
import type { Setting } from "./setting.ts";
import { orderedSpeech } from "./speech.ts";

/** A request on its way from the hub: its payload begins with a number of its own, and so do the answers to it. */
export interface HubRequest {
  readonly id: string;
  readonly payload: Buffer;
}

/** What the hub may send twice. */
const recentMax = 6;

/** A hub that sends requests: with ids that come back, twice, too long, and what no id and no payload can be. */
export class ModelHub {
  readonly #setting: Setting;
  #requestCount = 0;
  readonly #recent: HubRequest[] = [];

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  request(random: SeededRandom): HubRequest {
    if (random.chance(0.05) && this.#recent.length > 0) return random.pick(this.#recent);
    this.#requestCount += 1;
    const { idCount, speech } = this.#setting;
    const number = idCount === undefined ? this.#requestCount : random.whole(1, idCount);
    const id = random.chance(0.02) ? "bad id/" : String(number);
    const padding = random.chance(0.05) ? "x".repeat(random.whole(0, 300)) : "";
    // The line protocol escapes what the other firmware cannot be told.
    const unfit = speech === orderedSpeech && random.chance(0.02) ? "\n" : "";
    const request = { id, payload: Buffer.from(`r${this.#requestCount}.${padding}${unfit}`) };
    if (this.#recent.push(request) > recentMax) this.#recent.shift();
    return request;
  }

  /** One that nothing speaks against, with an id that it shares with no other; `answer` is how its answer begins. */
  plainRequest(): HubRequest & { readonly answer: string } {
    this.#requestCount += 1;
    const id = `plain${this.#requestCount}`;
    return { id, payload: Buffer.from(`r${this.#requestCount}`), answer: `R${this.#requestCount}` };
  }
}
