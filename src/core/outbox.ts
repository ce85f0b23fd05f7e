import type { Output } from "./output.ts";
import type { DropName, Report } from "./report.ts";

/** What one step asks for, in that order. */
export class Outbox {
  #outputs: Output[] = [];

  add(...outputs: readonly Output[]): void {
    this.#outputs.push(...outputs);
  }

  report(report: Report): void {
    this.#outputs.push({ kind: "report", report });
  }

  drop(
    name: DropName,
    details: { readonly processId?: string; readonly detail?: string; readonly isKnown?: boolean } = {},
  ): void {
    this.report({ kind: "dropped", name, ...details });
  }

  /** All of it; the next step begins with nothing. */
  take(): readonly Output[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
