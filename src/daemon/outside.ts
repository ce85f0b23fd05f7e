import { findHolders } from "../host/port-holders.ts";
import { openSession } from "../iot-hub/session.ts";
import { openLink } from "../serial/link.ts";

/** How the outside is reached; a test puts another one there. */
export interface Outside {
  readonly openLink: typeof openLink;
  readonly openSession: typeof openSession;
  readonly holdersOf: typeof findHolders;
}

export const realOutside: Outside = { openLink, openSession, holdersOf: findHolders };
