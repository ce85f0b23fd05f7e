// Several MCUs in one process, each on a tty of its own: more processes would cost more than what is measured.
import type { McuControl } from "../../src/lab/mcu/control.ts";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { answerParent } from "./children.ts";

export type McusRequest = { readonly index: number; readonly control: McuControl };

const mcus = await Promise.all(
  (JSON.parse(process.argv[2] ?? "[]") as VirtualMcuOptions[]).map((options) => startVirtualMcu(options)),
);
answerParent<McusRequest, object>(async ({ index, control }) => {
  await mcus[index]?.control(control);
  return {};
});
process.send?.({});
