import type { BoardConfig } from "../config/board-config.ts";
import type { LinkEvent } from "../gateway/boundary.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { heldLink } from "./held-link.ts";
import { isBehind } from "./held-port.ts";
import type { Outside } from "./outside.ts";
import { type LinkParts, type Reopening, type SupervisedLink, superviseLink } from "./supervise-link.ts";

export interface BoardConnectionParts extends LinkParts, Pick<Outside, "socketOfTty"> {
  readonly onEvent: (event: LinkEvent) => void;
  /** Who has the port of this path instead of the gateway; undefined for nobody. */
  readonly holderOf: (path: string) => string | undefined;
}

/** The serial line to one board, kept open; what is said of it in the log has its name. */
export class BoardConnection {
  readonly name: string;
  readonly #parts: BoardConnectionParts;
  readonly #log: Log;
  #serial: BoardConfig["serial"];
  #link: SupervisedLink;
  /** The daemon wants it open; without it the port stays closed whoever gives it back. */
  #isWanted = false;
  /** Somebody else has the port. */
  #isReleased = false;
  #isRunning = false;
  /** The link has been stopped: another one is needed. */
  #isSpent = false;
  #closed: Promise<void> = Promise.resolve();

  constructor(name: string, serial: BoardConfig["serial"], parts: BoardConnectionParts) {
    this.name = name;
    this.#serial = serial;
    this.#parts = parts;
    this.#log = logOf(name, parts.log);
    this.#link = this.#supervise();
  }

  get status(): SupervisedLink["status"] {
    return this.#link.status;
  }

  get path(): string {
    return this.#serial.path;
  }

  start(): void {
    this.#isWanted = true;
    this.#open();
  }

  /** Resolves when the port is closed; after that only `restart` opens it again. */
  stop(): Promise<void> {
    this.#isWanted = false;
    return this.#close();
  }

  /** Leaves the port to somebody else: resolves when it is closed. What was written leaves first. */
  release(): Promise<void> {
    this.#isReleased = true;
    return this.#close();
  }

  /** The port is no longer somebody else's; `openIfFree` opens it. */
  takeBack(): void {
    this.#isReleased = false;
  }

  /** Opens the port if it is wanted, closed, and nobody's. */
  async openIfFree(): Promise<void> {
    await this.#closed;
    this.#open();
  }

  /** What somebody who has the port needs to know of it. */
  get port(): { readonly path: string; readonly baudRate: number } {
    const { path, baudRate } = this.#serial;
    return { path, baudRate };
  }

  write(bytes: Buffer, how?: { readonly discardsUnsent?: boolean }): void {
    this.#link.current?.write(bytes, how);
  }

  reopen(how: Reopening): void {
    this.#link.reopen(how);
  }

  /** Whether its adapter is in this USB socket, or behind a hub that is. */
  isBehind(socket: string): boolean {
    return isBehind(this.#parts.socketOfTty(this.#serial.path), socket);
  }

  /** Takes options that need no closed port. */
  configure(serial: BoardConfig["serial"]): void {
    this.#serial = serial;
    this.#link.configure(serial);
  }

  /** Takes any options, and opens the port with them, unless somebody else has it; it has been stopped before. */
  restart(serial: BoardConfig["serial"]): void {
    this.#serial = serial;
    this.#isWanted = true;
    this.#open();
  }

  #open(): void {
    if (!this.#isWanted || this.#isReleased || this.#isRunning) return;
    const { path } = this.#serial;
    const holder = this.#parts.holderOf(path);
    if (holder !== undefined) {
      this.#log.say("info", "link released", `link: ${path} is opened when ${holder} gives it back`, "board");
      return;
    }
    this.#isRunning = true;
    if (this.#isSpent) this.#link = this.#supervise();
    this.#isSpent = false;
    this.#link.start();
  }

  #close(): Promise<void> {
    this.#isRunning = false;
    this.#isSpent = true;
    this.#closed = this.#link.stop();
    return this.#closed;
  }

  #supervise(): SupervisedLink {
    const { openLink, holderOf, onEvent } = this.#parts;
    // Where its device was away, a path may turn out to be that of a released port only when it comes back.
    const openUnlessHeld: LinkParts["openLink"] = (options, emit) => {
      const holder = holderOf(options.path);
      return holder === undefined ? openLink(options, emit) : heldLink(holder, emit);
    };
    return superviseLink(this.#serial, onEvent, { ...this.#parts, openLink: openUnlessHeld, log: this.#log });
  }
}
