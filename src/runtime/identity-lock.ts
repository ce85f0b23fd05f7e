/**
 * Allows one gateway for each device on this machine. The hub lets a device have one session: a second gateway would take it over, and
 * then has no port to serve it with.
 *
 * The lock is the name of an abstract socket (Linux). bind(2) gives the name to one process, and the kernel frees it when that process
 * ends, however it ends. A gateway that finds the name taken asks its holder for the process id and a proof that it is a gateway of
 * the device, because any user of the machine may take the name first: such a stranger is logged, and delays a start by `patience` at
 * most. A holder that has proved itself once may be suspended for as long as it likes. Before version 20, Node.js could not bind different
 * abstract names; there the lock is a file, which contains the answer.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { abstractListener, abstractName } from "./abstract-name.ts";
import { answerOne, answerTo, ask, provedPid } from "./identity-proof.ts";
import { lockFile } from "./lock-file.ts";

export interface LockedIdentity {
  readonly productId: string;
  readonly deviceName: string;
  /** The same names at another hub are another device. */
  readonly hub: string;
  /** Only gateways of this device know it. */
  readonly secret: string;
}

/** `unlocked`: no other gateway is known to have the identity, but this one could not lock it; `why` in words. */
export type Taking =
  | { readonly kind: "taken" }
  | { readonly kind: "held"; readonly pid: number }
  | { readonly kind: "unlocked"; readonly why: string };

/** `unclear`: another try may tell more; `why` is what to say if it does not. */
type Try = Taking | { readonly kind: "unclear"; readonly why: string };

/**
 * How often it is tried until a silent holder is a stranger. A try takes up to 2 s, so that this is 36 s: a gateway that stands still for
 * longer is ended by its watchdog (WatchdogSec=30), which frees the name.
 */
const patience = { tries: 12, pauseMs: 1000 };

/** Several gateways that start at once, and a process that wants to be in their way. */
const askersMax = 8;

/** The question that the answer in a lock file belongs to, how soon after the locking the answer is written, and how often it is read. */
const fileQuestion = "file\n";
const fileAnswerMs = 50;
const fileReadsMax = 5;

/** An identity that this process holds. */
interface Holding {
  /** From now on answers are proved by this secret. */
  prove(secret: string): void;
  release(): void;
}

/** A holder that has proved itself: `socket` is what the kernel calls the one that it listens on. */
interface ProvedHolder {
  readonly socket: string;
  readonly pid: number;
}

export class IdentityLock {
  readonly #patience: typeof patience;
  readonly #held = new Map<string, Holding>();
  readonly #proved = new Map<string, ProvedHolder>();

  constructor(patienceOfTest = patience) {
    this.#patience = patienceOfTest;
  }

  /** Takes this identity too, beside those that are held already. Takes up to 36 s if the holder of its name is silent. Never rejects. */
  async take(identity: LockedIdentity): Promise<Taking> {
    const name = nameOf(identity);
    let why = "";
    for (let count = 0; count < this.#patience.tries; count++) {
      const result = await this.#try(name, identity.secret);
      // Another call of this process has just got it.
      if (result.kind === "held" && this.#held.has(name)) continue;
      if (result.kind !== "unclear") return result;
      why = result.why;
      await sleep(this.#patience.pauseMs);
    }
    return { kind: "unlocked", why };
  }

  /** Lets go of every identity but this one. */
  keepOnly(identity: LockedIdentity): void {
    const name = nameOf(identity);
    for (const [other, held] of this.#held) {
      if (other === name) continue;
      this.#held.delete(other);
      held.release();
    }
  }

  async #try(name: string, secret: string): Promise<Try> {
    const held = this.#held.get(name);
    if (held !== undefined) {
      held.prove(secret);
      return { kind: "taken" };
    }
    const address = abstractName(name);
    if (address === undefined) return await this.#tryFile(name, secret);
    const result = await this.#listen(name, address, secret);
    if (result === "listening") return { kind: "taken" };
    if (result.code !== "EADDRINUSE") return { kind: "unlocked", why: result.message };
    return await this.#askHolder(name, address, secret);
  }

  async #askHolder(name: string, address: string, secret: string): Promise<Try> {
    const socket = abstractListener(address);
    const answer = await ask(address, secret);
    if (answer.kind === "proved") {
      // The same one before and after, so that it is the one that answered.
      if (socket !== undefined && socket === abstractListener(address)) {
        this.#proved.set(name, { socket, pid: answer.pid });
      }
      return { kind: "held", pid: answer.pid };
    }
    const proved = this.#proved.get(name);
    if (proved !== undefined && proved.socket === abstractListener(address)) return { kind: "held", pid: proved.pid };
    switch (answer.kind) {
      case "gone":
        return { kind: "unclear", why: "its name comes and goes" };
      case "silent":
        return { kind: "unclear", why: "the name of its lock is held by a process that does not answer" };
      case "stranger":
        return { kind: "unlocked", why: "the name of its lock is held by a process that is no gateway of this device" };
      default:
        return answer satisfies never;
    }
  }

  async #tryFile(name: string, secret: string): Promise<Try> {
    try {
      for (let count = 0; count < fileReadsMax; count++) {
        const result = await lockFile(name);
        if (result.kind === "slow") return { kind: "unclear", why: "flock did not end in time" };
        if (result.kind === "taken") {
          const prove = (secret: string) => result.write(answerTo(fileQuestion, secret));
          prove(secret);
          this.#held.set(name, { prove, release: result.release });
          return { kind: "taken" };
        }
        const pid = provedPid(result.text, secret, fileQuestion);
        if (pid !== undefined) return { kind: "held", pid };
        // It may not have written yet.
        await sleep(fileAnswerMs);
      }
      return { kind: "unlocked", why: "the file of its lock is held by a process that is no gateway of this device" };
    } catch (error) {
      return { kind: "unlocked", why: error instanceof Error ? error.message : String(error) };
    }
  }

  #listen(name: string, address: string, secret: string): Promise<"listening" | NodeJS.ErrnoException> {
    let provedBy = secret;
    const server = createServer((socket) => answerOne(socket, () => provedBy));
    server.maxConnections = askersMax;
    function prove(secret: string): void {
      provedBy = secret;
    }
    return new Promise((resolve) => {
      server.once("error", resolve).listen(address, () => {
        // It does not keep the process alive.
        server.off("error", resolve).on("error", () => {});
        server.unref();
        this.#held.set(name, { prove, release: () => server.close() });
        resolve("listening");
      });
    });
  }
}

function nameOf({ productId, deviceName, hub }: LockedIdentity): string {
  const hash = createHash("sha256").update(JSON.stringify([productId, deviceName, hub]));
  return `rrpc-gateway-${hash.digest("hex")}`;
}
