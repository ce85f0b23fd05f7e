import { checksum } from "../../src/line/crc16.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { rrpcSpeech, type Speech } from "./speech.ts";

/** Sends a line after a while, if it still stands then. */
type Send = (afterMs: number, line: string, stands: () => boolean) => void;

/** What becomes of one command. */
type Fate = "reply" | "refuse" | "silent" | "twice" | "late" | "wrong_id" | "huge" | "too_large";

interface Done {
  readonly line: string;
  answer: readonly string[] | undefined;
}

/**
 * An MCU in virtual time, with a character of its own: what it says of itself, how quick it is, how often it fails. It
 * executes what it receives, counts how often, and never answers a command that it has not executed.
 */
export class ModelMcu {
  readonly window: number;
  readonly dedup: number;
  readonly crc: boolean;
  readonly lossShare: number;
  readonly damageShare: number;
  /** How often each command's payload was executed. */
  resetCount = 0;
  readonly executions = new Map<string, number>();
  readonly speech: Speech;
  readonly #random: SeededRandom;
  readonly #send: Send;
  readonly #greets: boolean;
  readonly #fates: readonly Fate[];
  readonly #latencyMaxMs: number;
  #boot = 1;
  #asleepUntil = 0;
  #memory: Done[] = [];

  constructor(random: SeededRandom, speech: Speech, send: Send) {
    const isRrpc = speech === rrpcSpeech;
    this.speech = speech;
    this.#random = random;
    this.#send = send;
    this.#greets = random.chance(0.8);
    this.window = isRrpc && this.#greets ? random.pick([1, 1, 2, 5]) : 1;
    this.dedup = isRrpc && this.#greets ? random.pick([0, 8]) : 0;
    this.crc = isRrpc && this.#greets && random.chance(0.5);
    this.lossShare = random.pick([0, 0, 0.02, 0.1]);
    this.damageShare = this.crc ? random.pick([0, 0.02, 0.1]) : 0;
    this.#latencyMaxMs = random.pick([5, 100, 1500]);
    const trouble: Fate[] = ["refuse", "silent", "late", "huge", "too_large"];
    // Without ids one command has one answer; firmware that does otherwise cannot be served.
    if (isRrpc) trouble.push("twice", "wrong_id");
    this.#fates = [...Array<Fate>(random.pick([7, 30])).fill("reply"), ...trouble];
  }

  /** Answers that were under way are lost with what it remembers. */
  reset(): void {
    this.#boot += 1;
    this.resetCount += 1;
    this.#memory = [];
    if (this.#greets) this.#sayHello();
  }

  sleepFor(ms: number, now: number): void {
    this.#asleepUntil = now + ms;
  }

  receive(line: string, now: number): void {
    if (line === "" || now < this.#asleepUntil || this.#random.chance(this.lossShare)) return;
    if (line === "?") {
      if (this.#greets) this.#sayHello();
      return;
    }
    if (this.#random.chance(this.damageShare) || !this.#isSound(line)) {
      this.#say("!- crc");
      return;
    }
    const command = this.speech.command(line);
    if (command !== undefined) this.#command(line, command.id ?? "", command.payload);
  }

  #isSound(line: string): boolean {
    return !this.crc || line.slice(-4) === checksum(Buffer.from(line.slice(0, -5)));
  }

  #command(line: string, id: string, payload: string): void {
    const known = this.#memory.find((done) => done.line === line);
    if (known !== undefined) {
      for (const text of known.answer ?? []) this.#say(text);
      return;
    }
    this.executions.set(payload, (this.executions.get(payload) ?? 0) + 1);
    const done: Done = { line, answer: undefined };
    if (this.dedup > 0) this.#memory = [...this.#memory, done].slice(-this.dedup);
    this.#answer(done, id, payload);
  }

  #answer(done: Done, id: string, payload: string): void {
    const random = this.#random;
    const boot = this.#boot;
    const afterMs = random.whole(0, this.#latencyMaxMs);
    const say = (lines: readonly string[], delayMs = afterMs) => this.#later(delayMs, boot, done, lines);
    const { reply, refusal } = this.speech;
    const text = payload.split(".", 1).join("").toUpperCase();
    switch (random.pick(this.#fates)) {
      case "reply":
        say(reply(id, text));
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
      case "wrong_id":
        say(reply(`x${id}`, text));
        break;
      case "huge":
        say(reply(id, text + "x".repeat(700)));
        break;
      case "too_large":
        say(reply(id, text + "x".repeat(450)));
        break;
    }
  }

  #later(afterMs: number, boot: number, done: Done, lines: readonly string[]): void {
    for (const text of lines) {
      this.#send(afterMs, this.#ended(text), () => {
        done.answer = lines;
        return boot === this.#boot;
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
    this.#say(this.speech.hello({ window: this.window, dedup: this.dedup, crc: this.crc, boot: this.#boot }));
  }
}
