import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { stopLimitMs } from "../../src/cli/run.ts";

const checkout = new URL("../../", import.meta.url).pathname;
const linesOf = (path: string) => readFileSync(`${checkout}${path}`, "utf8").split("\n");

/** What an instance's unit has instead of a line of the single unit. */
const instead: readonly (readonly [RegExp, string])[] = [
  [/^(Description=.*)$/, "$1 (%i)"],
  [/^(ExecStart=.*)\/config\.yaml$/, "$1/%i.yaml"],
  [/^(ExecReload=.*)\/config\.yaml$/, "$1/%i.yaml"],
  [/^(LoadCredential=device-secret:\/etc\/rrpc-gateway\/)device-secret$/, "$1%i.secret"],
];

test("the unit of an instance differs from the single one by the instance's files alone", () => {
  const single = linesOf("rrpc-gateway.service");
  const changed = new Set<RegExp>();
  const expected = single.map((line) => {
    for (const [pattern, replacement] of instead) {
      if (!pattern.test(line)) continue;
      changed.add(pattern);
      return line.replace(pattern, replacement);
    }
    return line;
  });
  assert.equal(changed.size, instead.length);
  // The two lines at the top say what each is for.
  assert.deepEqual(linesOf("deploy/rrpc-gateway@.service").slice(2), expected.slice(2));
});

/** Each stops something that docs/security.md names. */
const restrictions = [
  "User=rrpc-gateway",
  "LoadCredential=device-secret:/etc/rrpc-gateway/device-secret",
  // A core dump would have the secret in it.
  "LimitCORE=0",
  "WatchdogSignal=SIGKILL",
  "UMask=0077",
  "MemoryMax=192M",
  "OOMPolicy=continue",
  "TasksMax=512",
  "DevicePolicy=closed",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "ProtectProc=invisible",
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
  "SocketBindDeny=any",
  "NoExecPaths=/",
  "ExecPaths=/usr",
];

test("the unit has every restriction that the security page counts on", () => {
  const unit = linesOf("rrpc-gateway.service");
  for (const line of restrictions) assert.ok(unit.includes(line), line);
});

test("the page's unit has the restrictions of the gateway's, but that it listens, and has neither ports nor the secret", () => {
  const lines = linesOf("deploy/rrpc-gateway-page.service");
  const others = ["DeviceAllow=", "SocketBindDeny=any", "RestrictAddressFamilies=", "ReadWritePaths=", "TasksMax="];
  const ofGateway = linesOf("rrpc-gateway.service")
    .slice(linesOf("rrpc-gateway.service").indexOf("DevicePolicy=closed"))
    .filter((line) => /^[A-Z]\w+=/.test(line) && !others.some((other) => line.startsWith(other)));
  assert.deepEqual(
    ofGateway.filter((line) => !lines.includes(line)),
    [],
  );
  assert.doesNotMatch(lines.join("\n"), /DeviceAllow|SupplementaryGroups|LoadCredential/);
});

test("the first configuration is the example, with the secret where the units have it", () => {
  const installed = execFileSync("bash", ["-c", ". deploy/layout.sh; first_configuration"], {
    cwd: checkout,
    encoding: "utf8",
  });
  const example = linesOf("config.example.yaml");
  const different = installed.split("\n").filter((line, index) => line !== example[index]);
  assert.equal(different.length, 2);
  assert.match(different[0] ?? "", /^ {2}#deviceSecretFile: /);
  assert.match(different[1] ?? "", /^ {2}deviceSecretCredential: device-secret\b/);
});

test("systemd waits for longer than the longest orderly stop", () => {
  const [, limitS] = /^TimeoutStopSec=(\d+)$/m.exec(linesOf("rrpc-gateway.service").join("\n")) ?? [];
  assert.ok(Number(limitS) * 1000 >= stopLimitMs + 5000, `${limitS} s, ${stopLimitMs} ms`);
});
