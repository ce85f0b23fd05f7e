/** What each check makes of each kind of facts. A row is: the finding, its state, what its text has to name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FindingCode } from "../../src/config/findings.ts";
import { checkSynchronisation, checkTime } from "../../src/doctor/checks/clock.ts";
import { checkConfiguration } from "../../src/doctor/checks/configuration.ts";
import { checkCredential } from "../../src/doctor/checks/credential.ts";
import { checkHangup } from "../../src/doctor/checks/hangup.ts";
import { checkHolders } from "../../src/doctor/checks/holder.ts";
import {
  checkAddress,
  checkBareConnection,
  checkCertificate,
  checkConnection,
  checkPreSharedKey,
  checkSession,
} from "../../src/doctor/checks/hub.ts";
import { checkInterferingService } from "../../src/doctor/checks/interfering-service.ts";
import { checkLines, type HelloFaults, noLines } from "../../src/doctor/checks/lines.ts";
import { checkMcu, type Trial } from "../../src/doctor/checks/mcu.ts";
import { isMcuIncident } from "../../src/doctor/checks/mcu-incident.ts";
import { checkOnline } from "../../src/doctor/checks/online.ts";
import { checkPortAccess, checkPortPath, type PortFacts } from "../../src/doctor/checks/port.ts";
import { checkConfigurationAccess, checkSecret } from "../../src/doctor/checks/secret.ts";
import { formatIn, noBareProbe } from "../../src/doctor/facts/strict-reading.ts";
import { checks, type Finding, type State } from "../../src/doctor/finding.ts";
import { reportJson } from "../../src/doctor/report.ts";
import { findingText } from "../../src/doctor/text-report.ts";
import type { FileNode, UserIdentity } from "../../src/host/rights.ts";
import { readUnit } from "../../src/host/unit.ts";
import { describeCode } from "../../src/iot-hub/board-hints.ts";
import { hubCaFingerprint } from "../../src/iot-hub/hub-ca.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";
import { doctorReport } from "../cli/output-schemas.ts";
import { ended } from "../mqtt/ended.ts";
import { hold } from "../support/schema.ts";

type Row = readonly [finding: Finding, state: State, ...texts: readonly RegExp[]];

/** By id and code. */
const found = new Set<string>();

/** Each finding has this state, and its texts have all of these in them; who has to do something is told what. */
function checked(name: string, rows: readonly Row[]): void {
  test(name, () => {
    for (const [finding, state, ...texts] of rows) {
      found.add(`${finding.id} ${finding.code}`);
      const text = `${finding.evidence} -> ${finding.help}`;
      assert.equal(finding.state, state, text);
      for (const pattern of texts) assert.match(text, pattern);
      if (state === "warning" || state === "fault") assert.notEqual(finding.help, undefined, text);
      if (state === "ok") assert.equal(finding.help, undefined, text);
    }
  });
}

const node = (path: string, owner: string, group: string, mode: number): FileNode => {
  const ids: Record<string, number> = { root: 0, dialout: 20, daemon: 999, pi: 1000 };
  return { path, uid: ids[owner] ?? 1, gid: ids[group] ?? 1, owner, group, mode };
};
const above = [node("/", "root", "root", 0o755), node("/etc", "root", "root", 0o755)];
const closedAbove = [node("/", "root", "root", 0o755), node("/root", "root", "root", 0o700)];

const unitName = "rrpc-gateway.service";
const service: UserIdentity = {
  name: "daemon",
  uid: 999,
  gids: [999, 20],
  source: `User= of ${unitName}`,
  unit: unitName,
};
const dynamic: UserIdentity = { ...service, uid: undefined, gids: [20], source: `DynamicUser= of ${unitName}` };
const stranger: UserIdentity = { name: "pi", uid: 1000, gids: [1000], source: "--user", unit: undefined };

const configFinding = {
  file: "c.yaml",
  line: 3,
  column: 5,
  path: "hub.keyFile",
  expected: "a file",
  found: "another",
} as const;
const configured = (severity: "fault" | "warning", code: FindingCode, isRoot = true, namedFile = "/etc/s") =>
  checkConfiguration({
    file: "c.yaml",
    findings: [{ ...configFinding, severity, code, ...(code === "insecure_file" && { namedFile }) }],
    isRoot,
  })[0] as Finding;

