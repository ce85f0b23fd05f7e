// Lines that come at any time, above a line that a person is typing.
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { terminalAt } from "./terminal.ts";

export interface LineTerminal {
  /** Whether a person types: on a terminal at both ends. */
  readonly isTerminal: boolean;
  /** Prints a line. What is being typed stays whole, below it. */
  say(line: string): void;
  /** Hands on every line of standard input from now on; on a terminal with a prompt. */
  listen(onLine: (line: string) => void): void;
  /** Resolves when a person leaves, by Ctrl-C or Ctrl-D; never where input is a file or a pipe, which may just end. */
  readonly left: Promise<void>;
  close(): void;
}

/** What was typed before, for the arrow keys. */
export interface History {
  /** The newest first. */
  readonly lines: readonly string[];
  readonly linesMax: number;
}

/**
 * @param prompt stands in front of what is typed, on a terminal that can move its cursor
 * @param history what was typed in earlier sessions; without it, what is typed in this one is kept for this one
 */
export function openLineTerminal(
  prompt: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
  history?: History,
): LineTerminal {
  const isTerminal = input.isTTY === true && output.isTTY === true;
  const canMove = isTerminal && terminalAt(output, env).canMove;
  const print = (line: string) => output.write(`${line}\n`);
  const kept = history && { history: [...history.lines], historySize: history.linesMax };
  let lines: Interface | undefined;
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });

  return {
    isTerminal,
    left,
    say: (line) => (lines !== undefined && canMove ? printAbove(lines, () => print(line)) : print(line)),
    listen(onLine) {
      lines = canMove ? createInterface({ input, output, prompt, ...kept }) : createInterface({ input });
      lines.on("line", (line) => {
        onLine(line);
        if (canMove) lines?.prompt();
      });
      if (isTerminal) lines.on("SIGINT", leave).on("close", leave);
      if (canMove) lines.prompt();
    },
    close() {
      const open = lines;
      lines = undefined;
      open?.close();
      if (canMove && open !== undefined) output.write("\r\x1b[K");
    },
  };

  /** Takes what is typed off the screen, prints, and draws it again with the cursor where it was. */
  function printAbove(typing: Interface, printLine: () => void): void {
    moveCursor(output, 0, -typing.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    printLine();
    // Node's note of how many rows its last drawing had above the cursor: it would go up by as many, over what we printed.
    Object.assign(typing, { prevRows: 0 });
    typing.prompt(true);
  }
}
