import { Correlator } from "../../src/core/correlator.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { CorrelatorOptions, Input, Output } from "../../src/core/step.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { drawHappenings, type Happening } from "./happenings.ts";
import { Judge } from "./judge.ts";
import { ModelMcu } from "./model-mcu.ts";
import { Schedule } from "./schedule.ts";
import { drawOptions, drawSetting, type Setting } from "./setting.ts";
import { orderedSpeech } from "./speech.ts";
import type { Tally } from "./tally.ts";
import { Uart } from "./uart.ts";

/** What of the correlator a world needs: a test may put one there that breaks promises. */
export type Core = Pick<Correlator, "step" | "wakeAt">;

export interface WorldOptions {
  readonly tally: Tally;
  /** Which of its happenings are left out. */
  readonly without?: ReadonlySet<number>;
  /** Takes what happened, line by line. */
  readonly tell?: (line: string) => void;
  readonly createCore?: (options: CorrelatorOptions) => Core;
}

/** A world has some 1000 steps; one with so many is in a loop. */
const stepsMax = 200_000;

/** Once nothing goes wrong any more: how often a request tries whether the gateway serves again, and for how long. */
const tryEveryMs = 5000;
const triesMax = 24;

/** The longest deadline, and a second more. */
const lastAnswersMs = 10_000;

/**
 * One random world: a hub, a network, a cable and an MCU that all misbehave, a correlator in the middle, and a judge
 * who sees what passes on both wires. Time is a number; one seed determines everything.
 */
export class World {
  readonly judge: Judge;
  readonly happenings: readonly Happening[];
  readonly #given: WorldOptions;
  readonly #random: SeededRandom;
  readonly #setting: Setting;
  readonly #mcu: ModelMcu;
  readonly #schedule = new Schedule();
  readonly #uart: Uart;
  #options: CorrelatorOptions;
  #core: Core;
  #now: Instant = 0;
  #stepCount = 0;
  #requestCount = 0;
  #recent: { id: string; payload: Buffer }[] = [];
  #startedAt: Instant = 0;
  #lastArrivedAt: Instant = 0;
  /** What reaches the process while it stands still, in order. */
  #backlog: (() => void)[] | undefined;
  #standStill = { since: 0, until: 0 };
  #isDraining = false;
  #endAt = Number.POSITIVE_INFINITY;
  #healed: { readonly at: Instant; number: string; isServed: boolean } | undefined;

