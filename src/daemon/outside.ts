import { devicePath } from "../host/device-path.ts";
import { findHolders } from "../host/port-holders.ts";
import { socketOfTty } from "../host/usb-socket.ts";
import { openSession } from "../iot-hub/session.ts";
import { openLink } from "../serial/link.ts";

/** How the outside is reached; a test puts another one there. */
export interface Outside {
  readonly openLink: typeof openLink;
  readonly openSession: typeof openSession;
  readonly holdersOf: typeof findHolders;
  readonly socketOfTty: (path: string) => string | undefined;
  readonly devicePath: (path: string) => string;
}

export const realOutside: Outside = { openLink, openSession, holdersOf: findHolders, socketOfTty, devicePath };