checked("the configuration: what `check` finds, and what another user may see", [
  [checkConfiguration({ file: "c.yaml", findings: [], isRoot: false })[0] as Finding, "ok", /c\.yaml/],
  [configured("warning", "insecure_file"), "warning", /c\.yaml:3:5/, /chmod 600 \/etc\/s/],
  [configured("fault", "invalid"), "fault", /rrpc-gateway check --config c\.yaml/],
  [configured("fault", "unreadable"), "fault", /rrpc-gateway check --config c\.yaml/],
  [configured("fault", "no_credentials"), "fault", /LoadCredential=/],
  [configured("fault", "denied", false), "warning", /not readable by this user/, /sudo/],
  [configured("fault", "denied"), "fault"],
]);

test("a finding of the configuration has its place for programs", () => {
  const findings = [configFinding, { ...configFinding, path: "" }].map(
    (one) => ({ ...one, severity: "fault", code: "invalid" }) as const,
  );
  const report = JSON.parse(
    reportJson({ configFile: "/c.yaml", user: "root" }, checkConfiguration({ file: "c.yaml", findings, isRoot: true })),
  );
  hold(doctorReport, report);
  assert.deepEqual(
    report.findings.map(({ line, column, path }: Record<string, unknown>) => [line, column, path]),
    [
      [3, 5, "hub.keyFile"],
      [3, 5, undefined],
    ],
  );
});

const config = (mode: number, folders = above, user = service) =>
  checkConfigurationAccess(
    { path: "/etc/c.yaml", nodes: [...folders, node("/etc/c.yaml", "root", "daemon", mode)] },
    user,
  );

