import type { BoardConfig } from "../config/board-config.ts";
import type { ReopeningRung } from "../core/recovery.ts";
import type { LinkEvent } from "../gateway/boundary.ts";
import { socketOfTty } from "../host/usb-socket.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { type LinkParts, type SupervisedLink, superviseLink } from "./supervise-link.ts";

export interface BoardConnectionParts extends LinkParts {
  readonly onEvent: (event: LinkEvent) => void;
}

/** The serial line to one board, kept open; what is said of it in the log has its name. */
export class BoardConnection {
  readonly name: string;
  readonly #parts: BoardConnectionParts;
  readonly #log: Log;
  #serial: BoardConfig["serial"];
  #link: SupervisedLink;

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
    this.#link.start();
  }

  /** Resolves when the port is closed; after that only `restart` opens it again. */
  stop(): Promise<void> {
    return this.#link.stop();
  }

  write(bytes: Buffer, how?: { readonly discardsUnsent?: boolean }): void {
    this.#link.current?.write(bytes, how);
  }

  reopen(rung: ReopeningRung): void {
    this.#link.reopen(rung);
  }

  /** Whether its adapter is in this USB socket, or behind a hub that is. */
  isBehind(socket: string): boolean {
    const own = socketOfTty(this.#serial.path);
    return own === socket || own?.startsWith(`${socket}.`) === true;
  }

  /** Takes options that need no closed port. */
  configure(serial: BoardConfig["serial"]): void {
    this.#serial = serial;
    this.#link.configure(serial);
  }

  /** Takes any options, and opens the port with them; it has been stopped before. */
  restart(serial: BoardConfig["serial"]): void {
    this.#serial = serial;
    this.#link = this.#supervise();
    this.#link.start();
  }

  #supervise(): SupervisedLink {
    return superviseLink(this.#serial, this.#parts.onEvent, { ...this.#parts, log: this.#log });
  }
}
