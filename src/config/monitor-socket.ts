import { dirname, resolve } from "node:path";
import { fileBytesMax } from "./load.ts";
import { readYaml } from "./reading.ts";
import { readTextFile } from "./text-file.ts";

/** The unit's RuntimeDirectory= makes this folder. */
const howToHaveOne = `it has no monitor.socket, so the gateway cannot be watched. Add these lines and reload it (SIGHUP):

monitor:
  socket: /run/rrpc-gateway/monitor.sock    # in a folder that exists and that the gateway may write to`;

/**
 * The `monitor.socket` of a configuration file. The rest of the file is not checked: whoever may watch need not be allowed to read the
 * files with the secrets.
 *
 * @returns if there is none, why, in words
 */
export function monitorSocket(
  file: string,
): { readonly kind: "socket"; readonly socket: string } | { readonly kind: "none"; readonly why: string } {
  const source = readTextFile(file, fileBytesMax);
  if (source.kind === "unreadable")
    return { kind: "none", why: `${file}: expected a readable configuration file, found ${source.found}` };
  const { settings } = readYaml(source.text, dirname(resolve(file)));
  if (settings === undefined)
    return { kind: "none", why: `${file}: not a configuration: rrpc-gateway check says where` };
  const { socket } = settings.monitor;
  if (socket === undefined) return { kind: "none", why: `${file}: ${howToHaveOne}` };
  return { kind: "socket", socket };
}
