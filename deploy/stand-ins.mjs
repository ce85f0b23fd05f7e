// What a bundle has in place of packages that are loaded and not needed as they are.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** By package; paths from the checkout. */
export const standIns = {
  // mqtt.js brings a copy of Node's own streams: 130 kB, and 1 MiB of memory.
  "readable-stream": "node:stream",
  debug: "./deploy/no-debug.cjs",
  bl: "./deploy/bytes-in-pieces.cjs",
  re2js: "./deploy/re2js-on-demand.cjs",
  ws: "./deploy/ws-on-demand.cjs",
};

/** Packages that mqtt.js and serialport load, and this program never calls. */
const notCalled = [
  // MQTT 5's topic aliases, and a browser's timers.
  "lru-cache",
  "worker-timers",
  // A port as a stream, one that is none, and the parsers of other protocols.
  "@serialport/stream",
  "@serialport/binding-mock",
  ...[
    "byte-length",
    "cctalk",
    "inter-byte-timeout",
    "packet-length",
    "ready",
    "regex",
    "slip-encoder",
    "spacepacket",
  ].map((name) => `@serialport/parser-${name}`),
];

/** The same, files of packages: mqtt.js in other environments and behind proxies, and the ports of other systems. */
const notCalledFiles = ["mqtt/build/lib/connect/(wx|ali|socks)", "@serialport/bindings-cpp/dist/(win32|darwin)"];

/** The daemon reads YAML, and writes none. */
const notCalledByDaemon = ["yaml/dist/stringify/\\w+"];

/** @param {{ readonly isDaemon: boolean }} what is bundled */
export const leaveOut = ({ isDaemon }) => ({
  name: "leave-out",
  setup({ onLoad, onResolve }) {
    const files = isDaemon ? [...notCalledFiles, ...notCalledByDaemon] : notCalledFiles;
    const fileLeftOut = new RegExp(`/node_modules/(${files.join("|")})(\\.js)?$`);
    const leave = (path) => ({ path, namespace: "not-called" });
    onResolve({ filter: new RegExp(`^(${notCalled.join("|")})$`) }, ({ path }) => leave(path));
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = fileLeftOut.exec(join(resolveDir, path))?.[1];
      return file === undefined ? undefined : leave(file);
    });
    onLoad({ filter: /.*/, namespace: "not-called" }, ({ path }) => ({
      contents: `module.exports = require("./not-called.cjs")(${JSON.stringify(path)});`,
      resolveDir: dirname(fileURLToPath(import.meta.url)),
    }));
  },
});
