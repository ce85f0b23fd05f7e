/**
 * How the holder of a device's lock is known: whoever asks sends a nonce, and the holder answers with its process id and a proof by the
 * device's secret. Any user of the machine may hold the lock's name, but only a gateway of the device can prove it.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { connect, type Socket } from "node:net";

/** `silent`: nothing came, from a process that stands still or from a stranger; `stranger`: a wrong answer; `gone`: the name is free. */
export type Answer =
  | { readonly kind: "proved"; readonly pid: number }
  | { readonly kind: "silent" }
  | { readonly kind: "stranger" }
  | { readonly kind: "gone" };

/** A gateway answers within 1 ms, on a starved machine within some 100 ms. */
const answerMs = 2000;

const nonceBytes = 16;
const questionLength = 2 * nonceBytes + 1;
const answerLengthMax = 100;

/** The holder's side. Waits for nobody longer than `answerMs`. */
export function answerOne(socket: Socket, secret: () => string): void {
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

/** Asks the holder who it is. Never rejects. */
export function ask(address: string, secret: string): Promise<Answer> {
  const question = `${randomBytes(nonceBytes).toString("hex")}\n`;
  return new Promise((resolve) => {
    const socket = connect(address).setEncoding("latin1");
    const timer = setTimeout(end, answerMs);
    let answer = "";

    function end(): void {
      clearTimeout(timer);
      socket.destroy();
      const pid = provedPid(answer, secret, question);
      if (pid !== undefined) resolve({ kind: "proved", pid });
      // A holder whom too many ask closes without a word.
      else resolve({ kind: answer === "" ? "silent" : "stranger" });
    }

    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNREFUSED") return end();
      clearTimeout(timer);
      resolve({ kind: "gone" });
    });
    socket.on("data", (text: string) => {
      answer += text;
      if (answer.length > answerLengthMax) end();
    });
    socket.on("end", end);
    socket.write(question);
  });
}

export function answerTo(question: string, secret: string): string {
  return `${process.pid} ${proof(secret, question, process.pid)}\n`;
}

/** The process that gave this answer; undefined if it does not prove that it has the secret. */
export function provedPid(answer: string, secret: string, question: string): number | undefined {
  const [, pid = "", given = ""] = /^(\d{1,10}) ([0-9a-f]{64})\n$/.exec(answer) ?? [];
  if (pid === "" || !timingSafeEqual(Buffer.from(given), Buffer.from(proof(secret, question, Number(pid))))) {
    return undefined;
  }
  return Number(pid);
}

function proof(secret: string, question: string, pid: number): string {
  return createHmac("sha256", secret).update(`rrpc-gateway holds ${pid} ${question}`).digest("hex");
}
