/** A configuration with any boards, without a file: every option has its declared default. */
import type { BoardConfig, BoardDevice } from "../../src/config/board-config.ts";
import type { Config } from "../../src/config/load.ts";
import { options, type Settings } from "../../src/config/options.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";
import { declaredDefaults } from "./declared-defaults.ts";

/** What a board has otherwise than the defaults. Without a device it answers for the gateway; its port is /dev/NAME. */
export interface BoardDifferences {
  readonly device?: BoardDevice;
  readonly serial?: Partial<BoardConfig["serial"]>;
  readonly rrpc?: Partial<BoardConfig["rrpc"]>;
  readonly events?: Partial<BoardConfig["events"]>;
}

/** Boards by their names, in this order; the hub is a broker at 127.0.0.1 unless `hub` says otherwise. */
export function configOfBoards(
  boards: Readonly<Record<string, BoardDifferences>> = { [soleBoard]: {} },
  hub: Partial<Config["hub"]> = {},
): Config {
  const { hub: hubDefaults, log, monitor, control, remote, metrics } = declaredDefaults(options) as unknown as Settings;
  const { sdkAppId, region, port, keepaliveS, pingIntervalS, connectTimeoutMs, qos, topics } = hubDefaults;
  const session = { sdkAppId, region, port, keepaliveS, pingIntervalS, connectTimeoutMs, qos, topics };
  const auth = { kind: "key", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==", hmac: "sha256" } as const;
  const identity = { productId: "ABCDEFGH12", deviceName: "gateway01", auth };
  return {
    hub: { ...session, identity, ca: undefined, transport: "tcp", host: "127.0.0.1", ...hub },
    boards: Object.entries(boards).map(([name, differences]) => boardOf(name, differences)),
    log,
    monitor,
    control,
    remote,
    metrics,
  };
}

/** A sub-device of one product, which has no secret and counts as online while the session is up. */
export function subDevice(deviceName: string): BoardDevice & { readonly kind: "sub_device" } {
  const presence = { kind: "session" } as const;
  return { kind: "sub_device", productId: "SUBPRODUCT", deviceName, secret: undefined, presence };
}

function boardOf(name: string, { device, serial, rrpc, events }: BoardDifferences): BoardConfig {
  const defaults = declaredDefaults(options) as unknown as Settings;
  return {
    name,
    device: device ?? { kind: "gateway" },
    serial: { ...defaults.serial, path: `/dev/${name}`, ...serial },
    rrpc: { ...defaults.rrpc, ...rrpc },
    events: { ...defaults.events, ...events },
  };
}
