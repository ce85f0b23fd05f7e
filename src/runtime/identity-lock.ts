/**
 * Allows one gateway for each device on this machine. The hub lets a device have one session: a second gateway would take it over, and
 * then has no port to serve it with.
 *
 * The lock is the name of an abstract socket (Linux). bind(2) gives the name to one process, and the kernel frees it when that process
 * ends, however it ends. A gateway that finds the name taken connects to it and asks for the process id. The device's secret proves
 * the answer, because any user of the machine may take the name first: such a process is logged and has no other effect. Before version
 * 20, Node.js could not bind different abstract names; there the lock is a file, which contains the answer.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { abstractName } from "./abstract-name.ts";
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

/** A gateway answers within 1 ms, on a starved machine within some 100 ms. Who does not answer is no gateway. */
const answerMs = 2000;

/** Several gateways that start at once, and a process that wants to be in their way. */
const askersMax = 8;

/** The holder may end between our bind(2) and connect(2); not several times in a row. */
const attemptsMax = 5;

const nonceBytes = 16;
const questionLength = 2 * nonceBytes + 1;
const answerLengthMax = 100;

/** The question that the answer in a lock file belongs to, and how soon after the locking the answer is written. */
const fileQuestion = "file\n";
const fileAnswerMs = 50;

/** An identity that this process holds. */
interface Holding {
  /** From now on answers are proved by this secret. */
  prove(secret: string): void;
  release(): void;
}

export class IdentityLock {
  readonly #held = new Map<string, Holding>();

  /** Takes this identity too, beside those that are held already. Never rejects. */
  async take(identity: LockedIdentity): Promise<Taking> {
    const name = nameOf(identity);
    const held = this.#held.get(name);
    if (held !== undefined) {
      held.prove(identity.secret);
      return { kind: "taken" };
    }
    const address = abstractName(name);
    if (address === undefined) return await this.#takeFile(name, identity.secret);
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const result = await this.#listen(name, address, identity.secret);
      if (result === "listening") return { kind: "taken" };
      if (result.code !== "EADDRINUSE") return { kind: "unlocked", why: result.message };
      const answer = await ask(address, identity.secret);
      if (answer.kind !== "gone") return answer;
    }
    return { kind: "unlocked", why: "its name comes and goes" };
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

  async #takeFile(name: string, secret: string): Promise<Taking> {
    try {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const result = await lockFile(name);
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

/** The holder's side: reads a nonce, and answers with the pid and its proof. Waits for nobody longer than `answerMs`. */
function answerOne(socket: Socket, secret: () => string): void {
  const timer = setTimeout(() => socket.destroy(), answerMs).unref();
  let question = "";
  socket.on("error", () => socket.destroy()).once("close", () => clearTimeout(timer));
  socket.setEncoding("latin1").on("data", (text: string) => {
    question += text;
    if (question.length > questionLength) socket.destroy();
    else if (question.length === questionLength) {
      socket.end(answerTo(question, secret()));
    }
  });
}

/** Asks the holder who it is. `gone`: the name is free again. */
function ask(address: string, secret: string): Promise<Exclude<Taking, { kind: "taken" }> | { readonly kind: "gone" }> {
  const question = `${randomBytes(nonceBytes).toString("hex")}\n`;
  return new Promise((resolve) => {
    const socket = connect(address).setEncoding("latin1");
    const timer = setTimeout(() => end("does not answer"), answerMs);
    let answer = "";

    function end(why: string): void {
      clearTimeout(timer);
      socket.destroy();
      const pid = provedPid(answer, secret, question);
      if (pid !== undefined) resolve({ kind: "held", pid });
      else resolve({ kind: "unlocked", why: `the name of its lock is held by a process that ${why}` });
    }

    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNREFUSED") return end(`does not answer (${error.message})`);
      clearTimeout(timer);
      resolve({ kind: "gone" });
    });
    socket.on("data", (text: string) => {
      answer += text;
      if (answer.length > answerLengthMax) end("is no gateway of this device");
    });
    socket.on("end", () => end("is no gateway of this device"));
    socket.write(question);
  });
}

function answerTo(question: string, secret: string): string {
  return `${process.pid} ${proof(secret, question, process.pid)}\n`;
}

function provedPid(answer: string, secret: string, question: string): number | undefined {
  const [, pid = "", given = ""] = /^(\d{1,10}) ([0-9a-f]{64})\n$/.exec(answer) ?? [];
  if (pid === "" || !timingSafeEqual(Buffer.from(given), Buffer.from(proof(secret, question, Number(pid))))) {
    return undefined;
  }
  return Number(pid);
}

function proof(secret: string, question: string, pid: number): string {
  return createHmac("sha256", secret).update(`rrpc-gateway holds ${pid} ${question}`).digest("hex");
}
