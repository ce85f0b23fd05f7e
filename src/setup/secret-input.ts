// A secret from standard input: of a program, or of a person who types it and whom nobody may watch.
import { isatty } from "node:tty";
import { Interrupted } from "./prompter.ts";

/** A secret has a few dozen characters; more is something else. */
const inputCharactersMax = 4096;

/** @throws Interrupted at Ctrl-C */
export async function secretFromInput(question: string): Promise<string> {
  return (await (isatty(0) ? typedLine(question) : pipedText())).trim();
}

/** Waits for the pipe's end, however slow it is: Node and others make pipes non-blocking, so readSync() would not wait. */
async function pipedText(): Promise<string> {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) {
    text += piece;
    if (text.length > inputCharactersMax) break;
  }
  return text;
}

/** Asks on standard error: standard output may be a file. Nothing is drawn, so that every terminal will do. */
function typedLine(question: string): Promise<string> {
  const { stdin, stderr } = process;
  return new Promise<string>((resolve, reject) => {
    let line = "";
    function take(keys: string): void {
      for (const key of keys) {
        // The first of these counts: later ones settle nothing.
        if (key === "\x03") reject(new Interrupted());
        else if (key === "\r" || key === "\n" || key === "\x04") resolve(line);
        else if (key === "\x7f" || key === "\b") line = line.slice(0, -1);
        else if (key === "\x15") line = "";
        else if (key >= " " && line.length < inputCharactersMax) line += key;
      }
    }
    // Without the terminal's echo from before the question is seen.
    stdin.setRawMode(true).setEncoding("utf8");
    stdin.on("data", take).once("end", () => resolve(line));
    stderr.write(`${question}: `);
  }).finally(() => {
    stdin.setRawMode(false).removeAllListeners("data").pause();
    stderr.write("\n");
  });
}
