import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("uart-buffer.c", import.meta.url));

export interface UartBuffer {
  /** The tty, or a link to it. */
  readonly tty: string;
  readonly baudRate: number;
  /** While this file exists nothing leaves, as with CTS off. */
  readonly holdFile?: string;
}

/** Compiles `uart-buffer.c` into the folder (needs gcc); the variables that give the buffer to a process. */
export function uartBufferEnv(folder: string, { tty, baudRate, holdFile }: UartBuffer): Record<string, string> {
  const library = join(folder, "uart-buffer.so");
  execFileSync("gcc", [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-O1",
    "-shared",
    "-fPIC",
    "-o",
    library,
    source,
    "-ldl",
    "-lpthread",
  ]);
  return {
    LD_PRELOAD: library,
    UART_BUFFER_TTY: tty,
    UART_BUFFER_BAUD: String(baudRate),
    ...(holdFile === undefined ? {} : { UART_BUFFER_HOLD: holdFile }),
  };
}
