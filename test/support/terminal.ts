// A program in a real terminal (a pseudo-terminal by util-linux's `script`), and the screen as a person sees it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";

export interface TerminalProgram {
  /** Types; `\r` is Enter, `\x03` Ctrl-C, `\x04` Ctrl-D, `\x1b[D` the left arrow. */
  type(keys: string): void;
  /** The lines that were shown, scrolled ones too, without blanks at their ends. */
  screen(): string;
  /** Resolves to the match when the screen has it; rejects with the screen if the program ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Far longer than anything here takes, on a busy machine too. */
const limitMs = 60_000;

/** Starts a command in a terminal of its own, xterm with UTF-8 unless `env` says otherwise; it is ended with the test. */
export function startInTerminal(
  t: TestContext,
  command: readonly string[],
  { columns = 80, env = {} }: TerminalOptions = {},
): TerminalProgram {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const child = spawn("script", ["-qfec", `stty cols ${columns} rows 24; exec ${quoted}`, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, SHELL: "/bin/sh", TERM: "xterm", LC_ALL: "C.UTF-8", NO_COLOR: undefined, ...env },
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  t.after(() => child.kill("SIGKILL"));
  const screen = new Screen(columns);
  let look = () => {};
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen.write(text);
    look();
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    type: (keys) => child.stdin.write(keys),
    screen: () => screen.text(),
    ended,
    async until(pattern) {
      const found = new Promise<RegExpExecArray>((resolve) => {
        look = () => {
          const match = pattern.exec(screen.text());
          if (match !== null) resolve(match);
        };
        look();
      });
      const inVain = ended.then(() => Promise.reject(new Error(`ended before ${pattern}:\n${screen.text()}`)));
      return await Promise.race([found, inVain]);
    },
  };
}

const esc = String.fromCharCode(27);
/** A control sequence at the end that is not whole yet. */
const unfinished = new RegExp(`${esc}(\\[[0-9;?]*)?$`);
/** A control sequence, another escape sequence, or a character. */
const oneOf = new RegExp(`${esc}\\[([0-9;?]*)([@-~])|${esc}[^[]|([^${esc}])`, "gu");

/** What an xterm makes of these bytes: as much of ECMA-48 as programs here use. */
class Screen {
  readonly #columns: number;
  readonly #rows: string[][] = [[]];
  #x = 0;
  #y = 0;
  #rest = "";

  constructor(columns: number) {
    this.#columns = columns;
  }

  text(): string {
    return this.#rows
      .map((row) =>
        Array.from(row, (one) => one ?? " ")
          .join("")
          .trimEnd(),
      )
      .join("\n");
  }

  write(text: string): void {
    // A sequence may come in two pieces.
    const all = this.#rest + text;
    const cut = all.search(unfinished);
    this.#rest = cut < 0 ? "" : all.slice(cut);
    const whole = cut < 0 ? all : all.slice(0, cut);
    for (const [, parameters = "", name, other] of whole.matchAll(oneOf)) {
      if (other !== undefined) this.#put(other);
      else if (name !== undefined) this.#move(name, Number(parameters.split(";")[0] || 0));
    }
  }

  #put(character: string): void {
    if (character === "\r") this.#x = 0;
    else if (character === "\n") this.#down();
    else if (character === "\b") this.#x = Math.max(0, Math.min(this.#x, this.#columns - 1) - 1);
    else if (character >= " ") {
      // Only what follows the last column begins a new row.
      if (this.#x === this.#columns) {
        this.#x = 0;
        this.#down();
      }
      this.#row()[this.#x++] = character;
    }
  }

  #move(name: string, count: number): void {
    const by = Math.max(1, count);
    switch (name) {
      case "A":
        this.#y = Math.max(0, this.#y - by);
        break;
      case "B":
        this.#y = Math.min(this.#rows.length - 1, this.#y + by);
        break;
      case "C":
        this.#x = Math.min(this.#columns - 1, this.#x + by);
        break;
      case "D":
        this.#x = Math.max(0, Math.min(this.#x, this.#columns - 1) - by);
        break;
      case "G":
        this.#x = by - 1;
        break;
      case "J":
        if (count !== 0) break;
        this.#row().length = Math.min(this.#row().length, this.#x);
        this.#rows.length = this.#y + 1;
        break;
      case "K":
        if (count === 2) this.#row().length = 0;
        else if (count === 0) this.#row().length = Math.min(this.#row().length, this.#x);
        break;
      default: // Colours, modes.
    }
  }

  #down(): void {
    this.#y++;
    if (this.#y === this.#rows.length) this.#rows.push([]);
  }

  #row(): string[] {
    const row = this.#rows[this.#y] ?? [];
    this.#rows[this.#y] = row;
    return row;
  }
}
