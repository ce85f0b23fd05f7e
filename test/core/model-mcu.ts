import type { Instant } from "../../src/core/instant.ts";
import { checksum } from "../../src/line/crc16.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { type Character, rrpcSpeech, type Speech } from "./speech.ts";

/** Sends a line after a while, if it still stands then. */
type Send = (afterMs: number, line: string, stands: () => boolean) => void;

/** What becomes of one command. */
type Fate = "reply" | "refuse" | "silent" | "twice" | "late" | "unknown_id" | "another_id" | "huge" | "too_large";

interface Done {
  readonly line: string;
  answer: readonly string[] | undefined;
  isCancelled: boolean;
}

/** For so long after an answer its id may go into another answer: no other request can have it yet. */
const anotherIdMs = 1000;

/**
 * An MCU in virtual time, with a character of its own: what it says of itself, how quick it is, how often it fails. It
 * executes what it receives, counts how often, and never answers a command that it has not executed.
 */
export class ModelMcu implements Character {
  readonly window: number;
  readonly dedup: number;
  readonly crc: boolean;
  readonly cancel: boolean;
  readonly lineBytesMax: number | undefined;
  /** Whether it says hello at its start, and when it is asked. */
  readonly greets: boolean;
  /** Of the lines either way. */
  lossShare: number;
  damageShare: number;
  resetCount = 0;
  /** How often each command's payload was executed. */
  readonly executions = new Map<string, number>();
  readonly speech: Speech;
  readonly #random: SeededRandom;
  readonly #send: Send;
  readonly #saysBoot: boolean;
  #fates: readonly Fate[];
  #latencyMaxMs: number;
  #boot = 1;
  #asleepUntil: Instant = 0;
  #memory: Done[] = [];
  /** The last command under each id: what a cancel means. */
  readonly #doneById = new Map<string, Done>();
  #lastAnswer = { id: "", at: Number.POSITIVE_INFINITY };

  constructor(random: SeededRandom, speech: Speech, send: Send) {
    const isRrpc = speech === rrpcSpeech;
    this.speech = speech;
    this.#random = random;
    this.#send = send;
    this.greets = random.chance(0.8);
    const talks = isRrpc && this.greets;
    this.window = talks ? random.pick([1, 1, 2, 5]) : 1;
    this.dedup = talks ? random.pick([0, 1, 8, 8]) : 0;
    this.crc = talks && random.chance(0.5);
    this.cancel = talks && random.chance(0.3);
    this.lineBytesMax = talks ? random.pick([undefined, undefined, 40, 200]) : undefined;
    this.#saysBoot = !isRrpc || random.chance(0.8);
    this.lossShare = random.pick([0, 0, 0.02, 0.1]);
    this.damageShare = this.crc ? random.pick([0, 0.02, 0.1]) : 0;
    this.#latencyMaxMs = random.pick([5, 100, 1500]);
    const trouble: Fate[] = ["refuse", "silent", "late", "huge", "too_large"];
    // Without ids one command has one answer; firmware that does otherwise cannot be served.
    if (isRrpc) trouble.push("twice", "unknown_id");
    // Where a command can come twice its answer can too, and then an id that was misused once is misread once more.
    if (isRrpc && this.dedup === 0) trouble.push("another_id");
    this.#fates = [...Array<Fate>(random.pick([7, 30])).fill("reply"), ...trouble];
  }

  get boot(): number | undefined {
    return this.#saysBoot ? this.#boot : undefined;
  }

  /** Whether a command may be written to it twice. */
  get remembers(): boolean {
    return this.dedup >= this.window && this.#saysBoot;
  }

  /** Answers that were under way are lost with what it remembers. */
  reset(): void {
    this.#boot += 1;
    this.resetCount += 1;
    this.#memory = [];
    this.#doneById.clear();
    this.#lastAnswer.at = Number.POSITIVE_INFINITY;
    if (this.greets) this.#sayHello();
  }

  sleepUntil(until: Instant): void {
    this.#asleepUntil = until;
  }

