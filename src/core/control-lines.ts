import type { Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";
import type { Wire } from "./wire.ts";

/** What is written to the MCU besides commands; `discard` writes nothing, and has the driver throw away what it still holds. */
export interface ControlLine {
  readonly kind: "opening" | "probe" | "cancel" | "discard";
  readonly bytes: Buffer;
}

export type ControlLinesOptions = Pick<CorrelatorOptions, "dialect">;

const discard: ControlLine = { kind: "discard", bytes: Buffer.alloc(0) };

/** What goes before commands: at most a probe, and a cancel for each command in flight. None is kept for the next opening. */
export class ControlLines {
  readonly #wire: Wire;
  #options: ControlLinesOptions;
  #lines: ControlLine[] = [];
  #probedAt: Instant | undefined;

  constructor(options: ControlLinesOptions, wire: Wire) {
    this.#options = options;
    this.#wire = wire;
  }

  configure(options: ControlLinesOptions): void {
    this.#options = options;
  }

  /** The port was opened: firmware that knows no probe is sent what a probe would begin with. */
  linkUp(): void {
    const { probe, opening } = this.#options.dialect;
    if (probe === undefined) this.#add("opening", opening);
  }

  /** The port takes nothing more. */
  clear(): void {
    this.#lines = [];
  }

  /** Whether the MCU can be asked for a hello at all. */
  get knowsProbes(): boolean {
    return this.#options.dialect.probe !== undefined;
  }

  /** Asks for a hello. With `resync` whatever half line the MCU still holds is ended first. */
  probe(resync: boolean, now: Instant): void {
    this.#probedAt = now;
    this.#add("probe", this.#options.dialect.probe?.(resync));
  }

  /** When a hello was asked for last; undefined where it never was. */
  get probedAt(): Instant | undefined {
    return this.#probedAt;
  }

  /** Tells the MCU that nobody waits for the answer to a command; `said` is what its hello said of it. */
  cancel(processId: string, said: { readonly cancel: boolean; readonly crc: boolean }): void {
    this.#add("cancel", this.#options.dialect.cancel(processId, said));
  }

  /**
   * Before all others: the driver throws away what it still holds, and a resync follows. The MCU may already have the first
   * part of such a line: it gets time to drop it, since a line end right away would complete it.
   */
  discard(): void {
    if (!this.#wire.isOpen) return;
    const { probe, opening } = this.#options.dialect;
    const resync: ControlLine =
      probe === undefined ? { kind: "opening", bytes: opening } : { kind: "probe", bytes: probe(true) };
    this.#lines = [discard, resync, ...this.#lines.filter(({ kind }) => kind === "cancel")];
  }

  /** The next one to be written. */
  take(): ControlLine | undefined {
    return this.#lines.shift();
  }

  /** @param bytes undefined where the firmware knows no such line */
  #add(kind: ControlLine["kind"], bytes: Buffer | undefined): void {
    if (bytes === undefined || !this.#wire.isOpen || this.#wire.isStalled) return;
    if (!this.#lines.some((queued) => queued.bytes.equals(bytes))) this.#lines.push({ kind, bytes });
  }
}
