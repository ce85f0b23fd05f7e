import type { Outside } from "./outside.ts";

/**
 * A port that somebody has. It stays the same one by whatever name a configuration calls it, and also while its chip, which waits in its
 * bootloader, has no tty.
 */
export class HeldPort {
  readonly path: string;
  readonly #outside: Pick<Outside, "socketOfTty" | "devicePath">;
  /** Where they were when it was released. */
  readonly #device: string;
  readonly #socket: string | undefined;

  constructor(path: string, outside: Pick<Outside, "socketOfTty" | "devicePath">) {
    this.path = path;
    this.#outside = outside;
    this.#device = outside.devicePath(path);
    this.#socket = outside.socketOfTty(path);
  }

  isAt(path: string): boolean {
    const { devicePath } = this.#outside;
    const device = devicePath(path);
    return path === this.path || device === this.#device || device === devicePath(this.path);
  }

  /** Whether its adapter is in this USB socket, or behind a hub that is. */
  isBehind(socket: string): boolean {
    return [this.#outside.socketOfTty(this.path), this.#socket].some((own) => isBehind(own, socket));
  }
}

export const isBehind = (own: string | undefined, socket: string): boolean =>
  own === socket || own?.startsWith(`${socket}.`) === true;
