// Builds dist/, or the FOLDER that is named: the daemon as one bundle, beside it what it seldom needs, and what the serial
// port's native binding looks for one folder above the bundle. One file instead of some 400 modules: start-up is module resolution (205 ms instead of
// 497 to the first answer), and then parsing (12 ms for a megabyte).
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildPage } from "./page.mjs";
import { leaveOut, standIns } from "./stand-ins.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = resolve(process.argv[2] ?? join(root, "dist"));
// Built apart and put in its place when whole: what runs from dist/, or starts meanwhile, sees the old or the new one.
const fresh = join(dist, `.new-${process.pid}`);
const old = join(dist, `.old-${process.pid}`);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const require = createRequire(import.meta.url);
const serialport = createRequire(require.resolve("serialport/package.json"));
const bindings = dirname(dirname(serialport.resolve("@serialport/bindings-cpp")));

/** What is imported on demand, each a file of its own that is read only then. */
const apart = {
  program: "src/cli/program.ts",
  metrics: "src/observe/metrics/open.ts",
  recovery: "src/recovery/open.ts",
  prompts: "src/setup/inquirer.ts",
};
/**
 * The commands that the command line imports on demand, all in one file, which the daemon never reads: their source is as long as
 * its own, and takes as long to parse. What is asked of the daemon often, its health, is in the command line's own file.
 */
const programs = ["src/cli/program.ts", "src/cli/desk-commands.ts"];
const commands = programs
  .flatMap((program) => [...readFileSync(join(root, program), "utf8").matchAll(/import\("\.\/(\w+)\.ts"\)/g)])
  .map(([, name]) => name)
  .filter((name) => name !== "health");
const onDemand = {
  name: "on-demand",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir, importer }) => {
      if (kind !== "dynamic-import") return undefined;
      const source = relative(root, join(resolveDir, path));
      const isCommand = programs.includes(relative(root, importer)) && commands.includes(basename(path, ".ts"));
      const name = isCommand ? "tools" : Object.keys(apart).find((name) => apart[name] === source);
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
    onResolve({ filter: /^tools$/ }, ({ path }) => ({ path, namespace: "tools" }));
    // Each command's own modules are evaluated when it is called.
    onLoad({ filter: /.*/, namespace: "tools" }, () => ({
      contents: commands
        .map((name) => `export const ${name} = async (...args) => (await import("./${name}.ts")).${name}(...args);`)
        .join("\n"),
      resolveDir: join(root, "src/cli"),
    }));
  },
};

const how = {
  outdir: join(fresh, "bin"),
  outExtension: { ".js": ".cjs" },
  absWorkingDir: root,
  bundle: true,
  external: ["./re2js.cjs", "./ws.cjs"],
  alias: standIns,
  platform: "node",
  target: "node18.18",
  format: "cjs",
  // By `require`: an `import` loads Node's other module loader first, 15 ms.
  supported: { "dynamic-import": false },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  define: {
    "process.env.RRPC_GATEWAY_VERSION": JSON.stringify(version),
    "process.env.RRPC_GATEWAY_PAGE": JSON.stringify(await buildPage(root)),
  },
  logLevel: "warning",
};
await build({ ...how, entryPoints: { gateway: "src/main.ts" }, plugins: [onDemand, leaveOut({ isDaemon: true })] });
const others = { tools: "tools", ...apart, re2js: require.resolve("re2js"), ws: require.resolve("ws") };
await build({ ...how, entryPoints: others, plugins: [onDemand, leaveOut({ isDaemon: false })] });
cpSync(join(bindings, "prebuilds"), join(fresh, "prebuilds"), {
  recursive: true,
  filter: (path) => !/prebuilds\/(android|darwin|win32)/.test(path),
});
cpSync(join(root, "deploy/entry.cjs"), join(fresh, "bin/rrpc-gateway.cjs"));
for (const name of ["load-bundle.cjs", "compile.cjs"]) cpSync(join(root, "deploy", name), join(fresh, "bin", name));
chmodSync(join(fresh, "bin/rrpc-gateway.cjs"), 0o755);
// For people in a checkout: the same name as of what is installed, in every terminal and without an alias.
symlinkSync("bin/rrpc-gateway.cjs", join(fresh, "rrpc-gateway"));
// For what is started from here; a package gets its own one where it is installed, for the Node.js there.
execFileSync(process.execPath, [join(fresh, "bin/compile.cjs")], { stdio: "inherit" });

// Only what is made here is replaced: packages, images and the apt repository, to which each version is added, are in
// dist/ as well.
mkdirSync(old);
const made = readdirSync(fresh);
const present = readdirSync(dist);
for (const name of made) {
  if (present.includes(name)) renameSync(join(dist, name), join(old, name));
  renameSync(join(fresh, name), join(dist, name));
}
for (const folder of [old, fresh]) rmSync(folder, { recursive: true });
