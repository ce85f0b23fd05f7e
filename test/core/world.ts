import type { Instant } from "../../src/core/instant.ts";
import type { Input, Output } from "../../src/core/step.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type CreateCore, GatewayProcess } from "./gateway-process.ts";
import { drawHappenings, type Happening } from "./happenings.ts";
import { Judge } from "./judge.ts";
import { ModelHub } from "./model-hub.ts";
import { ModelMcu } from "./model-mcu.ts";
import { Schedule } from "./schedule.ts";
import { drawOptions, drawSetting, type Setting } from "./setting.ts";
import { orderedSpeech } from "./speech.ts";
import type { Tally } from "./tally.ts";
import { Uart } from "./uart.ts";

export interface WorldOptions {
  readonly tally: Tally;
  /** Which of its happenings are left out. */
  readonly without?: ReadonlySet<number>;
  /** Takes what happens, line by line. */
  readonly tell?: (line: string) => void;
  readonly createCore?: CreateCore;
}

/** A world has some 400 steps; one with so many is in a loop. */
const stepsMax = 200_000;

/** Once nothing goes wrong any more: how often it is tried whether the gateway serves again, and how many times. */
const tryEveryMs = 5000;
const triesMax = 24;

/** The longest deadline, and a second more. */
const lastAnswersMs = 10_000;

