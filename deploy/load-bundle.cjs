// Loads the bundle, with what V8 compiled of it before, where that fits. Without, a quarter of a start is spent on reading and
// compiling what is the same at every start.
"use strict";
const { createHash } = require("node:crypto");
const { readFileSync, statSync } = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");
const { cachedDataVersionTag } = require("node:v8");
const { Script } = require("node:vm");

const bundle = join(__dirname, "gateway.cjs");
/** Written by compile.cjs for the Node.js of this machine. It is in no package, and nothing needs it. */
const codeCache = join(__dirname, "../gateway.code-cache");

/**
 * V8 takes a cache for right that was made for a source of the same length or of which a byte has changed on the disk, and then does anything.
 * So its first bytes tell what it was made by, what it was made of, and what it is.
 *
 * @param {Buffer} source
 * @param {Buffer} code
 */
function digestOf(source, code) {
  const { size, mtimeMs } = statSync(process.execPath);
  const maker = [process.arch, process.versions, cachedDataVersionTag(), size, mtimeMs];
  return createHash("sha256").update(JSON.stringify(maker)).update(source).update(code).digest();
}

const digestBytes = 32;

/** @param {Buffer} source */
function readCodeCache(source) {
  try {
    const file = readFileSync(codeCache);
    const code = file.subarray(digestBytes);
    return digestOf(source, code).equals(file.subarray(0, digestBytes)) ? code : undefined;
  } catch {
    return undefined; // There is none, or it cannot be read: it only saves time.
  }
}

/**
 * Runs the bundle.
 *
 * @param {{ readonly isFresh?: boolean }} [how] `isFresh`: without a code cache
 * @returns what a code cache is made of
 */
function loadBundle({ isFresh = false } = {}) {
  const source = readFileSync(bundle);
  const cachedData = isFresh ? undefined : readCodeCache(source);
  // A cache that V8 refuses is as good as none: it then compiles the source.
  const script = new Script(Module.wrap(source.toString()), { filename: bundle, cachedData });
  const loaded = new Module(bundle, module);
  loaded.filename = bundle;
  require.cache[bundle] = loaded;
  script.runInThisContext().call(loaded.exports, loaded.exports, Module.createRequire(bundle), loaded, bundle, __dirname);
  return { source, script };
}

module.exports = { codeCache, digestOf, loadBundle };
