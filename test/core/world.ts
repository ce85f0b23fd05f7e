import type { Input } from "../../src/core/input.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { Output } from "../../src/core/output.ts";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { Cable } from "./cable.ts";
import { drawFaultSchedule, type ScheduleEntry } from "./fault-schedule.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { usualKinds } from "./kinds.ts";
import { ModelHub } from "./model-hub.ts";
import { ModelMcu, type Saying } from "./model-mcu.ts";
import { Oracle } from "./oracle.ts";
import { drawOptions, drawScenario, type Scenario } from "./scenario.ts";
import { strayLine, versionLine } from "./stray-line.ts";
import { Timeline } from "./timeline.ts";
import type { HeldBy } from "./uart.ts";
import type { WorldOptions } from "./world-options.ts";
import { worldText } from "./world-text.ts";

/** A world has some 400 steps; one with so many is in a loop. */
const stepsMax = 200_000;

/** Once nothing goes wrong any more: how often it is tried whether the gateway serves again, and how many times. */
const tryEveryMs = 5000;
const triesMax = 24;

/** A process that has died is started again, by systemd after seconds: a half line of its is dropped by then. */
const startMs = 600;

/** The process notices, before each step, that it was suspended for longer. */
const unnoticedMs = 700;

/** The longest deadline, and a second more. */
const lastAnswersMs = 10_000;

/**
 * One random world: a hub, a network, a cable and an MCU that all misbehave, a correlator in the middle, and an oracle
 * that sees what passes on both wires. Time is a number; one seed determines everything.
 */
export class World {
  readonly oracle: Oracle;
  readonly schedule: readonly ScheduleEntry[];
  readonly #given: WorldOptions;
  readonly #random: SeededRandom;
  readonly #scenario: Scenario;
  readonly #timeline = new Timeline();
  readonly #hub: ModelHub;
  readonly #gateway: GatewayProcess;
  readonly #cable: Cable;
  readonly #mcu: ModelMcu;
  /** A process that has died opens no port before. */
  #runsAt: Instant = 0;
  /** The opening that the gateway knows of: what it writes goes there. */
  #linkOpening = 0;
  /** The cable is pulled while the next line is on it. */
  #cutsNext: SeededRandom | undefined;
  /** What has held what is in the MCU now, so that it came later than the gateway can know. */
  #heldBy: HeldBy | undefined;
  /** … and it has not looked at it. */
  #isHeldUnread = false;
  /** Nothing happens after. */
  #endAt = Number.POSITIVE_INFINITY;
  /** Since when nothing goes wrong, and how the answer begins that shows that all is well. */
  #healed: { readonly at: Instant; answer: string | undefined; isServed: boolean } | undefined;

