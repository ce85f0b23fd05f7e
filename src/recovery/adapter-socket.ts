import { socketOfTty } from "../host/usb-socket.ts";

/** Where the adapter behind a tty is, or was when it was last seen there. */
export interface AdapterSocket {
  readonly latest: string | undefined;
  /** Sees where it is now; where it is not there, what was seen before stays. */
  look(): void;
}

export function followAdapter(path: string, root?: string): AdapterSocket {
  let latest = socketOfTty(path, root);
  return {
    get latest() {
      return latest;
    },
    look() {
      latest = socketOfTty(path, root) ?? latest;
    },
  };
}
