import { Correlator } from "../../src/core/correlator.ts";
import type { CorrelatorOptions, Input, Output } from "../../src/core/step.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { Judge } from "./judge.ts";
import { ModelMcu } from "./model-mcu.ts";
import { orderedSpeech, rrpcSpeech, type Speech } from "./speech.ts";
import { defaultOptions } from "./transcript.ts";

/** The processIDs that the hub draws from: few, so that they come back while they still mean something. */
const idCount = 12;

/** How long requests arrive; afterwards the world is left alone until nothing is open. */
const busyMs = 30_000;
const restMs = 15_000;

/** A world has some 2000 events; one with so many is in a loop. */
const eventsMax = 200_000;

interface Event {
  readonly at: number;
  readonly run: () => void;
}

/**
 * One random world: a hub, a network, a cable and an MCU that all misbehave, a correlator in the middle, and a judge
 * who sees what passes on both wires. Time is a number; one seed determines everything.
 */
export class World {
  readonly judge: Judge;
  readonly timeline: string[] = [];
  readonly #isTold: boolean;
  readonly #random: SeededRandom;
  readonly #options: CorrelatorOptions;
  readonly #speech: Speech;
  readonly #correlator: Correlator;
  readonly #mcu: ModelMcu;
  readonly #events: Event[] = [];
  #now = 0;
  #eventCount = 0;
  #stepCount = 0;
  #requestCount = 0;
  #linkEpoch = 0;
  #linkUp = false;
  #writeStalls = false;
  #standStill = { since: 0, until: 0 };
  #lastArrivedAt = 0;
  #recent: { id: string; payload: Buffer }[] = [];

  /** @param isTold whether the timeline is kept. */
  constructor(seed: number, isTold: boolean) {
    this.#isTold = isTold;
    this.#random = new SeededRandom(seed);
    const random = this.#random;
    this.#speech = random.chance(0.25) ? orderedSpeech : rrpcSpeech;
    this.#options = {
      ...defaultOptions,
      dialect: this.#speech.dialect,
      queueMax: random.pick([2, 8, 512]),
      windowMax: random.pick([1, 4, 16]),
      commandBytesMax: random.pick([48, 256]),
      idleProbeMs: random.pick([0, 10_000]),
      events: { isPublished: random.chance(0.5), perSecondMax: 5, eventBytesMax: 400 },
      recovery: { canPulse: random.chance(0.5), hasCommand: random.chance(0.5) },
      helloWaitMs: random.pick([0, 500, 2000]),
      lateReplyMs: 20_000,
      responseBytesMax: 400,
      wire: { ...defaultOptions.wire, baudRate: random.pick([2400, 9600, 115_200]) },
    };
    this.#correlator = new Correlator(this.#options);
    this.#mcu = new ModelMcu(random, this.#speech, (afterMs, line, stands) => this.#fromMcu(afterMs, line, stands));
    this.judge = new Judge(this.#options, this.#mcu);
  }

