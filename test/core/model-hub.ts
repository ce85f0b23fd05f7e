import type { SeededRandom } from "../support/seeded-random.ts";
import type { Scenario } from "./scenario.ts";

/** A request on its way from the hub: its payload begins with a number of its own, and so do the answers to it. */
export interface HubRequest {
  readonly id: string;
  readonly payload: Buffer;
}

/** What the hub may send twice. */
const recentMax = 6;

/** What line ends, escapes, checksums and encodings could make something else of. */
const tails = ["a\\n", "\\", "*45AD", "\n", "\r\n", "\0\x7f", "\xff\xfe", "gr\xc3\xbcn", " ", ">1 x"];

/** A hub that sends requests: with ids that come back, twice, too long, and what no id and no payload can be. */
export class ModelHub {
  readonly #scenario: Scenario;
  readonly #firstNumber: number;
  #requestCount: number;
  readonly #recent: HubRequest[] = [];
  #lastId: string | undefined;

  /** @param firstNumber the number of its first request, less one: its payload names it, its id begins at 1 all the same */
  constructor(scenario: Scenario, firstNumber = 0) {
    this.#scenario = scenario;
    this.#firstNumber = firstNumber;
    this.#requestCount = firstNumber;
  }

  request(random: SeededRandom): HubRequest {
    const isAgain = random.chance(0.05) && this.#recent.length > 0;
    return isAgain ? random.pick(this.#recent) : this.#sent(this.#drawn(random));
  }

  /** Another one, with the id of the one that was sent last. */
  sameId(random: SeededRandom): HubRequest {
    const { id, payload } = this.#drawn(random);
    return this.#sent({ id: this.#lastId ?? id, payload });
  }

  /** What it has sent lately, and may send again. */
  get recent(): readonly HubRequest[] {
    return [...this.#recent];
  }

  /** One that the gateway is given by somebody at this machine, who need not name it. */
  localRequest(random: SeededRandom): Buffer {
    return this.#drawn(random).payload;
  }

  /** One with an id that is none of the hub's. */
  foreignId(random: SeededRandom, id: string): HubRequest {
    return this.#sent({ id, payload: this.#drawn(random).payload });
  }

  /** One with an id that other hubs give at the same time. */
  sharedId(random: SeededRandom, id: string): HubRequest {
    return this.#sent({ id, payload: this.#drawn(random).payload });
  }

  /** Another process answers from now on: it cannot know whose reply comes if another request is given an id of before. */
  forgetLastId(): void {
    this.#lastId = undefined;
  }

  #drawn(random: SeededRandom): HubRequest {
    this.#requestCount += 1;
    const { idCount, speech } = this.#scenario;
    const number = idCount === undefined ? this.#requestCount - this.#firstNumber : random.whole(1, idCount);
    const id = random.chance(0.01) ? "bad id/" : String(number);
    const padding = random.chance(0.05) ? "x".repeat(random.whole(0, 300)) : "";
    // The line protocol escapes what other firmware cannot be told.
    const tail = random.chance(speech.name === "rrpc" ? 0.1 : 0.02) ? random.pick(tails) : "";
    return { id, payload: Buffer.from(`r${this.#requestCount}.${padding}${tail}`, "latin1") };
  }

  /** One that nothing speaks against, with an id that it shares with no other; `answer` is how its answer begins. */
  plainRequest(): HubRequest & { readonly answer: string } {
    this.#requestCount += 1;
    const id = `plain${this.#requestCount - this.#firstNumber}`;
    return { id, payload: Buffer.from(`r${this.#requestCount}`), answer: `R${this.#requestCount}` };
  }

  #sent(request: HubRequest): HubRequest {
    this.#lastId = request.id;
    if (this.#recent.push(request) > recentMax) this.#recent.shift();
    return request;
  }
}
