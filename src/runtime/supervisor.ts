import { type Backoff, backoffMs } from "../core/backoff.ts";
import type { Instant } from "../core/instant.ts";

export interface SupervisorOptions<Connection, End> {
  /** Starts a connection. `onDown` follows exactly once, never before this returns; `onUp` before it or never. */
  readonly open: (onUp: () => void, onDown: (end: End) => void) => Connection;
  /** Ends a connection; its `onDown` follows. */
  readonly close: (connection: Connection) => void;
  readonly backoff: Backoff;
  /**
   * The next connection is not opened sooner than this after the one before came up, or ended without coming up. The peer has seen
   * that one earlier, however slow the network is, so it never sees two within this time.
   */
  readonly intervalMs: number;
  /** A connection that was up for a shorter time counts as a failure. */
  readonly stableMs: number;
  /** Watches for something that makes further waiting pointless, such as a device that is back, and then calls `retry`. */
  readonly watch?: (retry: () => void) => { close(): void };
  readonly onUp: (status: { readonly downMs: number; readonly failures: number }) => void;
  readonly onDown: (end: End, status: { readonly upMs: number | undefined; readonly retryMs: number }) => void;
  readonly now: () => Instant;
  readonly random: () => number;
}

/**
 * Keeps one connection of a kind open: opens it, waits until it ends, waits as long as the options say, and opens the next one. Each
 * connection is used once. The supervisor does not know what is being connected.
 */
export class Supervisor<Connection, End> {
  readonly #options: SupervisorOptions<Connection, End>;
  #connection: Connection | undefined;
  #downSince: Instant;
  #upSince: Instant | undefined;
  #failures = 0;
  #wait: { readonly timer: NodeJS.Timeout; readonly watch: { close(): void } | undefined } | undefined;
  /** Called when the last connection has ended; undefined while the next one is to be opened. */
  #onStopped: (() => void)[] | undefined;

  constructor(options: SupervisorOptions<Connection, End>) {
    this.#options = options;
    this.#downSince = options.now();
  }

  /** The connection, if it is up. */
  get current(): Connection | undefined {
    return this.#upSince === undefined ? undefined : this.#connection;
  }

  /** The connection, even if it is not up yet. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Whether a connection is up, and for how long this has been so. */
  get status(): { readonly isUp: boolean; readonly forMs: number } {
    return { isUp: this.#upSince !== undefined, forMs: this.#options.now() - (this.#upSince ?? this.#downSince) };
  }

  /** @param afterMs how long to wait before the first connection */
  start(afterMs = 0): void {
    this.#onStopped = undefined;
    if (afterMs > 0) this.#wait = { timer: setTimeout(() => this.#open(), afterMs), watch: undefined };
    else this.#open();
  }

  #open(): void {
    const { open, onUp, now } = this.#options;
    this.#connection = open(
      () => {
        this.#upSince = now();
        onUp({ downMs: this.#upSince - this.#downSince, failures: this.#failures });
      },
      (end) => this.#ended(end),
    );
  }

  /** Ends the current connection; the next one follows. */
  renew(): void {
    if (this.#connection !== undefined) this.#options.close(this.#connection);
  }

  /** Ends the current connection, and opens none before `start`. */
  stop(): Promise<void> {
    this.#stopWaiting();
    return new Promise((resolve) => {
      this.#onStopped = [...(this.#onStopped ?? []), resolve];
      if (this.#connection === undefined) resolve();
      else this.#options.close(this.#connection);
    });
  }

  #ended(end: End): void {
    const { now, random, backoff, intervalMs, stableMs, onDown } = this.#options;
    const upMs = this.#upSince === undefined ? undefined : now() - this.#upSince;
    if (upMs !== undefined) this.#downSince = now();
    this.#failures = upMs !== undefined && upMs >= stableMs ? 0 : this.#failures + 1;
    this.#connection = undefined;
    this.#upSince = undefined;
    const retryMs = Math.max(backoffMs(this.#failures, backoff, random()), intervalMs - (upMs ?? 0));
    onDown(end, { upMs, retryMs });
    if (this.#onStopped === undefined) this.#waitFor(retryMs);
    else for (const onStopped of this.#onStopped) onStopped();
  }

  #waitFor(retryMs: number): void {
    const retry = () => {
      this.#stopWaiting();
      this.#open();
    };
    const timer = setTimeout(retry, retryMs);
    this.#wait = { timer, watch: this.#options.watch?.(retry) };
  }

  #stopWaiting(): void {
    clearTimeout(this.#wait?.timer);
    this.#wait?.watch?.close();
    this.#wait = undefined;
  }
}