checked("the configuration: whether the service may read it", [
  [config(0o640), "ok", /root:daemon, mode 0640/],
  [config(0o600), "fault", /closed to daemon \(User= of rrpc/, /sudo chgrp daemon \/etc\/c\.yaml/],
  [config(0o644, closedAbove), "fault", /\/root is root:root, mode 0700/, /chgrp daemon \/root/],
  [config(0o640, above, dynamic), "fault", /DynamicUser=/, /deviceSecretCredential/],
  [checkConfigurationAccess({ path: "/etc/c.yaml", nodes: undefined }, service), "unknown", /not visible/],
]);

const secret = (owner: string, mode: number, via: "file" | "credential" | "configuration", folders = above) =>
  checkSecret({ path: "/etc/s", nodes: [...folders, node("/etc/s", owner, "dialout", mode)], via }, service);

checked("the secret: nobody but the service, and the service", [
  [secret("daemon", 0o600, "file"), "ok", /daemon:dialout, mode 0600/],
  [secret("root", 0o600, "credential"), "ok", /systemd passes it/],
  [secret("root", 0o600, "file"), "fault", /closed to daemon/, /sudo chown daemon \/etc\/s/],
  [secret("daemon", 0o604, "file"), "fault", /every user/, /chmod 600 \/etc\/s/],
  [secret("root", 0o644, "credential"), "fault", /every user/],
  [secret("daemon", 0o604, "file", [node("/", "root", "root", 0o755), node("/p", "daemon", "root", 0o700)]), "ok"],
  [secret("daemon", 0o640, "file"), "warning", /group dialout/],
  [secret("root", 0o640, "configuration"), "ok"],
  [secret("root", 0o600, "configuration"), "fault", /a file of its own/],
  [checkSecret({ path: "/etc/s", nodes: undefined, via: "credential" }, service), "unknown", /not visible/, /sudo/],
]);

const ofBoard = (user: UserIdentity) =>
  checkSecret(
    { path: "/etc/s", nodes: [...above, node("/etc/s", "root", "dialout", 0o600)], via: "file", board: "pump" },
    user,
  );

checked("the secret of a board's device, which the service reads itself", [
  [ofBoard(service), "fault", /closed to daemon/, /sudo chown daemon \/etc\/s/],
  [
    ofBoard(dynamic),
    "fault",
    /DynamicUser=/,
    /LoadCredential=pump-secret:\/etc\/s in the unit, and boards\.pump\.device\.secretFile: \/run\/credentials\//,
  ],
]);

const credential = (isSame: boolean | undefined) =>
  checkCredential({ unit: unitName, source: "/etc/rrpc-gateway/device-secret", isSame });

checked("the secret that the service was given at its start", [
  [credential(true), "ok", /has the present content of \/etc\/rrpc-gateway\/device-secret/],
  [credential(false), "warning", /has changed since .* a reload does not pass it on/, /systemctl restart /],
  [credential(undefined), "unknown", /only root may read/, /sudo/],
]);

const device = (path: string, mode = 0o660, group = "dialout", isCharacterDevice = true) =>
  ({
    kind: "present",
    path,
    node: node(path, "root", group, mode),
    isCharacterDevice,
    hasLogin: false,
  }) as const;
const byId = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0";
const stableNames = [{ name: byId, device: "/dev/ttyUSB0" }];
const port = (path: string, found: PortFacts["device"], names = stableNames, plugged = names.map(({ name }) => name)) =>
  checkPortPath({ path, device: found, plugged, stableNames: names });

checked("the port's name: there, a port, and the same one after a restart", [
  [port(byId, device("/dev/ttyUSB0")), "ok", /leads to \/dev\/ttyUSB0/],
  [port("/dev/ttyUSB0", device("/dev/ttyUSB0")), "warning", new RegExp(`serial\\.path: ${byId}$`)],
  [port("/dev/ttyUSB1", device("/dev/ttyUSB1")), "warning", /udev rule/],
  [port("/dev/ttyACM0", device("/dev/ttyACM0"), []), "warning"],
  [port("/dev/pts/3", device("/dev/pts/3")), "warning"],
  [port("/dev/ttyAMA0", device("/dev/ttyAMA0")), "ok"],
  [
    port("/dev/ttyUSB7", { kind: "absent" }),
    "fault",
    /does not exist; plugged in: .*A50285BI/,
    /serial\.path: .*A50285BI/,
  ],
  [port("/tmp/mcu", { kind: "absent" }, []), "fault", /^\/tmp\/mcu does not exist ->/, /start what makes this link/],
  [port("/dev/ttyUSB7", { kind: "absent" }, []), "fault", /no USB serial adapter is plugged in/, /lsusb/],
  [
    port("/dev/ttyUSB7", { kind: "absent" }, [], ["/dev/ttyUSB0"]),
    "fault",
    /plugged in: \/dev\/ttyUSB0/,
    /serial\.path: \/dev\/ttyUSB0/,
  ],
  [port("/root/tty", { kind: "hidden" }), "unknown", /may not enter/],
  [port("/etc/hosts", device("/etc/hosts", 0o644, "root", false)), "fault", /is not a serial port/],
]);

const closedUnit = readUnit(unitName, ["[Service]\nDevicePolicy=closed\nDeviceAllow=char-ttyUSB rw\n"], "");

checked("the port's rights: the service's user, its groups, and the unit's devices", [
  [checkPortAccess(device("/dev/ttyUSB0"), service, closedUnit, undefined), "ok", /root:dialout, mode 0660/],
  [checkPortAccess(device("/dev/ttyUSB0"), dynamic, undefined, undefined), "ok"],
  [
    checkPortAccess({ ...device("/dev/ttyAMA0", 0o600, "tty"), hasLogin: true }, service, closedUnit, undefined),
    "fault",
    /console is on it/,
    /raspi-config.*serial-getty@ttyAMA0\.service.*console=ttyAMA0/,
  ],
  [checkPortAccess(device("/dev/ttyUSB0"), stranger, closedUnit, undefined), "fault", /sudo usermod -aG dialout pi/],
  [
    checkPortAccess(device("/dev/ttyUSB0"), { ...service, gids: [] }, undefined, undefined),
    "fault",
    /SupplementaryGroups=dialout/,
  ],
  [
    checkPortAccess(device("/dev/ttyUSB0", 0o600, "root"), service, undefined, undefined),
    "fault",
    /GROUP="dialout", MODE="0660"/,
  ],
  [checkPortAccess(device("/dev/ttyACM0"), service, closedUnit, undefined), "fault", /DeviceAllow=char-ttyACM rw/],
  [
    checkPortAccess(device("/dev/ttyUSB0"), service, closedUnit, "device_cgroup"),
    "fault",
    /started before the kernel knew that class/,
    /systemctl restart rrpc-gateway\.service/,
  ],
  [checkPortAccess(device("/dev/ttyUSB0"), service, closedUnit, "busy"), "ok"],
]);

const holder = (name: string, gatewayConfig?: string) => ({ pid: 77, name, gatewayConfig });
const held = (holders: readonly ReturnType<typeof holder>[], hiddenCount = 0, released?: string) =>
  checkHolders({ device: "/dev/ttyUSB0", configFile: "/etc/c.yaml", released, holders, hiddenCount });

checked("who has the port: nobody, we, or a stranger", [
  [held([]), "ok", /no process/],
  [held([holder("node", "/etc/c.yaml")], 90), "ok", /our own gateway \(process 77\)/],
  [held([], 90), "unknown", /90 processes of other users/, /sudo fuser -v \/dev\/ttyUSB0/],
  [held([holder("minicom")]), "fault", /minicom \(process 77\)/],
  [held([holder("avrdude")], 0, "rrpc-gateway (process 5) of user pi"), "ok", /has released .* of user pi/],
  [held([holder("ModemManager")], 90), "fault", /systemctl disable --now ModemManager/],
  [held([holder("agetty")]), "fault", /agetty/, /serial-getty@ttyUSB0\.service/],
  [
    held([holder("node", "/etc/other.yaml"), holder("node", "/etc/c.yaml")]),
    "fault",
    /another rrpc-gateway .*other\.yaml/,
  ],
]);

const interfering = (program: "ModemManager" | "brltty", pid?: number, installedAt?: string, keptAwayBy?: string) => ({
  program,
  pid,
  installedAt,
  keptAwayBy,
});

checked("ModemManager and brltty", [
  [checkInterferingService(interfering("ModemManager"), true), "ok", /not installed/],
  [checkInterferingService(interfering("brltty"), true), "ok", /not installed/],
  [checkInterferingService(interfering("ModemManager", 5), false), "ok", /no USB adapter/],
  [checkInterferingService(interfering("brltty", 5, undefined, "a rule"), true), "ok", /a rule keeps it away/],
  [
    checkInterferingService(interfering("ModemManager", 5, "/usr/sbin/ModemManager"), true),
    "warning",
    /process 5/,
    /remove modemmanager/,
  ],
  [
    checkInterferingService(interfering("ModemManager", 5, "/usr/sbin/ModemManager", "a rule"), true),
    "ok",
    /a rule keeps it away/,
  ],
  [
    checkInterferingService(interfering("brltty", undefined, "/usr/bin/brltty"), true),
    "warning",
    /installed \(\/usr\/bin\/brltty\)/,
  ],
  [checkInterferingService(interfering("brltty", 5, "/usr/bin/brltty"), false), "ok", /no USB adapter/],
]);

const hangup = (hupcl: boolean | "unseen", hasRestarted?: boolean, isOnBoard = false) => {
  const facts = hupcl === "unseen" ? noStty : ({ kind: "known", isSet: hupcl } as const);
  return checkHangup({ hupcl: facts, option: "leave", hasRestarted, isOnBoard });
};
const noStty = { kind: "unseen", why: "there is no stty here" } as const;
const switchedOff = (hasRestarted?: boolean) =>
  checkHangup({ hupcl: { kind: "known", isSet: true }, option: "off", hasRestarted, isOnBoard: false });

checked("what opening does to the MCU: seen, or known from HUPCL", [
  [hangup(true, true), "warning", /leaves HUPCL as it is: set, .*restarted/, /serial\.hupcl: off.*10 µF/],
  [hangup(true, false), "ok", /kept running/],
  [hangup(false, true), "warning", /leaves HUPCL as it is: not set, .*restarted/, /10 µF between .*first opening$/],
  [switchedOff(), "ok", /the gateway switches HUPCL off/],
  [switchedOff(true), "warning", /the gateway switches HUPCL off, .*restarted/, /10 µF between .*first opening$/],
  [hangup(true), "warning", /auto-reset/],
  [hangup(true, undefined, true), "ok", /on-board/],
  [hangup(false), "ok"],
  [hangup("unseen"), "unknown", /there is no stty here/],
  [hangup("unseen", false), "ok"],
]);

const at = (text: string) => Date.parse(text);

checked("the clock", [
  [checkTime(at("2026-11-23"), at("2026-11-01"), true), "ok", /2026-11-23T00:00:00Z/],
  [checkTime(at("1970-01-01"), at("2026-11-01"), true), "fault", /says 1970-01-01, .* from 2026-11-01/, /set-ntp/],
  [checkTime(at("1970-01-01"), at("2026-11-01"), false), "warning"],
  [checkTime(at("2020-01-01"), at("1985-10-26"), true), "fault", /from 2026-01-01/],
  [checkSynchronisation({ kind: "known", isSynchronised: true, says: "chrony" }), "ok", /chrony/],
  [checkSynchronisation({ kind: "known", isSynchronised: false, says: "chrony" }), "warning", /set-ntp/],
  [
    checkSynchronisation({ kind: "unseen", why: "there is no chronyc here" }),
    "unknown",
    /not visible: there is no chronyc/,
  ],
]);

const endpoint: Endpoint = { transport: "tls", host: "hub.example", port: 8883 };
const failure = (...args: Parameters<typeof ended>) => ({ kind: "failed", end: ended(...args) }) as const;
const failed = failure("connection_refused", "tls://hub.example:8883 while connecting: ECONNREFUSED");
const link = (subject: string, until: string, fingerprint = "AA:BB") => ({ subject, fingerprint, untilMs: at(until) });
const chain = [link("CN=hub", "2027-06-01"), link("CN=www.tencent.com", "2032-11-23", hubCaFingerprint)];
const certificate = { kind: "shown", chain, end: undefined, protocol: "TLSv1.3", passedOver: [] } as const;
const agreed = { kind: "agreed", protocol: "TLSv1.2", cipher: "TLS_PSK_WITH_AES_128_CBC_SHA", passedOver: [] } as const;
const untrusted = { ...certificate, end: ended("tls_ca_wrong", "not trusted") };

checked("the way to the hub, step by step", [
  [
    checkAddress(endpoint, { kind: "resolved", addresses: ["192.0.2.1"], tookMs: 12 }),
    "ok",
    /hub\.example is 192\.0\.2\.1/,
  ],
  [checkAddress(endpoint, failure("dns_failed", "ENOTFOUND")), "fault", /name server/, /getent ahosts hub\.example/],
  [
    checkConnection(endpoint, {
      kind: "connected",
      attempts: [
        { address: "2001:db8::1", end: undefined },
        { address: "192.0.2.1", end: { error: undefined, tookMs: 12 } },
        { address: "192.0.2.2", end: { error: Object.assign(new Error("no"), { code: "ECONNREFUSED" }), tookMs: 9 } },
      ],
      connected: ["192.0.2.1"],
      tookMs: 12,
    }),
    "ok",
    /connected to 192\.0\.2\.1 port 8883 \(12 ms\); of its other addresses: 2001:db8::1 no answer, 192\.0\.2\.2 ECONNREFUSED/,
  ],
  [checkConnection(endpoint, failed), "fault", /ECONNREFUSED/, /nothing listens/, /nc -vz hub\.example 8883/],
  [
    checkCertificate(endpoint, certificate, at("2026-11-23")),
    "ok",
    /IoT Hub's own root, until 2032-11-23, SHA-256 3B:1F/,
  ],
  [checkCertificate(endpoint, certificate, at("2027-05-20")), "warning", /only 12 more days/],
  [
    checkCertificate(endpoint, { ...certificate, passedOver: ["192.0.2.1"] }, at("2026-11-23")),
    "warning",
    /sent nothing: 192\.0\.2\.1/,
    /uses the other addresses/,
  ],
  [checkCertificate(endpoint, untrusted, at("2026-11-23")), "fault", /not trusted \[CN=hub.*AA:BB/, /console/],
  [checkCertificate(endpoint, failed, at("2026-11-23")), "fault", /openssl s_client -connect hub\.example:8883/],
  [checkPreSharedKey(agreed), "ok", /TLSv1\.2, TLS_PSK.*: the hub knows the device secret; no certificate/],
  [checkPreSharedKey({ ...agreed, passedOver: ["192.0.2.1"] }), "warning", /sent nothing: 192\.0\.2\.1/],
  [checkPreSharedKey(failure("psk_wrong_key", "alert")), "fault", /another secret for this device/],
  [checkBareConnection({ ...endpoint, transport: "tcp" }), "warning", /can read it/, /-> set hub\.transport: tls/],
]);

for (const [facts, ...expected] of [
  [{ kind: "up", roundTripMs: 30, online: new Map() }, "ok accepted", "ok granted"],
  [failure("refused_credentials", "CONNACK 4"), "fault refused_credentials", "unknown not_tried"],
  [failure("subscription_refused", "SUBACK 128"), "ok accepted", "fault subscription_refused"],
  [failure("suback_timeout", "no SUBACK"), "ok accepted", "fault suback_timeout"],
] as const)
  test(`CONNACK and SUBACK are told apart: ${expected.join(", ")}`, () => {
    const both = checkSession(facts, true);
    for (const { id, code } of both) found.add(`${id} ${code}`);
    assert.deepEqual(
      both.map(({ state, code }) => `${state} ${code}`),
      expected,
    );
  });

test("where no board answers for the gateway's own device, nothing is said of its subscription", () => {
  for (const facts of [
    { kind: "up", roundTripMs: 30, online: new Map() },
    failure("refused_credentials", "CONNACK 4"),
  ] as const)
    assert.deepEqual(
      checkSession(facts, false).map(({ id }) => id),
      ["hub.connack"],
    );
});

const gateway = "our own gateway (process 42) says: ";

checked("whether the hub passes a board's calls on, and what to do about each of its codes", [
  [
    checkOnline({ kind: "online" }, gateway, false),
    "ok",
    /^our own gateway \(process 42\) says: online, and its requests come/,
  ],
  [
    checkOnline({ kind: "refused", operation: "online", code: -1 }, "", false),
    "fault",
    /^the hub refuses to report it online: code -1, it is not bound to this gateway -> bind it in the console, or/,
  ],
  [checkOnline({ kind: "refused", operation: "online", code: -1 }, "", true), "ok", /code -1.*; the gateway binds it/],
  // A gateway that says so has tried to bind it.
  [checkOnline({ kind: "refused", operation: "online", code: -1 }, gateway, true), "fault", /42.*code -1/],
  [
    checkOnline({ kind: "refused", operation: "bind", code: 803 }, gateway, true),
    "fault",
    /bind it to this gateway: code 803, a bad signature -> check its secret/,
  ],
  ...[-2, 801, 802, 804, 805, 806, 807, 808, 809, 810].map((code): Row => {
    const { what, advice } = describeCode(code);
    const finding = checkOnline({ kind: "refused", operation: "online", code }, "", true);
    assert.equal(finding.help, advice);
    return [finding, "fault", new RegExp(`code ${code}, ${what}`)];
  }),
  [
    checkOnline({ kind: "no_answer", operation: "online" }, "", false),
    "fault",
    /did not answer: report.*broker of your own/,
  ],
  [checkOnline({ kind: "not_permitted" }, "", false), "fault", /SUBACK 128 -> in the console, permit the RRPC topics/],
  [checkOnline({ kind: "not_a_gateway" }, "", false), "fault", /results.*SUBACK 128 -> .*is a gateway product/],
  [checkOnline({ kind: "unbound" }, gateway, false), "fault", /unbound in the console -> bind it there again/],
  [checkOnline({ kind: "absent" }, gateway, false), "ok", /offline to the hub, because the board is away/],
]);

const hello = {
  window: 2,
  lineBytesMax: 256,
  crc: true,
  dedup: 4,
  cancel: false,
  boot: "7F3A",
  firmware: "pump-1.4.2",
};
/** Nothing was seen but the answer. */
const seen = { lines: noLines, echoCount: 0 };
const greeted = (baudRate: number): Trial => ({ baudRate, ...seen, answer: { kind: "hello", hello, tookMs: 41 } });
const none = (baudRate: number, lineCount = 0, strayBytes = 0): Trial => ({
  baudRate,
  ...seen,
  answer: { kind: "none", lineCount, strayBytes },
});

checked("the MCU's answer, or where it does answer", [
  [checkMcu(greeted(115200), [], "maybe"), "ok", /pump-1\.4\.2, window 2, .*boot 7F3A/],
  [
    checkMcu(none(115200, 0, 30), [none(57600), greeted(9600)], "maybe"),
    "fault",
    /30 bytes .* at 9600 baud/,
    /baudRate: 9600$/,
  ],
  [
    checkMcu(none(115200), [none(9600), none(57600)], "maybe"),
    "warning",
    /^no hello at 115200 baud, nor at 9600, 57600/,
    /GND/,
  ],
  [checkMcu(none(115200, 7), [], "maybe"), "warning", /7 lines that are no answer/, /it is alive/],
  [
    checkMcu({ baudRate: 9600, ...seen, answer: { kind: "other_version", version: "rrpc/2" } }, [], "maybe"),
    "fault",
    /rrpc\/2/,
  ],
  [
    checkMcu(
      { baudRate: 9600, ...seen, answer: { kind: "no_port", message: "/dev/ttyUSB0 is in use", hint: "end it" } },
      [],
      "maybe",
    ),
    "fault",
    /in use -> end it/,
  ],
]);

/** Seven data bits and even parity, as a port of eight bits reads them. */
const evenParity = Buffer.from("=rrpc/1 window=1\n").map((byte) => {
  const ones = byte.toString(2).replaceAll("0", "").length;
  return ones % 2 === 1 ? byte | 0x80 : byte;
});
const inOtherFormat = formatIn(Buffer.from(evenParity)) ?? assert.fail();
assert.equal(formatIn(Buffer.from("=rrpc/1 window=1\n")), undefined);

const strict = (faults: Partial<HelloFaults>) => ({
  ...noLines,
  hello: { malformed: undefined, checksum: undefined, memory: undefined, ...faults },
});

checked("what breaks the protocol in a hello, and why an MCU does not answer that does otherwise", [
  [
    checkMcu({ ...none(9600, 4), lines: strict({ malformed: "its hello: window=0, expected 1 to 256" }) }, [], "maybe"),
    "fault",
    /^its hello: window=0, expected 1 to 256 -> docs\/line-protocol\.md/,
  ],
  [
    checkMcu({ ...greeted(9600), lines: strict({ malformed: "its hello: two spaces" }) }, [], "maybe"),
    "warning",
    /pump-1\.4\.2.*; but its hello: two spaces/,
  ],
  [
    checkMcu({ ...greeted(9600), lines: strict({ memory: "dedup=4 without boot=…" }) }, [], "maybe"),
    "warning",
    /pump-1\.4\.2.*; but dedup=4 without boot=… -> say boot=/,
  ],
  [
    checkMcu(
      { ...none(9600), answer: { kind: "none", lineCount: 0, strayBytes: 0, instead: noBareProbe } },
      [],
      "maybe",
    ),
    "fault",
    /"\?\*C7BC" is: the gateway begins with "\?" -> answer a bare \?/,
  ],
  [
    checkMcu(
      { ...none(9600), answer: { kind: "none", lineCount: 0, strayBytes: 40, instead: inOtherFormat } },
      [],
      "maybe",
    ),
    "fault",
    /even parity \(serial\.dataBits: 7, serial\.parity: even\); without it they say "=rrpc\/1 window=1" -> set serial\.dataBits: 7/,
  ],
]);

checked("what was sent and comes back", [
  [checkMcu({ ...greeted(9600), echoCount: 2 }, [], "maybe"), "ok", /boot 7F3A; sent lines come back as well/],
  [checkMcu({ ...greeted(9600), echoCount: 2 }, [], "always"), "ok", /sent lines come back as well/],
  [checkMcu(greeted(9600), [], "always"), "warning", /do not come back/, /serial\.echo: maybe/],
  [
    checkMcu({ ...none(9600), echoCount: 4 }, [{ ...none(115200), echoCount: 2 }], "maybe"),
    "warning",
    /sent lines come back, and nothing else answers at 9600 baud, nor at 115200/,
    /is TX joined to RX\?/,
  ],
  [checkMcu({ ...none(9600, 7), echoCount: 4 }, [], "maybe"), "warning", /come back, and 7 lines that are no answer/],
]);

checked("how its lines are written, and whether replies would be lost", [
  [checkLines({ ...noLines, helloCount: 2 }), "ok", /only the lines/],
  [
    checkLines({ ...noLines, helloCount: 2, skips: [{ name: "control_bytes", where: "front", byteCount: 1 }] }),
    "ok",
    /removed: in front 1 control byte/,
  ],
  [checkLines(noLines), "unknown", /it sent no hello/],
  [
    checkLines({ ...noLines, helloCount: 2, keepsCr: true }),
    "warning",
    /the CR has become part of the line -> drop one CR in front of an LF/,
  ],
  [checkLines({ ...noLines, otherLineEnd: "cr" }), "fault", /end in CR, and none in LF/, /serial\.lineEnd: cr$/],
  [
    checkLines({ ...noLines, helloCount: 1, front: Buffer.from("uart:~$ ") }),
    "fault",
    /understood, but the next has 8 bytes in front of it: "uart:~\$ ": replies with the same fault are lost/,
    /serial\.prompt: "uart:~\$ "/,
  ],
  [checkLines({ ...noLines, front: Buffer.from("I (51) wifi") }), "fault", /its hello has 11 bytes/, /log line/],
  [
    checkLines({ ...noLines, damaged: { count: 1, versionCount: 1, checksum: { came: "*c04a", right: "*C04A" } } }),
    "fault",
    /its hello ends in \*c04a; the line's checksum is \*C04A/,
    /upper-case/,
  ],
]);

const wrong = { came: "*C04B", right: "*C04A" };

checked("whether noise or the firmware is to blame for a wrong checksum", [
  [
    checkLines({ ...noLines, damaged: { count: 4, versionCount: 1, checksum: wrong } }),
    "fault",
    /its hello ends in \*C04B; the line's checksum is \*C04A/,
    /-> CRC-16/,
  ],
  [
    checkLines({ ...noLines, damaged: { count: 4, versionCount: 3, checksum: wrong } }),
    "warning",
    /4 hellos came in 3 versions, 4 of them with a wrong checksum: noise/,
    /GND/,
  ],
  [
    checkLines({ ...noLines, helloCount: 2, versionCount: 1, damaged: { count: 1, versionCount: 1, checksum: wrong } }),
    "warning",
    /3 hellos came in 2 versions, 1 of them with a wrong checksum: noise/,
    /GND/,
  ],
  [
    checkLines({ ...noLines, helloCount: 3, versionCount: 2 }),
    "warning",
    /3 hellos came in 2 versions, 0 of them with a wrong checksum: noise/,
    /GND/,
  ],
  [
    checkLines({ ...noLines, damaged: { count: 1, versionCount: 1, checksum: wrong } }),
    "warning",
    /it came only once, so it may have been noise/,
    /GND.*CRC-16/,
  ],
  [
    checkLines({ ...noLines, damaged: { count: 1, versionCount: 1, checksum: undefined } }),
    "warning",
    /its hello has no checksum \(\*HHHH\) at its end; it came only once, so it may/,
    /GND.*CRC-16/,
  ],
  [
    checkLines({ ...noLines, helloCount: 3, versionCount: 3, bootWords: ["0001", "0002", "0003"] }),
    "warning",
    /3 hellos came with different boot words \("0001", "0002", "0003"\): it restarts by itself/,
    /power.*watchdog/,
  ],
  [
    checkMcu(
      {
        ...none(9600, 4),
        lines: { ...noLines, damaged: { count: 4, versionCount: 3, checksum: wrong } },
      },
      [],
      "maybe",
    ),
    "warning",
    /no hello: hellos \(4\) whose checksum is wrong at 9600 baud/,
    /the finding about its lines/,
  ],
]);

checked("lines that end otherwise, before power and wires are doubted", [
  [
    checkMcu({ ...none(9600, 0, 530), lines: { ...noLines, otherLineEnd: "cr" } }, [], "maybe"),
    "warning",
    /no hello: 530 bytes with CR and no LF at 9600 baud/,
    /-> set serial\.lineEnd: cr$/,
  ],
]);

checked("no text carries a secret or a control character", [
  [
    checkMcu(
      { baudRate: 9600, ...seen, answer: { kind: "other_version", version: "\x1b[2J MDEyMzQ1Njc4OWFiY2RlZg==" } },
      [],
      "maybe",
    ),
    "fault",
    /\\x1B\[2J \*\*\*/,
  ],
]);

test("what an MCU says of itself steers no terminal", () => {
  const version = "rrpc/9\x1b[2J\x07";
  const text = findingText(
    checkMcu({ baudRate: 9600, ...seen, answer: { kind: "other_version", version } }, [], "maybe"),
  );
  assert.match(text, /^[^\p{Cc}]*rrpc\/9\\x1B\[2J\\x07[^\p{Cc}]*\n[^\p{Cc}]*\n$/u);
});

test("every code that a check can find is found by a row here", () => {
  // Their own tests are beside this one.
  const elsewhere = (id: string, code: string) => id.startsWith("recovery.") || isMcuIncident(code);
  const codes = Object.entries(checks).flatMap(([id, one]) => one.codes.map((code) => [id, code] as const));
  const missing = codes.filter(([id, code]) => !elsewhere(id, code) && !found.has(`${id} ${code}`));
  assert.deepEqual(missing, []);
});
