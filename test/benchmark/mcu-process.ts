// The MCU as a process of its own: it first says the path of its tty, then does as it is told and answers with its counts.
import type { McuControl } from "../../src/lab/mcu/control.ts";
import type { McuCounts } from "../../src/lab/mcu/counts.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { answerParent } from "./children.ts";

export type McuRequest = { readonly controls: readonly McuControl[] };
export type McuReady = { readonly path: string };

const mcu = await startVirtualMcu(JSON.parse(process.argv[2] ?? "{}"));
answerParent<McuRequest, McuCounts>(async ({ controls }) => {
  for (const control of controls) await mcu.control(control);
  return mcu.counts();
});
process.send?.({ path: mcu.path } satisfies McuReady);