  /** From now on it is prompt, and nothing goes wrong any more. */
  heal(): void {
    this.#asleepUntil = 0;
    this.lossShare = 0;
    this.damageShare = 0;
    this.#latencyMaxMs = 5;
    this.#fates = ["reply"];
  }

  receive(line: string, now: Instant): void {
    if (line === "" || now < this.#asleepUntil || this.#random.chance(this.lossShare)) return;
    if (line === "?") {
      if (this.greets) this.#sayHello();
      return;
    }
    if (this.lineBytesMax !== undefined && line.length >= this.lineBytesMax) return;
    if (this.#random.chance(this.damageShare) || !this.#isSound(line)) {
      this.#say("!- crc");
      return;
    }
    if (line.startsWith("~")) this.#cancelled(line.slice(1).split("*", 1).join(""));
    const command = this.speech.command(line);
    if (command !== undefined) this.#command(line, command.id ?? "", command.payload, now);
  }

  #isSound(line: string): boolean {
    return !this.crc || line.slice(-4) === checksum(Buffer.from(line.slice(0, -5)));
  }

  #cancelled(id: string): void {
    const done = this.#doneById.get(id);
    if (this.cancel && done !== undefined) done.isCancelled = true;
  }

  #command(line: string, id: string, payload: string, now: Instant): void {
    const known = this.#memory.find((done) => done.line === line);
    if (known !== undefined) {
      for (const text of known.answer ?? []) this.#say(text);
      return;
    }
    this.executions.set(payload, (this.executions.get(payload) ?? 0) + 1);
    const done: Done = { line, answer: undefined, isCancelled: false };
    this.#doneById.set(id, done);
    if (this.dedup > 0) this.#memory = [...this.#memory, done].slice(-this.dedup);
    this.#answer(done, id, payload, now);
  }

  #answer(done: Done, id: string, payload: string, now: Instant): void {
    const random = this.#random;
    const boot = this.#boot;
    const afterMs = random.whole(0, this.#latencyMaxMs);
    const say = (lines: readonly string[], delayMs = afterMs) => this.#later(delayMs, boot, done, lines);
    const { reply, refusal } = this.speech;
    const text = payload.split(".", 1).join("").toUpperCase();
    const fate = random.pick(this.#fates);
    switch (fate) {
      case "reply":
        say(reply(id, text));
        this.#lastAnswer = { id, at: now + afterMs };
        break;
      case "refuse":
        say(refusal(id, text));
        break;
      case "silent":
        break;
      case "twice":
        say(reply(id, text));
        say(reply(id, text), afterMs + random.whole(0, 2000));
        break;
      case "late":
        say(reply(id, text), random.whole(3000, 9000));
        break;
      case "unknown_id":
        say(reply(`x${id}`, text));
        break;
      case "another_id":
        // It says nothing of whom it was meant for: whoever has this id is given it.
        say(reply(this.#idAnsweredBefore(now) ?? `x${id}`, "another"), 0);
        break;
      case "huge":
        say(reply(id, text).map((line, index) => (index === 0 ? line + "x".repeat(700) : line)));
        break;
      case "too_large":
        say(reply(id, text + "x".repeat(450)));
        break;
      default:
        fate satisfies never;
    }
  }

  #idAnsweredBefore(now: Instant): string | undefined {
    const agoMs = now - this.#lastAnswer.at;
    return agoMs >= 0 && agoMs <= anotherIdMs ? this.#lastAnswer.id : undefined;
  }

  #later(afterMs: number, boot: number, done: Done, lines: readonly string[]): void {
    for (const text of lines) {
      this.#send(afterMs, this.#ended(text), () => {
        done.answer = lines;
        return boot === this.#boot && !done.isCancelled;
      });
    }
  }

  #say(text: string): void {
    this.#send(this.#random.whole(0, 4), this.#ended(text), () => true);
  }

  #ended(text: string): string {
    return this.crc ? `${text}*${checksum(Buffer.from(text))}` : text;
  }

  #sayHello(): void {
    this.#say(this.speech.hello(this));
  }
}