  run(): void {
    this.#linkComesUp();
    this.#plan();
    for (let event = this.#next(busyMs + restMs); event !== undefined; event = this.#next(busyMs + restMs)) {
      if (this.#eventCount > eventsMax || this.#stepCount > eventsMax) throw new Error("this world does not end");
      this.#now = Math.max(event.at, this.#now);
      event.run();
    }
    this.judge.close(this.#now);
  }

  /** Everything that goes wrong, drawn in advance. */
  #plan(): void {
    const random = this.#random;
    const rateMs = random.pick([20, 150, 800]);
    for (let at = 0; at < busyMs; at += random.whole(0, 2 * rateMs)) this.#at(at, () => this.#requestArrives());
    this.#scatter(3, () => this.#linkGoesDown());
    this.#scatter(3, () => {
      this.judge.sessionDown();
      this.#step({ kind: "session_down" });
    });
    this.#scatter(2, () => this.#mcu.reset());
    this.#scatter(2, () => this.#mcu.sleepFor(random.whole(100, 9000), this.#now));
    this.#scatter(2, () => {
      this.#writeStalls = true;
    });
    this.#scatter(3, () =>
      this.#fromMcu(0, random.pick(["boot chatter", "@door open", "<zz stray", "=rrpc/9", "<1 \\q", "!- crc"])),
    );
    this.#scatter(1, () => this.#standsStill(random.whole(100, 6000)));
    if (random.chance(0.2)) this.#at(random.whole(busyMs / 2, busyMs), () => this.#step({ kind: "drain" }));
  }

  #scatter(countMax: number, run: () => void): void {
    const count = this.#random.whole(0, countMax);
    for (let index = 0; index < count; index++) this.#at(this.#random.whole(0, busyMs), run);
  }

  #requestArrives(): void {
    const random = this.#random;
    if (random.chance(0.05) && this.#recent.length > 0) {
      const { id, payload } = random.pick(this.#recent);
      this.#request(id, payload);
      return;
    }
    const id = random.chance(0.02) ? "bad id/" : String(random.whole(1, idCount));
    this.#requestCount += 1;
    const padding = random.chance(0.05) ? "x".repeat(random.whole(0, 300)) : "";
    // The line protocol escapes what the other firmware cannot be told.
    const unfit = this.#speech === orderedSpeech && random.chance(0.02) ? "\n" : "";
    this.#request(id, Buffer.from(`r${this.#requestCount}.${padding}${unfit}`));
  }

  #request(id: string, payload: Buffer): void {
    this.#recent = [...this.#recent.slice(-5), { id, payload }];
    const earliest = this.#now < this.#standStill.until ? this.#standStill.since : this.#now;
    const arrivedAt = Math.max(earliest, this.#lastArrivedAt);
    this.#lastArrivedAt = arrivedAt;
    this.judge.request(id, payload, arrivedAt, this.#now);
    this.#step({ kind: "request", processId: id, payload, arrivedAt: earliest });
  }

  #linkComesUp(): void {
    this.#linkUp = true;
    this.#writeStalls = false;
    this.judge.linkChanged("up");
    this.#step({ kind: "link_up" });
  }

  #linkGoesDown(): void {
    if (!this.#linkUp) return;
    this.#linkUp = false;
    this.#linkEpoch += 1;
    if (this.#random.chance(0.5)) this.#mcu.reset();
    this.judge.linkChanged("down");
    this.#step({ kind: "link_down" });
    this.#at(this.#now + this.#random.whole(10, 3000), () => this.#linkComesUp());
  }

  /** The process is stopped, or the machine too busy: nothing is taken until later. */
  #standsStill(ms: number): void {
    this.judge.standStill();
    // The last beat that is known is up to 750 ms old: requests taken since then are younger.
    const since = Math.max(0, this.#now - this.#random.whole(0, 750));
    this.#now += ms;
    this.#standStill = { since, until: this.#now + 100 };
    this.#step({ kind: "stood_still", until: this.#standStill.until });
  }

  /** The MCU goes on while the cable is out: what it says then is lost, what it says later is not. */
  #fromMcu(afterMs: number, line: string, stands = () => true): void {
    this.#at(this.#now + afterMs, () => {
      if (stands() && this.#linkUp) this.#deliver(line);
    });
  }

  #deliver(line: string): void {
    const random = this.#random;
    if (random.chance(this.#mcu.lossShare)) return;
    const damaged = random.chance(this.#mcu.damageShare) ? `${line.slice(0, -1)}#` : line;
    const bytes = Buffer.from(damaged);
    if (bytes.length > 600) this.#step({ kind: "overlong", head: bytes.subarray(0, 64), byteCount: bytes.length });
    else this.#step({ kind: "line", bytes });
  }

  #step(input: Input): void {
    this.#note(">", input);
    for (const output of this.#correlator.step(input, this.#now)) {
      this.#note("<", output);
      this.#perform(output);
    }
    this.judge.stepDone(this.#now);
  }

  #perform(output: Output): void {
    switch (output.kind) {
      case "publish":
        this.judge.publish(output.processId, output.payload, this.#now);
        break;
      case "publish_event":
        break;
      case "write":
        this.#write(output.bytes);
        break;
      case "reopen":
        this.#at(this.#now + this.#random.whole(0, 50), () => this.#linkGoesDown());
        break;
      case "report":
        this.judge.report(output.report);
        break;
      case "drained":
        this.judge.drained();
        break;
      default:
        output satisfies never;
    }
  }

  #write(bytes: Buffer): void {
    const lines = bytes.toString("latin1").split("\n");
    for (const line of lines) this.judge.lineToMcu(line, this.#now);
    if (this.#writeStalls) return;
    const epoch = this.#linkEpoch;
    this.#at(this.#now + this.#random.whole(0, 3), () => {
      if (!this.#linkUp || epoch !== this.#linkEpoch) return;
      for (const line of lines) this.#mcu.receive(line, this.#now);
      this.#step({ kind: "written" });
    });
  }

  /** Kept in order, the next one last. */
  #at(at: number, run: () => void): void {
    let low = 0;
    for (let high = this.#events.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { at, run });
    this.#eventCount += 1;
  }

  /** The next event, or the alarm where that is due first: up to 30 ms late, as timers are. */
  #next(end: number): Event | undefined {
    const first = this.#events.at(-1);
    const wakeAt = this.#correlator.wakeAt();
    if (wakeAt !== undefined && (first === undefined || wakeAt < first.at)) {
      const run = () => this.#step({ kind: "alarm" });
      return wakeAt > end ? undefined : { at: wakeAt + this.#random.whole(0, 30), run };
    }
    return first === undefined || first.at > end ? undefined : this.#events.pop();
  }

  #note(direction: string, value: Input | Output): void {
    this.#stepCount += 1;
    if (this.#isTold) this.timeline.push(`${this.#now} ${direction} ${JSON.stringify(value, asText)}`);
  }
}

function asText(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || !("type" in value) || value.type !== "Buffer") return value;
  return "data" in value
    ? Buffer.from(value.data as number[])
        .toString("latin1")
        .slice(0, 80)
    : value;
}
