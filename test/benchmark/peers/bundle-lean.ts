// The lean bridge as one file, made as the daemon's bundle is.
import { symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

interface StandIns {
  readonly leaveOut: (what: { readonly isDaemon: boolean }) => Plugin;
  readonly standIns: Record<string, string>;
}

const root = join(import.meta.dirname, "../../..");

/** @param folder for the program, whose path it returns */
export async function bundleLean(folder: string): Promise<string> {
  const { leaveOut, standIns } = (await import(join(root, "deploy/stand-ins.mjs"))) as StandIns;
  const program = join(folder, "bin/lean-bridge.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "lean-bridge.ts")],
    outfile: program,
    absWorkingDir: root,
    bundle: true,
    plugins: [leaveOut({ isDaemon: true })],
    external: ["./re2js.cjs", "./ws.cjs"],
    alias: standIns,
    platform: "node",
    format: "cjs",
    target: "node18.18",
    minifySyntax: true,
    minifyWhitespace: true,
  });
  // The native binding looks for its own one folder above the program.
  const serialport = createRequire(createRequire(import.meta.url).resolve("serialport/package.json"));
  const bindings = dirname(dirname(serialport.resolve("@serialport/bindings-cpp")));
  symlinkSync(join(bindings, "prebuilds"), join(folder, "prebuilds"));
  return program;
}