  constructor(seed: number, given: WorldOptions) {
    const root = new SeededRandom(seed);
    const random = new SeededRandom(root.seed());
    const scheduleRandom = new SeededRandom(root.seed());
    const mcuRandom = new SeededRandom(root.seed());
    const timeline = this.#timeline;
    const { kinds = usualKinds, coverage, createCore } = given;
    this.#given = given;
    this.#random = random;
    const scenario = drawScenario(random, seed, kinds);
    this.#scenario = scenario;
    const options = drawOptions(random, scenario);
    this.#hub = new ModelHub(scenario);
    this.#mcu = new ModelMcu(mcuRandom, scenario.speech, kinds, {
      isOverdue: scenario.isOverdue,
      idsComeBack: scenario.idCount !== undefined || scenario.reusesIds,
      send: (afterMs, saying, stands) => this.#fromMcu(afterMs, saying, stands),
      received: (line) => {
        const isStoppable = this.#heldBy === "flow_control" && !this.#gateway.isSuspended;
        if (this.#heldBy === undefined || isStoppable) this.oracle.lineInMcu(line, isStoppable, timeline.now);
      },
      executed: (payload) => this.oracle.executed(payload, timeline.now),
    });
    this.schedule = drawFaultSchedule(scheduleRandom, seed, scenario, this.#mcu.paceMs(options.wireFormat));
    this.oracle = new Oracle(options, this.#mcu, coverage, kinds);
    this.#gateway = new GatewayProcess(options, {
      timeline,
      oracle: this.oracle,
      createCore,
      perform: (output) => this.#perform(output),
      tell: (direction, what) => this.#tell(direction, what),
    });
    this.#cable = new Cable(scenario, random, timeline, {
      reaches: (run) => this.#gateway.reaches(run),
      written: () =>
        this.#gateway.reaches(() => {
          this.oracle.writeTaken(timeline.now);
          this.#gateway.step({ kind: "written" });
        }),
      arrived: (bytes, from, heldBy) => {
        this.#heldBy = heldBy;
        const isHeld = heldBy !== undefined;
        if (isHeld) this.oracle.arrivedLate(timeline.now);
        this.#isHeldUnread ||= isHeld && this.#mcu.isBusy;
        this.#mcu.receive(bytes, from, timeline.now);
      },
      read: (event, saying) => this.#read(event, saying),
    });
  }

  run(): void {
    this.#given.coverage.beginWorld();
    this.#linkComesUp();
    for (const [index, entry] of this.schedule.entries()) {
      if (!this.#given.without?.has(index)) this.#timeline.at(entry.at, () => this.#cause(entry));
    }
    this.#timeline.at(this.#scenario.busyMs, () => this.#gateway.reaches(() => this.#heal()));
    try {
      this.#playOut();
      this.oracle.close(this.#timeline.now);
    } catch (error) {
      // No input and no order of inputs may make the core throw.
      this.oracle.violated(this.#timeline.now, error instanceof Error ? `${error.stack}` : `thrown: ${error}`);
    }
    this.#given.coverage.stepCount += this.#gateway.stepCount;
  }

  #playOut(): void {
    while (this.#goOn()) {
      if (this.#gateway.stepCount > stepsMax) throw new Error("this world does not end");
    }
  }

  /** To what comes next: the alarm, up to 30 ms late, as timers are, or what was foreseen. Says whether there is any. */
  #goOn(): boolean {
    const timeline = this.#timeline;
    const { wakeAt = Number.POSITIVE_INFINITY } = this.#gateway;
    const at = Math.min(timeline.nextAt, wakeAt);
    if (at > this.#endAt || at === Number.POSITIVE_INFINITY) return false;
    if (timeline.nextAt <= wakeAt) {
      timeline.takeNext();
      return true;
    }
    timeline.now = Math.max(at + this.#random.whole(0, 30), timeline.now);
    this.#gateway.step({ kind: "alarm" });
    return true;
  }

  #cause({ kind, seed }: ScheduleEntry): void {
    if (!this.#isPossible(kind)) return;
    const random = new SeededRandom(seed);
    if (kind !== "request") {
      this.#tell("*", kind);
      this.#given.coverage.note(`fault ${kind}`);
    }
    switch (kind) {
      case "request":
        this.#gateway.request(this.#hub.request(random));
        break;
      case "flood":
        for (let left = random.whole(4, random.pick([5, 5, 5, 40])); left > 0; left--)
          this.#gateway.request(this.#hub.request(random));
        break;
      case "link_lost":
        this.#linkGoesDown(random);
        break;
      case "line_cut":
        this.#cutsNext = random;
        break;
      case "session_lost":
        this.#gateway.reaches(() => {
          this.oracle.sessionDown();
          this.#gateway.step({ kind: "session_down" });
        });
        break;
      case "mcu_reset":
        this.#mcu.reset(this.#timeline.now);
        break;
      case "mcu_busy":
        this.#mcu.becomeBusy();
        this.#timeline.after(random.whole(300, this.#mcu.busyMsMax), () => this.#catchUp());
        break;
      case "mcu_stuck":
        this.#mcu.isStuck = true;
        break;
      case "mcu_reset_loop": {
        const everyMs = random.whole(30, 700);
        for (let left = random.whole(3, 12); left > 0; left--)
          this.#timeline.after(left * everyMs, () => this.#mcu.reset(this.#timeline.now));
        break;
      }
      case "mcu_asleep":
        this.#mcu.sleepUntil(this.#timeline.now + random.whole(100, random.pick([1000, 2000, 9000, 25_000, 120_000])));
        break;
      case "write_stalled":
        this.#cable.uart.stall();
        break;
      case "write_held":
        this.#cable.uart.hold(random.whole(50, 3000));
        break;
      case "flow_held":
        this.#cable.uart.pause(random.whole(50, random.pick([500, 3000, 9000])));
        break;
      case "stray_line":
        this.#stray(0, random);
        break;
      case "babble":
        for (let left = random.whole(5, 60); left > 0; left--) this.#stray(random.whole(0, 1000), random);
        if (random.chance(0.5)) this.#say(0, "babble ".repeat(random.whole(100, 1000)));
        break;
      case "suspended":
        this.#gateway.suspend(random.whole(100, random.pick([2000, 12_000])), random.whole(0, 750));
        break;
      case "starved":
        this.#gateway.starve(random.whole(1000, random.pick([3000, 8000])), random.whole(900, 1100));
        break;
      case "asleep":
        this.#fallAsleep(random.whole(200, random.pick([1000, 2000, 2000, 30_000])), random.chance(0.5));
        break;
      case "same_id":
        for (let left = random.whole(1, 4); left > 0; left--)
          this.#gateway.request(left > 1 ? this.#hub.request(random) : this.#hub.sameId(random));
        break;
      case "reload":
        this.#linkGoesDown(random);
        this.#gateway.configure(drawOptions(random, this.#scenario));
        break;
      case "open_reload":
        // The wire's format is one of the options that need a closed port.
        this.#gateway.configure({
          ...drawOptions(random, this.#scenario),
          wireFormat: this.#gateway.options.wireFormat,
        });
        break;
      case "killed":
        this.#gateway.kill();
        this.#hub.forgetLastId();
        this.#runsAt = this.#timeline.now + startMs;
        this.#linkGoesDown(random);
        break;
      case "drain":
        this.#gateway.drain();
        break;
      default:
        kind satisfies never;
    }
  }

  /** What is short is not noticed; where answers come in order, one that is unread meanwhile would be taken for the next. */
  #fallAsleep(ms: number, isShort: boolean): void {
    const isUnnoticed = isShort && ms < unnoticedMs && this.#scenario.speech.name === "rrpc";
    this.#gateway.sleep(ms, !isUnnoticed);
  }

  /** What had come late to the MCU it does later still. */
  #catchUp(): void {
    if (this.#isHeldUnread) this.oracle.arrivedLate(this.#timeline.now);
    this.#isHeldUnread = false;
    this.#mcu.catchUp(this.#timeline.now);
  }

  #isPossible(kind: ScheduleEntry["kind"]): boolean {
    switch (kind) {
      case "write_stalled":
        // Where the MCU can hold the port it is not closed for that, and a stall without an end has none.
        return this.#cable.uart.isOpen && !this.#scenario.hasFlowControl;
      case "link_lost":
      case "write_held":
      case "flow_held":
        return this.#cable.uart.isOpen;
      case "stray_line":
      case "babble":
        // Where any line is a reply, one that nobody asked for cannot be told from one.
        return this.#scenario.speech.name !== "bare";
      case "suspended":
      case "asleep":
      case "reload":
      case "open_reload":
        return !this.#gateway.isSuspended;
      case "killed":
        // Where ids come back at once the next process does not know which of them can still be answered, nor that an answer
        // without one comes later than any should.
        if (this.#scenario.isOverdue) return false;
        return this.#scenario.idCount === undefined || this.#scenario.speech.name !== "rrpc";
      default:
        return true;
    }
  }

  #stray(afterMs: number, random: SeededRandom): void {
    const line = strayLine(random, this.#mcu.answersProbes);
    if (line === versionLine) this.#mcu.hasSaidVersion = true;
    this.#say(afterMs, line);
  }

  #say(afterMs: number, line: string): void {
    this.#fromMcu(afterMs, { line, start: this.#mcu.resetCount, isChecked: false });
  }

  #linkComesUp(): void {
    if (this.#cable.uart.isOpen) return;
    if (this.#timeline.now < this.#runsAt) {
      this.#timeline.at(this.#runsAt, () => this.#linkComesUp());
      return;
    }
    this.#cable.open();
    const { openingCount } = this.#cable;
    this.#gateway.reaches(() => {
      this.#linkOpening = openingCount;
      this.oracle.linkChanged("up", this.#timeline.now);
      this.#gateway.step({ kind: "link_up" });
    });
  }

  #linkGoesDown(random: SeededRandom): void {
    if (!this.#cable.uart.isOpen) return;
    this.#cable.close();
    if (random.chance(0.5) || this.#mcu.isStuck) this.#mcu.reset(this.#timeline.now);
    this.#gateway.reaches(() => {
      this.oracle.linkChanged("down", this.#timeline.now);
      this.#gateway.step({ kind: "link_down" });
    });
    this.#timeline.after(random.whole(10, random.pick([100, 100, 600, 3000])), () => this.#linkComesUp());
  }

  /** Nothing goes wrong any more: the gateway has to serve again, by itself. */
  #heal(): void {
    this.#tell("*", "healed");
    this.#mcu.heal(this.#timeline.now);
    this.#cable.uart.heal();
    this.#endAt = this.#timeline.now + lastAnswersMs;
    this.#healed = { at: this.#timeline.now, answer: undefined, isServed: false };
    this.#try(triesMax);
  }

  #try(left: number): void {
    if (this.#healed === undefined || this.#healed.isServed || this.#gateway.isDraining) return;
    const { now } = this.#timeline;
    if (left === 0) {
      this.oracle.violated(now, `it does not serve, and nothing has been wrong since ${this.#healed.at}`);
      return;
    }
    const request = this.#hub.plainRequest();
    this.#healed.answer = request.answer;
    this.#endAt = now + lastAnswersMs;
    this.#gateway.request(request);
    this.#timeline.after(tryEveryMs, () => this.#try(left - 1));
  }

  /** The MCU goes on while the cable is out: what it says then is lost, what it says later is not. */
  #fromMcu(afterMs: number, saying: Saying, stands = () => true): void {
    this.#timeline.after(afterMs, () => {
      const { lossShare, damageShare } = this.#mcu;
      if (!stands() || !this.#cable.uart.isOpen || this.#random.chance(lossShare)) return;
      // Without checksums a flipped bit is a wrong answer that nobody can see.
      const isDamaged = saying.isChecked && this.#random.chance(damageShare);
      this.#cable.say(saying, isDamaged);
    });
  }

  #read(event: LineEvent, saying: Saying | undefined): void {
    switch (event.kind) {
      case "line":
      case "overlong":
        this.oracle.lineFromMcu(saying, event.kind === "overlong", this.#timeline.now);
        this.#gateway.step(event);
        break;
      case "discarded":
        this.#given.coverage.note("dropped stale_bytes");
        break;
      case "other_line_end":
        break;
      default:
        event satisfies never;
    }
  }

  #perform(output: Output): void {
    const { now } = this.#timeline;
    switch (output.kind) {
      case "publish":
        this.oracle.publish(output.processId, output.payload, now);
        this.#noteService(output.payload);
        break;
      case "publish_event":
        this.oracle.publishEvent(now);
        break;
      case "write":
        if (output.discardsUnsent) this.#cable.uart.discard();
        this.#write(output.bytes);
        break;
      case "reopen":
        this.#given.coverage.note(`reopen ${output.rung}`);
        this.#timeline.after(this.#random.whole(0, 50), () => this.#linkGoesDown(this.#random));
        break;
      case "report":
        this.oracle.report(output.report, now);
        break;
      case "drained":
        this.#given.coverage.note("drained");
        this.oracle.drained(now);
        break;
      default:
        output satisfies never;
    }
  }

  #noteService(payload: Buffer): void {
    if (this.#healed?.answer === undefined || this.#healed.isServed) return;
    if (!payload.toString("latin1").startsWith(this.#healed.answer)) return;
    this.#healed.isServed = true;
    this.#given.coverage.recovered(this.#timeline.now - this.#healed.at);
  }

  #write(bytes: Buffer): void {
    const { now } = this.#timeline;
    for (const line of bytes.toString("latin1").split("\n")) this.oracle.lineToMcu(line, now);
    if (this.#linkOpening !== this.#cable.openingCount) return;
    if (this.#cable.uart.isWriting) this.oracle.violated(now, "a write while another is under way");
    this.#cable.write(bytes, this.#gateway.options.wireFormat);
    if (this.#cutsNext !== undefined) this.#cut(this.#cutsNext);
  }

  #cut(random: SeededRandom): void {
    this.#cutsNext = undefined;
    const wireMs = this.#cable.uart.dryAt - this.#timeline.now;
    this.#timeline.after(random.next() * wireMs, () => this.#linkGoesDown(random));
  }

  #tell(direction: "<" | ">" | "*", what: Input | Output | string): void {
    const { tell } = this.#given;
    if (tell !== undefined) tell(`${this.#timeline.now} ${direction} ${worldText(what)}`);
  }
}
