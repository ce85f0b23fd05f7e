import type { BoardSettings } from "./board-options.ts";

/** One board: the device that it answers for, its serial line, and what holds for its requests and events. */
export interface BoardConfig {
  /** Its name in the file, or `soleBoard` where the file has only one. */
  readonly name: string;
  readonly device: BoardDevice;
  readonly serial: BoardSettings["serial"];
  readonly rrpc: BoardSettings["rrpc"];
  readonly events: BoardSettings["events"];
}

/** Whom callers ask when they ask the board: the gateway itself, or a device behind it that never connects. */
export type BoardDevice =
  | { readonly kind: "gateway" }
  | {
      readonly kind: "sub_device";
      readonly productId: string;
      readonly deviceName: string;
      /** Binds it to the gateway where it is not bound yet. The key of the signature is this text, not what its base64 stands for. */
      readonly secret: string | undefined;
      readonly presence: Presence;
    };

/**
 * When a sub-device counts as online: while the session is up; or only while its board serves, so that callers get
 * `DeviceOffline` from the hub once the board has been away for `afterMs`.
 */
export type Presence = { readonly kind: "session" } | { readonly kind: "board"; readonly afterMs: number };
