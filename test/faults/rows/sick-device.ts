import { startDaemon } from "../../support/daemon.ts";
import { createSickDevice, type SickDevice } from "../../support/shims/hanging-open.ts";
import type { TestbedOptions } from "../testbed.ts";

/** A testbed whose gateway can find that opening the row's port does not return. */
export function sickDevice(): { readonly testbed: TestbedOptions; readonly device: () => SickDevice } {
  let device: SickDevice | undefined;
  return {
    testbed: {
      launch: (args, onStderr, env) => startDaemon(args, onStderr, { ...env, ...device?.env }),
      before({ link, folder }) {
        device = createSickDevice(link, folder);
      },
    },
    device() {
      if (device === undefined) throw new Error("the testbed is not open");
      return device;
    },
  };
}
