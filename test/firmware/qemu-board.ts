import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { BoardProcess } from "./bench.ts";
import { buildExample } from "./build.ts";

/** Each board of the bare-metal example: QEMU's program and machine for it, and the rate of the clock that QEMU gives it. */
const emulations = {
  stm32f1: { program: "qemu-system-arm", machine: "stm32vldiscovery", clock: "-DCLOCK_HZ=24000000u" },
  fe310: { program: "qemu-system-riscv32", machine: "sifive_e,revb=true", clock: "-DMTIME_HZ=10000000u" },
} as const;

/** A board that QEMU emulates, in real time; its UART is a tty, and takes no time for a byte. */
export interface QemuBoard extends BoardProcess {
  /** Resets the chip: RAM keeps what it holds. Settles when it is done. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Compiles the example and starts it; settles when its tty can be opened. */
export async function startQemuBoard(name: keyof typeof emulations): Promise<QemuBoard> {
  const { program, machine, clock } = emulations[name];
  const variant = { folder: "build/qemu", sizes: `-DRRPC_WINDOW=2 -DRRPC_REPLY_BYTES=96 ${clock}` };
  const image = buildExample("bare-metal", `${name}.elf`, variant);
  const args = ["-machine", machine, "-kernel", image, "-display", "none", "-serial", "pty", "-qmp", "stdio"];
  const qemu = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(qemu, "exit");
  const lines = createInterface({ input: qemu.stdout })[Symbol.asyncIterator]();

  /** What a command of QEMU's machine protocol returns; events and notes before it are skipped. */
  async function execute<Result>(command: string): Promise<Result> {
    qemu.stdin.write(`${JSON.stringify({ execute: command })}\n`);
    for (;;) {
      const { value = "", done } = await lines.next();
      if (done === true) throw new Error(`${program} ended before ${command} was done`);
      if (!value.startsWith("{")) continue;
      const answer = JSON.parse(value) as { readonly return?: Result; readonly error?: { readonly desc: string } };
      if (answer.error !== undefined) throw new Error(`${program}: ${command}: ${answer.error.desc}`);
      if (answer.return !== undefined) return answer.return;
    }
  }

  await execute("qmp_capabilities");
  const devices = await execute<readonly { readonly label: string; readonly filename: string }[]>("query-chardev");
  const [, tty] = /^pty:(\S+)$/.exec(devices.find(({ label }) => label === "serial0")?.filename ?? "") ?? [];
  if (tty === undefined) throw new Error(`${program} has no tty: ${JSON.stringify(devices)}`);
  return {
    tty,
    pid: qemu.pid ?? -1,
    reset: () => execute("system_reset"),
    async stop() {
      qemu.kill();
      await exited;
    },
  };
}
