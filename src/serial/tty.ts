import type { SerialPort } from "serialport";

export type Binding = Awaited<ReturnType<typeof SerialPort.binding.open>>;

/** A port as serialport's binding opened it: it owns the settings and the modem lines. */
export type Tty = Binding & {
  /** Non-blocking: the binding opens it so. */
  readonly fd: number;
  readonly poller: Poller;
};

/** libuv's uv_poll of the descriptor, as the binding wraps it. */
interface Poller {
  on(event: "readable" | "writable", callback: (error: Error | null) => void): unknown;
  /** Polls for these in place of what was polled before; what it has seen it polls for no longer. */
  poll(bits: number): void;
  /** Calls every listener with an error. */
  stop(): void;
}
