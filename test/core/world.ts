import type { Input } from "../../src/core/input.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import type { Output } from "../../src/core/output.ts";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { BoardUnderTest } from "./board-under-test.ts";
import { Cable } from "./cable.ts";
import { drawFaultSchedule, type ScheduleEntry } from "./fault-schedule.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { usualKinds } from "./kinds.ts";
import { ModelHub } from "./model-hub.ts";
import { ModelMcu, type Saying } from "./model-mcu.ts";
import { Oracle } from "./oracle.ts";
import { isProcessFault, strikeProcess } from "./process-faults.ts";
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

/** Once it serves again it goes on to: so many more requests, at such intervals. */
const afterwardsCount = 6;
const afterwardsEveryMs = 300;

/** More than answered requests are remembered. */
const localFloodCount = 1100;
/** It takes as long to play as all else that happens in two worlds: it is seldom. */
const localFloodChance = 0.05;

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
  readonly #timeline: Timeline;
  readonly #hub: ModelHub;
  readonly #process: GatewayProcess;
  readonly #board: BoardUnderTest;
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
    const { kinds = usualKinds, coverage, createCore, company } = given;
    const timeline = company?.timeline ?? new Timeline();
    const process = company?.process ?? new GatewayProcess(timeline);
    this.#timeline = timeline;
    this.#process = process;
    this.#given = given;
    this.#random = random;
    const scenario = drawScenario(random, seed, kinds);
    this.#scenario = scenario;
    const options = drawOptions(random, scenario, seed);
    this.#hub = new ModelHub(scenario, company?.firstNumber);
    this.#mcu = new ModelMcu(mcuRandom, scenario.speech, kinds, {
      isOverdue: scenario.isOverdue,
      idsComeBack: scenario.idCount !== undefined || scenario.reusesIds,
      send: (afterMs, saying, stands) => this.#fromMcu(afterMs, saying, stands),
      received: (line) => {
        const isStoppable = this.#heldBy === "flow_control" && !process.isSuspended;
        if (this.#heldBy === undefined || isStoppable) this.oracle.lineInMcu(line, isStoppable, timeline.now);
      },
      executed: (payload) => this.oracle.executed(payload, timeline.now),
    });
    this.schedule = drawFaultSchedule(scheduleRandom, seed, scenario, this.#mcu.paceMs(options.wireFormat));
    this.oracle = new Oracle(options, this.#mcu, coverage, kinds);
    this.#board = new BoardUnderTest(options, process, {
      timeline,
      oracle: this.oracle,
      createCore,
      perform: (output) => this.#perform(output),
      tell: (direction, what) => this.#tell(direction, what),
    });
    process.join({
      resumed: (until) => {
        this.oracle.resumed(until);
        this.#board.step({ kind: "resumed", until });
      },
      slept: () => this.oracle.slept(timeline.now),
      sessionLost: {
        note: () => this.oracle.sessionDown(),
        step: () => this.#board.step({ kind: "session_down" }),
      },
      drains: { note: () => this.oracle.drains(), step: () => this.#board.step({ kind: "drain" }) },
      killed: (seed) => this.#processKilled(new SeededRandom(seed)),
    });
    this.#cable = new Cable(scenario, random, timeline, {
      reaches: (run) => process.reaches(run),
      written: () =>
        process.reaches(() => {
          this.oracle.writeTaken(timeline.now);
          this.#board.step({ kind: "written" });
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
    this.begin();
    try {
      this.#playOut();
    } catch (error) {
      this.#thrown(error);
    }
    this.close();
  }

  /** Foresees all that comes to it from outside. */
  begin(): void {
    this.#linkComesUp();
    for (const [index, entry] of this.schedule.entries()) {
      const isOurs = this.#given.company === undefined || !isProcessFault(entry.kind);
      if (isOurs && !this.#given.without?.has(index)) this.#timeline.at(entry.at, () => this.#cause(entry));
    }
    this.#timeline.at(this.#scenario.busyMs, () => this.#process.reaches(() => this.#heal()));
  }

  /** Nothing more happens: the oracle looks at what is left. */
  close(): void {
    try {
      this.oracle.close(Math.min(this.#timeline.now, this.#endAt));
    } catch (error) {
      this.#thrown(error);
    }
    this.#given.coverage.stepCount += this.#board.stepCount;
  }

  /** No input and no order of inputs may make the core throw. */
  #thrown(error: unknown): void {
    this.oracle.violated(this.#timeline.now, error instanceof Error ? `${error.stack}` : `thrown: ${error}`);
  }

  #playOut(): void {
    while (this.#goOn()) {
      if (this.#board.stepCount > stepsMax) throw new Error("this world does not end");
    }
  }

  /** To what comes next: the alarm, up to 30 ms late, as timers are, or what was foreseen. Says whether there is any. */
  #goOn(): boolean {
    const timeline = this.#timeline;
    const { wakeAt = Number.POSITIVE_INFINITY } = this.#board;
    const at = Math.min(timeline.nextAt, wakeAt);
    if (at > this.#endAt || at === Number.POSITIVE_INFINITY) return false;
    if (timeline.nextAt <= wakeAt) {
      timeline.takeNext();
      return true;
    }
    timeline.now = Math.max(at + this.#random.whole(0, 30), timeline.now);
    this.#board.step({ kind: "alarm" });
    return true;
  }

  /** The longest that it goes on; it is not known before all is healed. */
  get endAt(): Instant {
    return this.#endAt;
  }

  get busyMs(): number {
    return this.#scenario.busyMs;
  }

  get options(): CorrelatorOptions {
    return this.#board.options;
  }

  /** Whether a sleep of the machine, however short, must be noticed first: where answers come in order. */
  get noticesSleep(): boolean {
    return this.#scenario.speech.name !== "rrpc";
  }

  /** Whether what the gateway knows may be lost: see `#isPossible`. */
  get canForget(): boolean {
    return this.#isPossible("killed");
  }

  /** A request with an id that other boards are asked under at the same time. */
  ask(id: string, random: SeededRandom): void {
    if (this.#timeline.now < this.#scenario.busyMs) this.#board.request(this.#hub.sharedId(random, id));
  }

  /** The hub takes this board alone off the session. */
  loseHub(): void {
    this.#process.reaches(() => {
      this.oracle.sessionDown();
      this.#given.company?.ofOne(() => this.#board.step({ kind: "session_down" }));
    });
  }

  /** Something has come out of the gateway for this board, beside what its core's step gives. */
  put(output: Output): void {
    this.#board.put(output);
  }

  #cause({ kind, seed }: ScheduleEntry): void {
    if (!this.#isPossible(kind)) return;
    const random = new SeededRandom(seed);
    if (kind !== "request") {
      this.#tell("*", kind);
      this.#given.coverage.note(`fault ${kind}`);
    }
    if (isProcessFault(kind)) {
      strikeProcess(this.#process, kind, seed, this.noticesSleep);
      return;
    }
    switch (kind) {
      case "request":
        this.#board.request(this.#hub.request(random));
        break;
      case "flood":
        for (let left = random.whole(4, random.pick([5, 5, 5, 40])); left > 0; left--)
          this.#board.request(this.#hub.request(random));
        break;
      case "link_lost":
        this.#linkGoesDown(random);
        break;
      case "line_cut":
        this.#cutsNext = random;
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
      case "same_id":
        for (let left = random.whole(1, 4); left > 0; left--)
          this.#board.request(left > 1 ? this.#hub.request(random) : this.#hub.sameId(random));
        break;
      case "reload":
        this.#linkGoesDown(random);
        this.#board.configure(drawOptions(random, this.#scenario, seed));
        break;
      case "release":
        // Seldom: what is refused does not reach the wire.
        if (random.chance(0.3)) this.#process.reaches(() => this.#release(random));
        break;
      case "local_load":
        this.#loadLocally(random);
        break;
      case "local_probe":
        this.#probe();
        for (let left = random.whole(0, 2); left > 0; left--)
          this.#timeline.after(random.whole(0, 500), () => this.#probe());
        break;
      case "open_reload":
        // The wire's format is one of the options that need a closed port.
        this.#board.configure({
          ...drawOptions(random, this.#scenario, seed),
          wireFormat: this.#board.options.wireFormat,
        });
        break;
      default:
        kind satisfies never;
    }
  }

  /** Somebody at this machine asks, be it in vain, while the hub sends what it has sent before, or an id that is none of its own. */
  #loadLocally(random: SeededRandom): void {
    const isFlood = random.chance(localFloodChance);
    const count = isFlood ? localFloodCount : random.whole(1, 6);
    const forMs = isFlood ? 0 : random.whole(0, 2000);
    for (let left = count; left > 0; left--) {
      const payload = this.#hub.localRequest(random);
      this.#timeline.after(random.whole(0, forMs), () => this.#board.requestLocally(payload));
    }
    this.#timeline.after(forMs + random.whole(1, 3000), () => {
      if (random.chance(0.05)) this.#board.request(this.#hub.foreignId(random, this.#board.lastLocalId()));
      else if (isFlood || random.chance(0.3)) for (const request of this.#hub.recent) this.#board.request(request);
    });
  }

  #probe(): void {
    this.#process.reaches(() => {
      this.oracle.probeAsked();
      this.#board.step({ kind: "probe" });
    });
  }

  /** What is in flight may be answered before the port is closed; then it is taken back, perhaps before that. */
  #release(random: SeededRandom): void {
    this.#board.step({ kind: "release" });
    if (this.#cable.uart.isOpen && random.chance(0.3)) this.#linkGoesDown(random);
    this.#timeline.after(random.whole(0, 600), () =>
      this.#process.reaches(() => this.#board.step({ kind: "take_back" })),
    );
  }

  #processKilled(random: SeededRandom): void {
    this.#board.restart();
    this.#hub.forgetLastId();
    this.#runsAt = this.#timeline.now + startMs;
    this.#linkGoesDown(random);
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
        return !this.#process.isSuspended;
      case "local_load":
      case "local_probe":
        // Of several boards it is the gateway that gives local requests their ids.
        return this.#given.company === undefined;
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
    this.#process.reaches(() => {
      this.#linkOpening = openingCount;
      this.oracle.linkChanged("up", this.#timeline.now);
      this.#board.step({ kind: "link_up" });
    });
  }

  #linkGoesDown(random: SeededRandom): void {
    if (!this.#cable.uart.isOpen) return;
    this.#cable.close();
    if (random.chance(0.5) || this.#mcu.isStuck) this.#mcu.reset(this.#timeline.now);
    this.#process.reaches(() => {
      this.oracle.linkChanged("down", this.#timeline.now);
      this.#board.step({ kind: "link_down" });
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
    if (this.#healed === undefined || this.#healed.isServed || this.#process.isDraining) return;
    const { now } = this.#timeline;
    if (left === 0) {
      this.oracle.violated(now, `it does not serve, and nothing has been wrong since ${this.#healed.at}`);
      return;
    }
    const request = this.#hub.plainRequest();
    this.#healed.answer = request.answer;
    this.#endAt = now + lastAnswersMs;
    this.#board.request(request);
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
        this.#board.step(event);
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
    this.#given.company?.onOutput(output);
    switch (output.kind) {
      case "publish":
        this.oracle.publish(output.processId, output.payload, now);
        this.#noteService(output.payload);
        break;
      case "publish_event":
        this.oracle.publishEvent(output.payload, now);
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
      case "answer":
        this.oracle.answer(output.processId, output.payload, now);
        break;
      case "probed":
        this.oracle.probed(output.result, now);
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
    for (let count = 1; count <= afterwardsCount; count++)
      this.#timeline.after(count * afterwardsEveryMs, () => {
        if (this.#process.isDraining) return;
        this.#endAt = this.#timeline.now + lastAnswersMs;
        this.#board.request(this.#hub.plainRequest());
      });
  }

  #write(bytes: Buffer): void {
    const { now } = this.#timeline;
    for (const line of bytes.toString("latin1").split("\n")) this.oracle.lineToMcu(line, now);
    if (this.#linkOpening !== this.#cable.openingCount) return;
    if (this.#cable.uart.isWriting) this.oracle.violated(now, "a write while another is under way");
    this.#cable.write(bytes, this.#board.options.wireFormat);
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
