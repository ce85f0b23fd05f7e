/** Which options differ in two configurations, and what each takes to be taken. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { BoardConfig, BoardDevice } from "../config/board-config.ts";
import type { Config } from "../config/load.ts";
import type { CertificateAuth, DeviceIdentity, KeyAuth } from "../iot-hub/credentials.ts";

export interface Change {
  /** Such as serial.baudRate. */
  readonly option: string;
  readonly effect: Effect;
  /** Whose option it is; undefined for what is no board's. */
  readonly board: string | undefined;
}

type Effects<Sections> = {
  readonly [Section in keyof Sections]: { readonly [Key in keyof Sections[Section]]-?: Effect };
};

/** The gentlest action that takes a changed option. */
export type Effect =
  | "log_level"
  | "monitor"
  | "control"
  | "remote"
  | "metrics"
  | "board"
  | "device"
  | "port"
  | "session_timing"
  | "session";

/**
 * The port is opened anew only where the kernel knows the option from the opening on, or where the lines of one opening would
 * be of two dialects.
 *
 * The session is replaced where the hub knows the option from CONNECT (who we are, the keepalive) or SUBSCRIBE (topics, QoS) on,
 * or where it says which hub that is and how it proves itself.
 */
const effects: Effects<Omit<Config, "boards">> = {
  hub: {
    identity: "session",
    ca: "session",
    sdkAppId: "session",
    region: "session",
    transport: "session",
    host: "session",
    port: "session",
    keepaliveS: "session",
    pingIntervalS: "session_timing",
    connectTimeoutMs: "session_timing",
    qos: "session",
    topics: "session",
  },
  log: { level: "log_level" },
  monitor: { socket: "monitor", access: "monitor" },
  control: { socket: "control", access: "control" },
  remote: { allow: "remote", prefix: "remote", perMinuteMax: "remote" },
  metrics: { port: "metrics", host: "metrics", file: "metrics", fileIntervalS: "metrics" },
};

const boardEffects: Effects<Pick<BoardConfig, "serial" | "rrpc" | "events">> = {
  serial: {
    path: "port",
    baudRate: "port",
    dataBits: "port",
    parity: "port",
    stopBits: "port",
    rtscts: "port",
    xonxoff: "port",
    dtr: "board",
    rts: "board",
    hupcl: "board",
    commandBytesMax: "board",
    replyBytesMax: "board",
    dialect: "port",
    echo: "board",
    lineEnd: "board",
    prompt: "board",
    windowMax: "board",
    helloWaitMs: "board",
    writeTimeoutMs: "board",
    stalledAfter: "board",
    probeIntervalMs: "board",
    idleProbeMs: "board",
    recovery: "board",
    lateReplyMs: "board",
    template: "port",
  },
  rrpc: { cutoffMs: "board", marginMs: "board", queueMax: "board", allow: "board", deny: "board" },
  events: { topic: "board", perSecondMax: "board", lateReplies: "board" },
};

/** Who the device is, the hub knows from the first report of it on. */
const deviceEffects = {
  productId: { option: "device.productId", effect: "device" },
  deviceName: { option: "device.deviceName", effect: "device" },
  secret: { option: "device.secretFile", effect: "device" },
  presence: { option: "device.presence", effect: "board" },
} as const satisfies Record<
  Exclude<keyof Extract<BoardDevice, { readonly kind: "sub_device" }>, "kind">,
  Omit<Change, "board">
>;

export function changedOptions(before: Config, after: Config): readonly Change[] {
  const ofBoards = after.boards.flatMap((board) => {
    const was = before.boards.find(({ name }) => name === board.name);
    if (was === undefined) return [];
    return [...deviceChanges(was, board), ...changesIn(boardEffects, was, board)]
      .filter(({ option }) => isUsed(option, [was, board]))
      .map((change) => ({ ...change, board: board.name }));
  });
  const ofOthers = changesIn(effects, before, after).flatMap(({ option, effect }) =>
    namesOf(option, before, after).map((name) => ({ option: name, effect, board: undefined })),
  );
  return [...ofBoards, ...ofOthers];
}

function deviceChanges({ device: was }: BoardConfig, { device: is }: BoardConfig) {
  if (was.kind !== is.kind) return [{ option: "device", effect: "device" as const }];
  const before = new Map<string, unknown>(Object.entries(was));
  const after = new Map<string, unknown>(Object.entries(is));
  return Object.entries(deviceEffects)
    .filter(([key]) => !isDeepStrictEqual(before.get(key), after.get(key)))
    .map(([, change]) => change);
}

function changesIn<Sections extends object>(effectsOf: Effects<Sections>, before: Sections, after: Sections) {
  return Object.entries<Readonly<Record<string, Effect>>>(effectsOf).flatMap(([section, ofSection]) => {
    const [was, is] = [before, after].map(
      (sections) => new Map<string, unknown>(Object.entries(sections[section as keyof Sections] as object)),
    );
    return Object.entries(ofSection)
      .filter(([key]) => !isDeepStrictEqual(was?.get(key), is?.get(key)))
      .map(([key, effect]) => ({ option: `${section}.${key}`, effect }));
  });
}

/** What the file calls it: a configuration that is read has the contents of files instead of their names. */
function namesOf(option: string, before: Config, after: Config): readonly string[] {
  if (option === "hub.ca") return ["hub.caFile"];
  if (option !== "hub.identity") return [option];
  const [was, is] = [before, after].map(({ hub: { identity } }) => {
    const { auth, ...names } = identity;
    return new Map<string, unknown>(Object.entries({ ...names, ...auth }));
  });
  const names = Object.entries(identityNames).flatMap(([key, name]) =>
    isDeepStrictEqual(was?.get(key), is?.get(key)) ? [] : [name],
  );
  return [...new Set(names)];
}

/** The secret may come from several options: its kind is named. */
const identityNames = {
  productId: "hub.productId",
  deviceName: "hub.deviceName",
  deviceSecret: "the device secret",
  hmac: "hub.hmac",
  cert: "the device certificate",
  key: "the device certificate",
} satisfies Record<
  Exclude<keyof DeviceIdentity, "auth"> | Exclude<keyof KeyAuth | keyof CertificateAuth, "kind">,
  string
>;

/** Lines as templates are read only where the dialect is theirs. */
function isUsed(option: string, boards: readonly BoardConfig[]): boolean {
  return option !== "serial.template" || boards.some(({ serial }) => serial.dialect === "template");
}
