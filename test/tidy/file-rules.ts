import { file, type Rule } from "./rule.ts";
import { importsOf, lineAt, partOf, type SourceFile, withoutComments } from "./source.ts";

/** A file of this many lines can still be read in one sitting; the aim is half of it. */
const linesMax = 300;

/** What makes a step depend on more than its input. `process` is the global object, not part of a longer name. */
const impure =
  /\b(Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask|process|console|fetch)\b|Math\.random/g;

/**
 * Words of unfinished work, and traces of how and where the project is made. Written so that this file has none of them.
 */
const unfit: readonly RegExp[] = [
  /\b(TO[D]O|FI[X]ME|HA[C]K|X{3})\b/g,
  /\/wor[k]\//g,
  /\bissu[e] #?\d/gi,
  // A lock file that names a host works only where that host is.
  /"resolve[d]": "/g,
];

const word = (...letters: readonly string[]) => letters.join("");

/** What a pattern finds in a text, each with its line. */
function found(text: string, pattern: RegExp, what: string): string[] {
  return [...text.matchAll(pattern)].map((match) => `${lineAt(text, match.index)}: ${what}: ${match[0]}`);
}

const isPure = ({ path }: SourceFile) => partOf(path) === "core" || partOf(path) === "protocol";

export const fileRules: readonly Rule[] = [
  {
    says: "core and protocol have no clock, no timer, no randomness, no process and no part of Node.js",
    because: "time and chance come in as arguments, so that a test replays any run, and a transcript is all there is",
    check(source) {
      if (!isPure(source)) return [];
      const nodes = importsOf(source).filter(
        ({ specifier, isTypeOnly }) => specifier.startsWith("node:") && !isTypeOnly,
      );
      return [
        ...found(withoutComments(source.text), impure, "not pure"),
        ...nodes.map(({ line, specifier }) => `${line}: imports ${specifier}`),
      ];
    },
    breaks: [
      file("src/core/a.ts", "const now = Date.now();"),
      file("src/core/a.ts", "const now = new Date();"),
      file("src/core/a.ts", "const now = performance.now();"),
      file("src/protocol/a.ts", "setTimeout(() => {}, 1);"),
      file("src/protocol/a.ts", "setInterval(() => {}, 1);"),
      file("src/core/a.ts", "const spread = Math.random();"),
      file("src/core/a.ts", 'const level = process.env["LEVEL"];'),
      file("src/protocol/a.ts", "const text = `$" + "{process.pid}`;"),
      file("src/core/a.ts", 'import { createHash } from "node:crypto";'),
    ],
    keeps: [
      file("src/core/a.ts", "/** The process stood still until this Date. */", "const processId = request.processId;"),
      file("src/core/a.ts", 'import type { KeyObject } from "node:crypto";'),
      file("src/core/a.ts", 'import { type KeyObject } from "node:crypto";'),
      file("src/runtime/a.ts", 'import { performance } from "node:perf_hooks";', "setTimeout(() => {}, 1);"),
    ],
  },
  {
    says: `no file of src has more than ${linesMax} lines`,
    because: "what is feared in a codebase is its largest file, not its median",
    check({ path, text }) {
      const lines = lineAt(text, text.length) - 1;
      return path.startsWith("src/") && lines > linesMax ? [`${lines}: ${lines - linesMax} lines too many`] : [];
    },
    breaks: [file("src/core/a.ts", ...Array.from({ length: linesMax + 1 }, () => "x"))],
    keeps: [file("src/core/a.ts", ...Array.from({ length: linesMax }, () => "x"))],
  },
  {
    says: "src/mqtt knows nothing of Tencent, of RRPC and of this program's options",
    because: "the connection serves any broker; what is IoT Hub's stands in src/iot-hub",
    check: ({ path, text }) =>
      path.startsWith("src/mqtt/")
        ? found(text, /tencent|iot[ -]?hub|\brrpc\b|\bhub\b|\bconsole\b/gi, "IoT Hub's")
        : [],
    breaks: [
      file("src/mqtt/a.ts", "// What Tencent's C SDK asks for."),
      file("src/mqtt/a.ts", 'const hint = "check hub.port";'),
      file("src/mqtt/a.ts", "/** The hub says nothing. */"),
      file("src/mqtt/a.ts", 'const prefix = "$rrpc/rxd/";'),
    ],
    keeps: [file("src/mqtt/a.ts", "// A broker's own topics."), file("src/iot-hub/a.ts", "// IoT Hub's limit.")],
  },
  {
    says: "nothing is exported by default",
    because: "a thing has one name, the same wherever it is used",
    check: ({ path, text }) =>
      /(?<!\.d)\.(ts|mjs)$/.test(path)
        ? found(withoutComments(text), /^export (default\b|\{[^}]*\bas default\b)/gm, "default")
        : [],
    breaks: [file("src/mqtt/a.ts", "export default 1;"), file("test/a.ts", "const a = 1;", "export { a as default };")],
    keeps: [
      file("src/mqtt/a.ts", "// export default 1;", "export const defaultPort = 1;"),
      // What a declaration file declares is somebody else's.
      file("src/systemd/a.d.ts", "export default 1;"),
    ],
  },
  {
    says: "no file has a word of unfinished work, nor of the place where it was written",
    because: "what is unfinished is not there yet, and the project reads the same everywhere",
    check: ({ text }) => unfit.flatMap((pattern) => found(text, pattern, "unfit")),
    breaks: [
      file("src/mqtt/a.ts", `// ${word("TO", "DO")}: later`),
      file("README.md", `${word("FIX", "ME")}`),
      file("docs/a.md", `see ${word("/wo", "rk/")}main`),
      file("CHANGELOG.md", `closes ${word("iss", "ue")} 7`),
      file("package-lock.json", `      "${word("resol", "ved")}": "https://registry.example/a.tgz",`),
    ],
    keeps: [file("README.md", "Issues are welcome; it resolved itself; mastodon.")],
  },
];
