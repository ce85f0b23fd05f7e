import { isDeepStrictEqual } from "node:util";
import type { Instant } from "../../src/core/instant.ts";
import type { Output } from "../../src/core/output.ts";
import { aspectOf } from "../core/aspects.ts";
import { Coverage } from "../core/coverage.ts";
import { defaultOptions } from "../core/default-options.ts";
import { GatewayProcess } from "../core/gateway-process.ts";
import type { Kind } from "../core/kinds.ts";
import { strikeProcess } from "../core/process-faults.ts";
import { Timeline } from "../core/timeline.ts";
import { World } from "../core/world.ts";
import { worldText } from "../core/world-text.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type CreateGateway, createGateway, SharedGateway } from "./shared-gateway.ts";
import { drawShared, type SharedEntry } from "./shared-schedule.ts";

export interface BoardsWorldOptions {
  readonly coverage: Coverage;
  readonly kinds?: ReadonlySet<Kind>;
  /** Which entries of its schedule are left out. */
  readonly without?: ReadonlySet<number>;
  /** Takes what happens, line by line. */
  readonly tell?: (line: string) => void;
  readonly createGateway?: CreateGateway;
}

const boardsMax = 5;

/** No world asks so often: no two boards have a payload or an answer in common. */
const numbersOfOne = 1_000_000;

/** Some 400 steps are one board's; a world with so many is in a loop. */
const turnsMax = 1_000_000;

/** As timers are late. */
const lateMsMax = 30;

/** A board that is added is taken away so much later at most. */
const guestMsMax = 5000;

/** One board of a world. */
interface Seat {
  readonly name: string;
  readonly index: number;
  readonly seed: number;
}

/** What has come out for a board, and when. */
interface Outcome {
  readonly at: Instant;
  readonly output: Output;
}

/**
 * A random world of up to five boards around one gateway, with equal processIDs. Each board's oracle judges what comes out for it:
 * what crosses from another board answers nobody there. Then each board is played alone, with the same seeds. Where timers are
 * punctual, what comes out for it must be the same at the same instants: whatever befalls its neighbours costs it nothing.
 */
export class BoardsWorld {
  readonly violations: string[] = [];
  readonly #options: BoardsWorldOptions;
  readonly #seats: readonly Seat[];
  readonly #company: Play;

  constructor(seed: number, options: BoardsWorldOptions) {
    this.#options = options;
    const random = aspectOf(seed, "boards");
    this.#seats = Array.from({ length: random.whole(2, boardsMax) }, (_, index) => ({
      name: `board${index}`,
      index,
      seed: Math.floor(random.seed()),
    }));
    const late = random.chance(0.3) ? aspectOf(seed, "late") : undefined;
    this.#company = new Play(this.#seats, {
      ...options,
      tell: options.tell,
      late,
      sharedOf: (busyMs) => drawShared(random, busyMs),
    });
  }

  /** How many entries its schedule has: those that befall several boards, then each board's own. */
  get scheduleLength(): number {
    return this.#company.scheduleLength;
  }

  run(): void {
    const company = this.#company;
    this.#options.coverage.beginWorld();
    company.run();
    this.violations.push(...company.violations);
    if (this.violations.length > 0 || !company.isPunctual) return;
    for (const seat of this.#seats) this.#compareAlone(seat);
  }

  #compareAlone(seat: Seat): void {
    const company = this.#company;
    const alone = new Play([seat], {
      ...this.#options,
      tell: undefined,
      coverage: new Coverage(),
      without: company.leftOutOf(seat),
      late: undefined,
      sharedOf: () => company.struck.filter(({ kind }) => kind !== "guest"),
      decided: company,
    });
    alone.run();
    this.violations.push(...alone.violations.map((what) => `alone, ${what}`));
    const outcomes = company.outcomesOf(seat);
    const expected = alone.outcomesOf(seat);
    const at = expected.findIndex((outcome, index) => !isDeepStrictEqual(outcome, outcomes[index]));
    const place = at < 0 ? expected.length : at;
    if (at < 0 && outcomes.length === expected.length) return;
    const text = (outcome: Outcome | undefined) => (outcome ? `${outcome.at} ${worldText(outcome.output)}` : "nothing");
    this.violations.push(`${seat.name}: with neighbours ${text(outcomes[place])}, and alone ${text(expected[place])}`);
  }
}

