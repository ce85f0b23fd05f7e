/**
 * Connects to a host that may have several addresses, as RFC 8305 ("Happy Eyeballs") has it: an attempt to the next one
 * starts while the earlier ones go on, and the first that connects is taken. Node's own way ends each attempt but the last
 * after 250 ms, which is less than a handshake takes over a slow mobile network.
 */

import { ADDRCONFIG, type LookupAddress } from "node:dns";
import { lookup as lookUp } from "node:dns/promises";
import net from "node:net";
import { performance } from "node:perf_hooks";
import { inKernel } from "../runtime/in-kernel.ts";

/** RFC 8305 §5, "Connection Attempt Delay". */
const attemptDelayMs = 250;

/** The last one starts within 2 s. A name with more addresses has them in another order the next time. */
const attemptsMax = 8;

/** One address, and what came of it so far. */
export interface Attempt {
  readonly address: string;
  /** Undefined while it is under way, or where another one was faster. */
  readonly end: { readonly error: Error | undefined; readonly tookMs: number } | undefined;
}

/** What a race needs of the world. */
export interface RaceWorld {
  readonly lookup: (host: string) => Promise<readonly LookupAddress[]>;
  readonly connect: (address: string, port: number) => net.Socket;
}

export interface RaceOptions {
  readonly host: string;
  readonly port: number;
  /** Addresses that are tried after all others: they took a connection and made nothing of it. */
  readonly avoid?: readonly string[] | undefined;
}

export interface RaceListener {
  /** Once, and last: the connected socket. */
  readonly onConnected: (socket: net.Socket, address: string) => void;
  /** Once, and last: no address could be found, or none of them be connected to. */
  readonly onFailed: (error: Error) => void;
}

export interface Race {
  /** Every attempt that was begun; empty while the name is looked up. */
  attempts(): readonly Attempt[];
  /** Gives up. Nothing follows. */
  cancel(): void;
}

/** Starts looking up and connecting. `listener` is never called before this has returned; how long it may take is the caller's part. */
export function connectToFirst(
  { host, port, avoid = [] }: RaceOptions,
  { onConnected, onFailed }: RaceListener,
  { lookup, connect }: RaceWorld = { lookup: addressesOf, connect: (address) => net.connect({ host: address, port }) },
): Race {
  const attempts: { address: string; socket: net.Socket; end: Attempt["end"] }[] = [];
  let waiting: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  function begin(found: readonly LookupAddress[]): void {
    if (isOver) return;
    waiting = inOrder(found, avoid);
    if (waiting.length === 0) fail(Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" }));
    else startNext();
  }

  function startNext(): void {
    clearTimeout(timer);
    const [address, ...others] = waiting;
    if (address === undefined) return;
    waiting = others;
    const startedAtMs = performance.now();
    const attempt: (typeof attempts)[number] = { address, socket: connect(address, port), end: undefined };
    attempts.push(attempt);
    const ended = (error: Error | undefined) => {
      attempt.end = { error, tookMs: performance.now() - startedAtMs };
    };
    attempt.socket.once("connect", () => {
      if (isOver) return;
      ended(undefined);
      finish(attempt.socket);
      onConnected(attempt.socket, address);
    });
    attempt.socket.on("error", (error) => {
      if (isOver) return;
      ended(error);
      if (waiting.length > 0) startNext();
      else if (attempts.every(({ end }) => end !== undefined)) fail(error);
    });
    if (waiting.length > 0) timer = setTimeout(startNext, attemptDelayMs);
  }

  function fail(error: Error): void {
    if (isOver) return;
    finish(undefined);
    onFailed(error);
  }

  function finish(winner: net.Socket | undefined): void {
    isOver = true;
    clearTimeout(timer);
    for (const { socket } of attempts) if (socket !== winner) socket.destroy();
  }

  const family = net.isIP(host);
  const found = family === 0 ? lookup(host) : Promise.resolve([{ address: host, family }]);
  // What a listener throws is a bug: it goes past these handlers and ends the process.
  void found.then(begin, fail);

  return {
    attempts: () => attempts.map(({ address, end }) => ({ address, end })),
    cancel: () => finish(undefined),
  };
}

/** The resolver's own order (RFC 6724), the families in turn, those to be avoided last; at most `attemptsMax`. */
export function inOrder(found: readonly LookupAddress[], avoid: readonly string[] = []): readonly string[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const second = found.filter(({ family }) => family !== found[0]?.family);
  const order: string[] = [];
  for (let place = 0; place < found.length; place += 1) {
    for (const list of [first, second]) {
      const entry = list[place];
      if (entry !== undefined && !order.includes(entry.address)) order.push(entry.address);
    }
  }
  const isAvoided = (address: string) => avoid.includes(address);
  return [...order.filter((address) => !isAvoided(address)), ...order.filter(isAvoided)].slice(0, attemptsMax);
}

/** What `avoid` is after a connection with `address`, undefined where there was no connection. */
export function addressesToAvoid(
  avoid: readonly string[],
  address: string | undefined,
  wasUp: boolean,
): readonly string[] {
  if (address === undefined) return avoid;
  const others = avoid.filter((other) => other !== address);
  return wasUp ? others : [...others, address].slice(-attemptsMax);
}

/** Lookups under way. A name server that answers nothing holds one of libuv's four threads for up to a minute. */
const underWay = new Map<string, Promise<readonly LookupAddress[]>>();

/** All addresses of a name, of the families that this machine has. The same name is looked up once at a time. */
export function addressesOf(host: string): Promise<readonly LookupAddress[]> {
  const pending = underWay.get(host);
  if (pending !== undefined) return pending;
  const found = inKernel(() => lookUp(host, { all: true, verbatim: true, hints: ADDRCONFIG })).finally(() =>
    underWay.delete(host),
  );
  underWay.set(host, found);
  return found;
}
