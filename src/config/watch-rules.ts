/** The rules of `monitor` and `metrics`; see `rules.ts`. */
import { isLoopback } from "./loopback.ts";
import type { Rule } from "./rule.ts";

/** unix(7): `sun_path` has 108 bytes, the last one a NUL. */
const socketPathBytesMax = 107;

export const watchRules: readonly Rule[] = [
  {
    at: "monitor.socket",
    reads: ["monitor.socket"],
    check: ({ monitor: { socket = "" } }) => {
      const byteCount = Buffer.byteLength(socket);
      return byteCount <= socketPathBytesMax
        ? undefined
        : { expected: `a path of at most ${socketPathBytesMax} bytes`, found: `${byteCount} bytes` };
    },
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