interface PlayOptions extends Omit<BoardsWorldOptions, "tell"> {
  readonly tell: BoardsWorldOptions["tell"];
  /** How late its alarms are; undefined: they are punctual. */
  readonly late: SeededRandom | undefined;
  readonly sharedOf: (busyMs: number) => readonly SharedEntry[];
  /** What was decided for all boards where it is one of them. */
  readonly decided?: Pick<Play, "noticesSleep">;
}

/** The boards that have a seat, once through. */
class Play {
  readonly violations: string[] = [];
  /** Which of the shared entries have come to something. */
  readonly struck: SharedEntry[] = [];
  readonly noticesSleep: boolean;
  readonly scheduleLength: number;
  readonly #options: PlayOptions;
  readonly #seats: readonly Seat[];
  readonly #timeline = new Timeline();
  readonly #process: GatewayProcess;
  readonly #gateway: SharedGateway;
  readonly #worlds: readonly World[];
  readonly #shared: readonly SharedEntry[];
  readonly #leftOut = new Map<Seat, Set<number>>();
  readonly #outcomes = new Map<Seat, Outcome[]>();
  #guestCount = 0;

  constructor(seats: readonly Seat[], options: PlayOptions) {
    this.#options = options;
    this.#seats = seats;
    const timeline = this.#timeline;
    this.#process = new GatewayProcess(timeline, () => this.#start());
    this.#gateway = new SharedGateway({
      timeline,
      process: this.#process,
      create: options.createGateway ?? createGateway,
      onOutput: (board, output) => this.#put(board, output),
    });
    this.#worlds = seats.map((seat) => this.#worldOf(seat));
    this.noticesSleep = options.decided?.noticesSleep ?? this.#worlds.some(({ noticesSleep }) => noticesSleep);
    // What befalls all ends before the first board is to be well.
    this.#shared = options.sharedOf(Math.min(...this.#worlds.map(({ busyMs }) => busyMs)));
    this.scheduleLength = this.#shared.length + this.#worlds.reduce((sum, { schedule }) => sum + schedule.length, 0);
    this.#leaveOut(options.without ?? new Set());
  }

  get isPunctual(): boolean {
    return this.#options.late === undefined;
  }

  outcomesOf(seat: Seat): readonly Outcome[] {
    return this.#outcomes.get(seat) ?? [];
  }

  /** As a world of this board alone counts them. */
  leftOutOf(seat: Seat): ReadonlySet<number> {
    return this.#leftOut.get(seat) ?? new Set();
  }

  run(): void {
    try {
      this.#start();
      for (const [index, entry] of this.#shared.entries()) {
        if (this.#options.decided !== undefined || !this.#options.without?.has(index))
          this.#timeline.at(entry.at, () => this.#strike(entry));
      }
      for (const world of this.#worlds) world.begin();
      for (let turns = 0; this.#goOn(); turns++) if (turns > turnsMax) throw new Error("this world does not end");
    } catch (error) {
      this.violations.push(`thrown: ${error instanceof Error ? error.stack : error}`);
    }
    for (const [index, world] of this.#worlds.entries()) {
      world.close();
      this.violations.push(...world.oracle.violations.map((what) => `${this.#seats[index]?.name}: ${what}`));
    }
  }

  #goOn(): boolean {
    const timeline = this.#timeline;
    const { wakeAt } = this.#gateway;
    const at = Math.min(timeline.nextAt, wakeAt);
    if (at === Number.POSITIVE_INFINITY || at > Math.max(...this.#worlds.map(({ endAt }) => endAt))) return false;
    if (timeline.nextAt <= wakeAt) {
      timeline.takeNext();
      return true;
    }
    timeline.now = Math.max(at + (this.#options.late?.whole(0, lateMsMax) ?? 0), timeline.now);
    this.#gateway.ring();
    for (const [index, world] of this.#worlds.entries()) {
      if (this.#gateway.isNewlyDrained(this.#seats[index]?.name ?? "")) world.put({ kind: "drained" });
      world.oracle.stepDone(timeline.now);
    }
    return true;
  }

  #start(): void {
    this.#gateway.start(new Map(this.#worlds.map(({ options }, index) => [this.#seats[index]?.name ?? "", options])));
  }

  #strike(entry: SharedEntry): void {
    const { kind, seed } = entry;
    const random = new SeededRandom(seed);
    const process = this.#process;
    if (!this.#isPossible(kind)) return;
    this.struck.push(entry);
    this.#options.tell?.(`${this.#timeline.now} * ${kind}`);
    this.#options.coverage.note(`shared ${kind}`);
    switch (kind) {
      case "volley":
        for (const world of this.#worlds) world.ask(`v${Math.floor(seed) % 100_000}`, new SeededRandom(seed));
        break;
      case "board_down": {
        const index = random.whole(0, boardsMax - 1);
        this.#worlds[this.#seats.findIndex((seat) => seat.index === index)]?.loseHub();
        break;
      }
      case "guest":
        this.#invite(random);
        break;
      default:
        strikeProcess(process, kind, seed, this.noticesSleep);
    }
  }

  #isPossible(kind: SharedEntry["kind"]): boolean {
    if (this.#options.decided !== undefined) return true;
    switch (kind) {
      case "suspended":
      case "asleep":
        return !this.#process.isSuspended;
      case "guest":
        return !this.#process.isSuspended && !this.#process.isDraining;
      case "killed":
        return this.#worlds.every(({ canForget }) => canForget);
      default:
        return true;
    }
  }

  #invite(random: SeededRandom): void {
    this.#guestCount += 1;
    const name = `guest${this.#guestCount}`;
    const gateway = this.#gateway;
    const { startCount } = gateway;
    gateway.addGuest(name, defaultOptions);
    for (let left = random.whole(1, 4); left > 0; left--) gateway.askGuest(name, `${random.whole(1, 40)}`);
    this.#timeline.after(random.whole(1, guestMsMax), () =>
      // Not where the process that knew it has died.
      this.#process.reaches(() => gateway.startCount === startCount && gateway.removeGuest(name)),
    );
  }

  #worldOf(seat: Seat): World {
    const { coverage, kinds, tell } = this.#options;
    const leftOut = new Set<number>();
    const outcomes: Outcome[] = [];
    this.#leftOut.set(seat, leftOut);
    this.#outcomes.set(seat, outcomes);
    const world: World = new World(seat.seed, {
      coverage,
      without: leftOut,
      createCore: () => this.#gateway.coreOf(seat.name, seat === this.#seats[0]),
      company: {
        timeline: this.#timeline,
        process: this.#process,
        firstNumber: seat.index * numbersOfOne,
        ofOne: (run) => this.#gateway.ofOne(run),
        onOutput: (output) => {
          // Its neighbours may go on for longer.
          if (this.#timeline.now <= world.endAt) outcomes.push({ at: this.#timeline.now, output });
        },
      },
      ...(kinds && { kinds }),
      ...(tell && { tell: (line) => tell(`${seat.name} ${line}`) }),
    });
    return world;
  }

  #put(board: string, output: Output): void {
    if (board.startsWith("guest")) return;
    const index = this.#seats.findIndex(({ name }) => name === board);
    const world = this.#worlds[index];
    if (world === undefined) throw new Error(`no board ${board}`);
    world.put(output);
  }

  /** Tells each world which of its entries are left out. */
  #leaveOut(without: ReadonlySet<number>): void {
    let from = this.#options.decided === undefined ? this.#shared.length : 0;
    for (const [index, { schedule }] of this.#worlds.entries()) {
      const seat = this.#seats[index];
      for (const at of schedule.keys()) if (seat && without.has(from + at)) this.#leftOut.get(seat)?.add(at);
      from += schedule.length;
    }
  }
}
