/**
 * One gateway for a device on this machine. The hub lets a device have one session: a second gateway would take it and
 * have no port to serve it with.
 *
 * The lock is a name among Linux's abstract sockets: bind(2) gives it to one process, and the kernel takes it back however
 * that process ends. Who finds it taken asks there for the process; the answer is proved by the device's secret, because
 * any user of the machine may take a name first: such a one is told and has no other effect.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface LockedIdentity {
  readonly productId: string;
  readonly deviceName: string;
  /** Where its session is: the same names at another hub are another device. */
  readonly hub: string;
  /** Both gateways have it, and nobody else. */
  readonly secret: string;
}

/** `unlocked`: nobody is known to have the identity, and nobody will know that this process does; `why` in words. */
export type Taking =
  | { readonly kind: "taken" }
  | { readonly kind: "held"; readonly pid: number }
  | { readonly kind: "unlocked"; readonly why: string };

/** A gateway answers in a millisecond, a starved one in some hundred; who says nothing for so long is told as a stranger. */
const answerMs = 2000;

/** Several that start at once, and somebody who wants to be in their way. */
const askersMax = 8;

/** A holder that ends between bind(2) and connect(2) is seen in one of these, or it is not one that ends. */
const attemptsMax = 5;

const nonceBytes = 16;
const questionLength = 2 * nonceBytes + 1;
const answerLengthMax = 100;

/** Some Node.js pad a shorter name with zeros, others do not: at its full length it is the same for all. */
const nameLength = 107;

export class IdentityLock {
  readonly #held = new Map<string, { secret: string; server: Server }>();

  /** Takes this identity beside those that are held already. Never rejects. */
  async take(identity: LockedIdentity): Promise<Taking> {
    const name = nameOf(identity);
    const held = this.#held.get(name);
    if (held !== undefined) {
      held.secret = identity.secret;
      return { kind: "taken" };
    }
    if (!hasAbstractNames()) return { kind: "unlocked", why: `Node.js ${process.versions.node} has no such lock` };
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const result = await this.#listen(name, identity.secret);
      if (result === "listening") return { kind: "taken" };
      if (result.code !== "EADDRINUSE") return { kind: "unlocked", why: result.message };
      const answer = await ask(name, identity.secret);
      if (answer.kind !== "gone") return answer;
    }
    return { kind: "unlocked", why: "its name comes and goes" };
  }

  /** Lets go of every identity but this one. */
  keepOnly(identity: LockedIdentity): void {
    const name = nameOf(identity);
    for (const [other, { server }] of this.#held) {
      if (other === name) continue;
      this.#held.delete(other);
      server.close();
    }
  }

  #listen(name: string, secret: string): Promise<"listening" | NodeJS.ErrnoException> {
    const holder = { secret, server: createServer() };
    holder.server.maxConnections = askersMax;
    holder.server.on("connection", (socket) => answerOne(socket, () => holder.secret));
    return new Promise((resolve) => {
      holder.server.once("error", resolve).listen(`\0${name}`, () => {
        // Not what the process lives for.
        holder.server.off("error", resolve).on("error", () => {});
        holder.server.unref();
        this.#held.set(name, holder);
        resolve("listening");
      });
    });
  }
}

function nameOf({ productId, deviceName, hub }: LockedIdentity): string {
  const hash = createHash("sha256").update(JSON.stringify([productId, deviceName, hub]));
  return `rrpc-gateway-${hash.digest("hex")}`.padEnd(nameLength, "-");
}

/** libuv 1.46 was the first that took a name with a zero in front for what it is; before, all of them were one. */
function hasAbstractNames(): boolean {
  const [major = 0, minor = 0] = process.versions.uv.split(".").map(Number);
  return process.platform === "linux" && (major > 1 || minor >= 46);
}

/** The holder's side: a nonce comes, the pid and its proof go. Nobody is waited for longer than `answerMs`. */
function answerOne(socket: Socket, secret: () => string): void {
  const timer = setTimeout(() => socket.destroy(), answerMs).unref();
  let question = "";
  socket.on("error", () => socket.destroy()).once("close", () => clearTimeout(timer));
  socket.setEncoding("latin1").on("data", (text: string) => {
    question += text;
    if (question.length > questionLength) socket.destroy();
    else if (question.length === questionLength) {
      socket.end(`${process.pid} ${proof(secret(), question, process.pid)}\n`);
    }
  });
}

/** Asks the holder who it is. `gone`: there is none any more. */
function ask(name: string, secret: string): Promise<Exclude<Taking, { kind: "taken" }> | { readonly kind: "gone" }> {
  const question = `${randomBytes(nonceBytes).toString("hex")}\n`;
  return new Promise((resolve) => {
    const socket = connect(`\0${name}`).setEncoding("latin1");
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