  constructor(seed: number, given: WorldOptions) {
    const root = new SeededRandom(seed);
    const random = new SeededRandom(root.seed());
    this.#given = given;
    this.#random = random;
    this.#setting = drawSetting(random);
    this.#options = drawOptions(random, this.#setting.speech);
    this.happenings = drawHappenings(new SeededRandom(root.seed()), this.#setting.busyMs);
    this.#core = this.#createCore();
    const mcuRandom = new SeededRandom(root.seed());
    this.#mcu = new ModelMcu(mcuRandom, this.#setting.speech, (afterMs, line, stands) =>
      this.#fromMcu(afterMs, line, stands),
    );
    this.judge = new Judge(this.#options, this.#mcu, given.tally);
    this.#uart = new Uart(this.#setting.port, random, {
      at: (at, run) => this.#schedule.at(at, run),
      written: () => this.#reaches(() => this.#step({ kind: "written" })),
      arrived: (line, isHeld) => this.#arrived(line, isHeld),
    });
  }

  run(): void {
    this.#given.tally.beginWorld();
    this.#linkComesUp();
    for (const [index, happening] of this.happenings.entries()) {
      if (!this.#given.without?.has(index)) this.#schedule.at(happening.at, () => this.#happen(happening));
    }
    this.#schedule.at(this.#setting.busyMs, () => this.#reaches(() => this.#heal()));
    for (let run = this.#next(); run !== undefined; run = this.#next()) {
      if (this.#stepCount > stepsMax) throw new Error("this world does not end");
      run();
    }
    this.judge.close(this.#now);
    this.#given.tally.stepCount += this.#stepCount;
  }

  /** What comes next: the alarm, up to 30 ms late, as timers are, or what was foreseen. */
  #next(): (() => void) | undefined {
    const foreseenAt = this.#schedule.nextAt;
    const wakeAt = this.#backlog === undefined ? this.#core.wakeAt() : undefined;
    const at = Math.min(foreseenAt, wakeAt ?? foreseenAt);
    if (at > this.#endAt || at === Number.POSITIVE_INFINITY) return undefined;
    if (wakeAt === undefined || foreseenAt <= wakeAt) {
      this.#now = Math.max(at, this.#now);
      return this.#schedule.take();
    }
    this.#now = Math.max(at + this.#random.whole(0, 30), this.#now);
    return () => this.#step({ kind: "alarm" });
  }

  #happen({ kind, seed }: Happening): void {
    if (!this.#canHappen(kind)) return;
    const random = new SeededRandom(seed);
    if (kind !== "request") {
      this.#tell("*", kind);
      this.#given.tally.note(`fault ${kind}`);
    }
    switch (kind) {
      case "request":
        this.#requestArrives(random);
        break;
      case "flood":
        for (let left = random.whole(10, 100); left > 0; left--) this.#requestArrives(random);
        break;
      case "link_lost":
        this.#linkGoesDown(random);
        break;
      case "session_lost":
        this.#reaches(() => {
          this.judge.sessionDown();
          this.#step({ kind: "session_down" });
        });
        break;
      case "mcu_reset":
        this.#mcu.reset();
        break;
      case "mcu_reset_loop": {
        const everyMs = random.whole(30, 500);
        for (let left = random.whole(3, 12); left > 0; left--)
          this.#schedule.at(this.#now + left * everyMs, () => this.#mcu.reset());
        break;
      }
      case "mcu_asleep":
        this.#mcu.sleepUntil(this.#now + random.whole(100, random.pick([9000, 25_000, 120_000])));
        break;
      case "write_stalled":
        this.#uart.stall();
        break;
      case "write_held":
        this.#uart.hold(random.whole(50, 3000));
        break;
      case "stray_line":
        this.#fromMcu(0, this.#strayLine(random));
        break;
      case "babble":
        for (let left = random.whole(5, 60); left > 0; left--)
          this.#fromMcu(random.whole(0, 1000), this.#strayLine(random));
        if (random.chance(0.5)) this.#reaches(() => this.#overlong(Buffer.alloc(64, "<1 babble"), 1_000_000));
        break;
      case "stand_still":
        this.#standsStill(random.pick([random.whole(100, 2000), random.whole(2000, 12_000)]), random);
        break;
      case "reload":
        this.#reload(random);
        break;
      case "killed":
        this.#isKilled(random);
        break;
      case "drain":
        this.#reaches(() => {
          this.#isDraining = true;
          this.judge.drains();
          this.#step({ kind: "drain" });
        });
        break;
      default:
        kind satisfies never;
    }
  }

  #canHappen(kind: Happening["kind"]): boolean {
    switch (kind) {
      case "link_lost":
        return this.#uart.isOpen;
      case "stand_still":
      case "reload":
        return this.#backlog === undefined;
      case "killed":
        // Where ids come back at once the next process does not know which of them can still be answered.
        return this.#setting.idCount === undefined || this.#setting.speech === orderedSpeech;
      case "write_stalled":
      case "write_held":
        return this.#uart.isOpen;
      default:
        return true;
    }
  }

  #strayLine(random: SeededRandom): string {
    const lines = ["boot chatter", "@door open", "<zz stray", "<1 \\q", "!- crc", "!zz", "@", "", "~1", "\x00\xff"];
    // One that says no hello of its own is never known to be another after all.
    if (this.#mcu.greets) lines.push("=rrpc/9");
    return random.pick(lines);
  }

  #requestArrives(random: SeededRandom): void {
    if (random.chance(0.05) && this.#recent.length > 0) {
      const { id, payload } = random.pick(this.#recent);
      this.#request(id, payload);
      return;
    }
    this.#requestCount += 1;
    const { idCount, speech } = this.#setting;
    const number = idCount === undefined ? this.#requestCount : random.whole(1, idCount);
    const id = random.chance(0.02) ? "bad id/" : String(number);
    const padding = random.chance(0.05) ? "x".repeat(random.whole(0, 300)) : "";
    // The line protocol escapes what the other firmware cannot be told.
    const unfit = speech === orderedSpeech && random.chance(0.02) ? "\n" : "";
    this.#request(id, Buffer.from(`r${this.#requestCount}.${padding}${unfit}`));
  }

  #request(id: string, payload: Buffer): void {
    if (this.#recent.push({ id, payload }) > 6) this.#recent.shift();
    this.#reaches(() => {
      const earliest = this.#now < this.#standStill.until ? this.#standStill.since : this.#now;
      const arrivedAt = Math.max(earliest, this.#lastArrivedAt);
      this.#lastArrivedAt = arrivedAt;
      this.judge.request(id, payload, arrivedAt, this.#now);
      this.#step({ kind: "request", processId: id, payload, arrivedAt: earliest });
    });
  }

  #linkComesUp(): void {
    if (this.#uart.isOpen) return;
    this.#uart.open();
    this.#reaches(() => {
      this.judge.linkChanged("up");
      this.#step({ kind: "link_up" });
    });
  }

  #linkGoesDown(random: SeededRandom, upAfterMs = random.whole(10, 3000)): void {
    if (!this.#uart.isOpen) return;
    this.#uart.close();
    if (random.chance(0.5)) this.#mcu.reset();
    this.#reaches(() => {
      this.judge.linkChanged("down");
      this.#step({ kind: "link_down" });
    });
    this.#schedule.at(this.#now + upAfterMs, () => this.#linkComesUp());
  }

  #standsStill(ms: number, random: SeededRandom): void {
    // The last beat that is known is up to 750 ms old: requests taken since then are younger.
    const since = Math.max(this.#startedAt, this.#now - random.whole(0, 750));
    const backlog: (() => void)[] = [];
    this.#backlog = backlog;
    this.#schedule.at(this.#now + ms, () => {
      if (this.#backlog !== backlog) return;
      this.#backlog = undefined;
      this.#standStill = { since, until: this.#now + 100 };
      this.judge.stoodStill(this.#standStill.until);
      this.#step({ kind: "stood_still", until: this.#standStill.until });
      for (const run of backlog) run();
    });
  }

  /** With the port closed, as the daemon does it. */
  #reload(random: SeededRandom): void {
    this.#linkGoesDown(random);
    this.#options = drawOptions(random, this.#setting.speech);
    this.judge.reloaded(this.#options);
    this.#step({ kind: "configure", options: this.#options });
  }

  #isKilled(random: SeededRandom): void {
    this.#backlog = undefined;
    this.#standStill = { since: 0, until: 0 };
    this.#startedAt = this.#now;
    this.#lastArrivedAt = 0;
    this.#linkGoesDown(random);
    this.judge.killed(this.#options);
    this.#isDraining = false;
    this.#core = this.#createCore();
  }

  #createCore(): Core {
    return this.#given.createCore?.(this.#options) ?? new Correlator(this.#options);
  }

  /** Nothing goes wrong any more: the gateway has to serve again, by itself. */
  #heal(): void {
    this.#tell("*", "healed");
    this.#mcu.heal();
    this.#uart.heal();
    this.#endAt = this.#now + lastAnswersMs;
    if (this.#isDraining) return;
    this.#healed = { at: this.#now, number: "", isServed: false };
    this.#try(triesMax);
  }

  #try(left: number): void {
    if (this.#healed === undefined || this.#healed.isServed || this.#isDraining) return;
    if (left === 0) {
      this.judge.violations.push(
        `${this.#now}: it does not serve, and nothing has been wrong since ${this.#healed.at}`,
      );
      return;
    }
    this.#requestCount += 1;
    this.#healed.number = `R${this.#requestCount}`;
    this.#endAt = this.#now + lastAnswersMs;
    this.#request(`try${left}`, Buffer.from(`r${this.#requestCount}`));
    this.#schedule.at(this.#now + tryEveryMs, () => this.#try(left - 1));
  }

  /** The MCU goes on while the cable is out: what it says then is lost, what it says later is not. */
  #fromMcu(afterMs: number, line: string, stands = () => true): void {
    this.#schedule.at(this.#now + afterMs, () => {
      if (!stands() || !this.#uart.isOpen || this.#random.chance(this.#mcu.lossShare)) return;
      const damaged = this.#random.chance(this.#mcu.damageShare) ? `${line.slice(0, -1)}#` : line;
      const bytes = Buffer.from(damaged, "latin1");
      this.#reaches(() => {
        if (bytes.length > 600) this.#overlong(bytes.subarray(0, 64), bytes.length);
        else this.#step({ kind: "line", bytes });
      });
    });
  }

  #overlong(head: Buffer, byteCount: number): void {
    this.#step({ kind: "overlong", head, byteCount });
  }

  #arrived(line: string, isHeld: boolean): void {
    if (!isHeld) this.judge.lineInMcu(line, this.#now);
    this.#mcu.receive(line, this.#now);
  }

  /** Something comes to the process: at once, or as soon as it runs again. */
  #reaches(run: () => void): void {
    if (this.#backlog === undefined) run();
    else this.#backlog.push(run);
  }

  #step(input: Input): void {
    this.#stepCount += 1;
    this.#tell(">", input);
    for (const output of this.#core.step(input, this.#now)) {
      this.#tell("<", output);
      this.#perform(output);
    }
    this.judge.stepDone(this.#now);
  }

  #perform(output: Output): void {
    switch (output.kind) {
      case "publish":
        this.judge.publish(output.processId, output.payload, this.#now);
        this.#noteService(output.payload);
        break;
      case "publish_event":
        this.judge.publishEvent(this.#now);
        break;
      case "write":
        this.#write(output.bytes);
        break;
      case "reopen":
        this.#given.tally.note(`reopen ${output.rung}`);
        this.#schedule.at(this.#now + this.#random.whole(0, 50), () => this.#linkGoesDown(this.#random));
        break;
      case "report":
        this.judge.report(output.report);
        break;
      case "drained":
        this.#given.tally.note("drained");
        this.judge.drained();
        break;
      default:
        output satisfies never;
    }
  }

  #noteService(payload: Buffer): void {
    if (this.#healed === undefined || this.#healed.isServed) return;
    if (!payload.toString("latin1").startsWith(this.#healed.number)) return;
    this.#healed.isServed = true;
    this.#given.tally.recovered(this.#now - this.#healed.at);
  }

  #write(bytes: Buffer): void {
    const lines = bytes.toString("latin1").split("\n");
    for (const line of lines) this.judge.lineToMcu(line, this.#now);
    if (this.#uart.isWriting) this.judge.violations.push(`${this.#now}: a write while another is under way`);
    this.#uart.write(lines, bytes.length, this.#options.wire, this.#now);
  }

  #tell(direction: string, what: Input | Output | string): void {
    const { tell } = this.#given;
    if (tell !== undefined) tell(`${this.#now} ${direction} ${JSON.stringify(what, asText)}`);
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