/** The longest line that a gateway is told of; of others it is told how long they were. */
const replyBytesMax = 600;

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
  readonly #schedule = new Schedule();
  readonly #hub: ModelHub;
  readonly #gateway: GatewayProcess;
  readonly #uart: Uart;
  readonly #mcu: ModelMcu;
  /** Nothing happens after. */
  #endAt = Number.POSITIVE_INFINITY;
  /** Since when nothing goes wrong, and how the answer begins that shows that all is well. */
  #healed: { readonly at: Instant; answer: string | undefined; isServed: boolean } | undefined;

  constructor(seed: number, given: WorldOptions) {
    const root = new SeededRandom(seed);
    const random = new SeededRandom(root.seed());
    const schedule = this.#schedule;
    this.#given = given;
    this.#random = random;
    this.#setting = drawSetting(random);
    this.happenings = drawHappenings(new SeededRandom(root.seed()), this.#setting.busyMs);
    const { speech, port } = this.#setting;
    const options = drawOptions(random, speech);
    this.#hub = new ModelHub(this.#setting);
    this.#mcu = new ModelMcu(new SeededRandom(root.seed()), speech, (afterMs, line, stands) =>
      this.#fromMcu(afterMs, line, stands),
    );
    this.judge = new Judge(options, this.#mcu, given.tally);
    this.#gateway = new GatewayProcess(options, {
      schedule,
      judge: this.judge,
      createCore: given.createCore,
      perform: (output) => this.#perform(output),
      tell: (direction, what) => this.#tell(direction, what),
    });
    this.#uart = new Uart(port, random, schedule, {
      written: () => this.#gateway.reaches(() => this.#gateway.step({ kind: "written" })),
      arrived: (line, isHeld) => {
        if (!isHeld) this.judge.lineInMcu(line, schedule.now);
        this.#mcu.receive(line, schedule.now);
      },
    });
  }

  run(): void {
    this.#given.tally.beginWorld();
    this.#linkComesUp();
    for (const [index, happening] of this.happenings.entries()) {
      if (!this.#given.without?.has(index)) this.#schedule.at(happening.at, () => this.#happen(happening));
    }
    this.#schedule.at(this.#setting.busyMs, () => this.#gateway.reaches(() => this.#heal()));
    try {
      this.#playOut();
      this.judge.close(this.#schedule.now);
    } catch (error) {
      // No input and no order of inputs may make the core throw.
      this.judge.violated(this.#schedule.now, error instanceof Error ? `${error.stack}` : `thrown: ${error}`);
    }
    this.#given.tally.stepCount += this.#gateway.stepCount;
  }

  #playOut(): void {
    while (this.#goOn()) {
      if (this.#gateway.stepCount > stepsMax) throw new Error("this world does not end");
    }
  }

  /** To what comes next: the alarm, up to 30 ms late, as timers are, or what was foreseen. Says whether there is any. */
  #goOn(): boolean {
    const schedule = this.#schedule;
    const { wakeAt = Number.POSITIVE_INFINITY } = this.#gateway;
    const at = Math.min(schedule.nextAt, wakeAt);
    if (at > this.#endAt || at === Number.POSITIVE_INFINITY) return false;
    if (schedule.nextAt <= wakeAt) {
      schedule.takeNext();
      return true;
    }
    schedule.now = Math.max(at + this.#random.whole(0, 30), schedule.now);
    this.#gateway.step({ kind: "alarm" });
    return true;
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
        this.#gateway.request(this.#hub.request(random));
        break;
      case "flood":
        for (let left = random.whole(10, 100); left > 0; left--) this.#gateway.request(this.#hub.request(random));
        break;
      case "link_lost":
        this.#linkGoesDown(random);
        break;
      case "session_lost":
        this.#gateway.reaches(() => {
          this.judge.sessionDown();
          this.#gateway.step({ kind: "session_down" });
        });
        break;
      case "mcu_reset":
        this.#mcu.reset();
        break;
      case "mcu_reset_loop": {
        const everyMs = random.whole(30, 500);
        for (let left = random.whole(3, 12); left > 0; left--)
          this.#schedule.after(left * everyMs, () => this.#mcu.reset());
        break;
      }
      case "mcu_asleep":
        this.#mcu.sleepUntil(this.#schedule.now + random.whole(100, random.pick([9000, 25_000, 120_000])));
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
        if (random.chance(0.5)) this.#fromMcu(0, "babble ".repeat(random.whole(100, 1000)));
        break;
      case "stand_still":
        this.#gateway.standStill(random.whole(100, random.pick([2000, 12_000])), random.whole(0, 750));
        break;
      case "reload":
        this.#linkGoesDown(random);
        this.#gateway.configure(drawOptions(random, this.#setting.speech));
        break;
      case "killed":
        this.#gateway.kill();
        this.#linkGoesDown(random);
        break;
      case "drain":
        this.#gateway.drain();
        break;
      default:
        kind satisfies never;
    }
  }

  #canHappen(kind: Happening["kind"]): boolean {
    switch (kind) {
      case "link_lost":
      case "write_stalled":
      case "write_held":
        return this.#uart.isOpen;
      case "stand_still":
      case "reload":
        return !this.#gateway.standsStill;
      case "killed":
        // Where ids come back at once the next process does not know which of them can still be answered.
        return this.#setting.idCount === undefined || this.#setting.speech === orderedSpeech;
      default:
        return true;
    }
  }

  #strayLine(random: SeededRandom): string {
    const lines = ["boot chatter", "@door open", "<zz stray", "<1 \\q", "!- crc", "!zz", "@", "", "~1", "\x00\xff"];
    // One that never says hello cannot be found to be another after all.
    if (this.#mcu.greets) lines.push("=rrpc/9");
    return random.pick(lines);
  }

  #linkComesUp(): void {
    if (this.#uart.isOpen) return;
    this.#uart.open();
    this.#gateway.reaches(() => {
      this.judge.linkChanged("up");
      this.#gateway.step({ kind: "link_up" });
    });
  }

  #linkGoesDown(random: SeededRandom): void {
    if (!this.#uart.isOpen) return;
    this.#uart.close();
    if (random.chance(0.5)) this.#mcu.reset();
    this.#gateway.reaches(() => {
      this.judge.linkChanged("down");
      this.#gateway.step({ kind: "link_down" });
    });
    this.#schedule.after(random.whole(10, 3000), () => this.#linkComesUp());
  }

  /** Nothing goes wrong any more: the gateway has to serve again, by itself. */
  #heal(): void {
    this.#tell("*", "healed");
    this.#mcu.heal();
    this.#uart.heal();
    this.#endAt = this.#schedule.now + lastAnswersMs;
    this.#healed = { at: this.#schedule.now, answer: undefined, isServed: false };
    this.#try(triesMax);
  }

  #try(left: number): void {
    if (this.#healed === undefined || this.#healed.isServed || this.#gateway.isDraining) return;
    const { now } = this.#schedule;
    if (left === 0) {
      this.judge.violated(now, `it does not serve, and nothing has been wrong since ${this.#healed.at}`);
      return;
    }
    const request = this.#hub.plainRequest();
    this.#healed.answer = request.answer;
    this.#endAt = now + lastAnswersMs;
    this.#gateway.request(request);
    this.#schedule.after(tryEveryMs, () => this.#try(left - 1));
  }

  /** The MCU goes on while the cable is out: what it says then is lost, what it says later is not. */
  #fromMcu(afterMs: number, line: string, stands = () => true): void {
    this.#schedule.after(afterMs, () => {
      if (!stands() || !this.#uart.isOpen || this.#random.chance(this.#mcu.lossShare)) return;
      const damaged = this.#random.chance(this.#mcu.damageShare) ? `${line.slice(0, -1)}#` : line;
      const bytes = Buffer.from(damaged, "latin1");
      this.#gateway.reaches(() => {
        const isOverlong = bytes.length > replyBytesMax;
        this.judge.lineFromMcu(damaged, isOverlong, this.#schedule.now);
        if (!isOverlong) this.#gateway.step({ kind: "line", bytes });
        else this.#gateway.step({ kind: "overlong", head: bytes.subarray(0, 64), byteCount: bytes.length });
      });
    });
  }

  #perform(output: Output): void {
    const { now } = this.#schedule;
    switch (output.kind) {
      case "publish":
        this.judge.publish(output.processId, output.payload, now);
        this.#noteService(output.payload);
        break;
      case "publish_event":
        this.judge.publishEvent(now);
        break;
      case "write":
        this.#write(output.bytes);
        break;
      case "reopen":
        this.#given.tally.note(`reopen ${output.rung}`);
        this.#schedule.after(this.#random.whole(0, 50), () => this.#linkGoesDown(this.#random));
        break;
      case "report":
        this.judge.report(output.report);
        break;
      case "drained":
        this.#given.tally.note("drained");
        this.judge.drained(now);
        break;
      default:
        output satisfies never;
    }
  }

  #noteService(payload: Buffer): void {
    if (this.#healed?.answer === undefined || this.#healed.isServed) return;
    if (!payload.toString("latin1").startsWith(this.#healed.answer)) return;
    this.#healed.isServed = true;
    this.#given.tally.recovered(this.#schedule.now - this.#healed.at);
  }

  #write(bytes: Buffer): void {
    const { now } = this.#schedule;
    const lines = bytes.toString("latin1").split("\n");
    for (const line of lines) this.judge.lineToMcu(line, now);
    if (this.#uart.isWriting) this.judge.violated(now, "a write while another is under way");
    this.#uart.write(lines, bytes.length, this.#gateway.options.wire);
  }

  #tell(direction: "<" | ">" | "*", what: Input | Output | string): void {
    const { tell } = this.#given;
    if (tell !== undefined) tell(`${this.#schedule.now} ${direction} ${JSON.stringify(what, asText)}`);
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
