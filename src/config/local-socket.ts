import { readSettings } from "./file-settings.ts";

/** The sockets through which programs at the same machine reach the running gateway. */
export type SocketName = "monitor" | "control";

/** What cannot be done without it. */
const purposes: Readonly<Record<SocketName, string>> = { monitor: "watched", control: "used from here" };

/** The unit's RuntimeDirectory= makes this folder. */
const howToHaveOne = (name: SocketName) => `it has no ${name}.socket, so the gateway cannot be ${purposes[name]}. \
Add these lines and reload it (SIGHUP):

${name}:
  socket: /run/rrpc-gateway/${name}.sock    # in a folder that exists and that the gateway may write to`;

/** A socket that a configuration file names; or why there is none, in words. */
export type LocalSocket =
  | { readonly kind: "socket"; readonly name: SocketName; readonly socket: string }
  | { readonly kind: "none"; readonly why: string };

/**
 * The first of these sockets that a configuration file names. The rest of the file is not checked: whoever may use a socket need
 * not be allowed to read the files with the secrets.
 */
export function localSocket(file: string, ...names: readonly [SocketName, ...SocketName[]]): LocalSocket {
  const read = readSettings(file);
  if (read.kind === "none") return read;
  for (const name of names) {
    const { socket } = read.settings[name];
    if (socket !== undefined) return { kind: "socket", name, socket };
  }
  return { kind: "none", why: `${file}: ${howToHaveOne(names[0])}` };
}
