// Required before a program: says at its end which files of its own folder it has loaded.
const { basename, dirname } = require("node:path");

process.on("exit", () => {
  const folder = dirname(process.argv[1]);
  const files = Object.keys(require.cache).filter((file) => dirname(file) === folder);
  process.stderr.write(`loaded: ${files.map((file) => basename(file)).join(" ")}\n`);
});
