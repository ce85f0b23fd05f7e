// Required before a program: says at its end which files of its own folder it has loaded, and which of Node's own modules
// after it had set a flag of V8.
const { basename, dirname } = require("node:path");
const v8 = require("node:v8");

const { setFlagsFromString } = v8;
let early;
v8.setFlagsFromString = (flags) => {
  early ??= new Set(process.moduleLoadList);
  setFlagsFromString(flags);
};

process.on("exit", () => {
  const folder = dirname(process.argv[1]);
  const files = Object.keys(require.cache).filter((file) => dirname(file) === folder);
  process.stderr.write(`loaded: ${files.map((file) => basename(file)).join(" ")}\n`);
  const late = early === undefined ? [] : process.moduleLoadList.filter((name) => !early.has(name));
  process.stderr.write(`late: ${late.join(", ")}\n`);
});
