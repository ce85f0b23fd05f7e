/** The rules of `monitor`, `control` and `metrics`; see `rules.ts`. */
import type { Mismatch } from "./findings.ts";
import { isLoopback } from "./loopback.ts";
import type { Rule } from "./rule.ts";

/** unix(7): `sun_path` has 108 bytes, the last one a NUL. */
const socketPathBytesMax = 107;

function pathFault(socket = ""): Mismatch | undefined {
  const byteCount = Buffer.byteLength(socket);
  if (byteCount <= socketPathBytesMax) return undefined;
  return { expected: `a path of at most ${socketPathBytesMax} bytes`, found: `${byteCount} bytes` };
}

export const watchRules: readonly Rule[] = [
  {
    at: "monitor.socket",
    reads: ["monitor.socket"],
    check: ({ monitor }) => pathFault(monitor.socket),
  },
  {
    at: "control.socket",
    reads: ["control.socket", "monitor.socket"],
    check: ({ monitor, control }) =>
      control.socket !== undefined && control.socket === monitor.socket
        ? { expected: "another path than monitor.socket has", found: "the same" }
        : pathFault(control.socket),
  },
  {
    at: "metrics.host",
    reads: ["metrics.host", "metrics.port"],
    check: ({ metrics: { host, port } }) =>
      port === undefined || isLoopback(host)
        ? undefined
        : {
            severity: "warning",
            expected: "127.0.0.1, because whoever reaches another address can read the metrics",
            found: host,
          },
  },
  {
    at: "metrics.file",
    reads: ["metrics.file"],
    check: ({ metrics: { file } }) =>
      file === undefined || file.endsWith(".prom")
        ? undefined
        : { expected: "a name that ends in .prom, because node_exporter reads no other", found: "another one" },
  },
];
