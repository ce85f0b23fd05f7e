/** The rules of `serial.template`: what its templates and patterns must contain, each alone and all together. */
import { compilePattern } from "../protocol/template-pattern.ts";
import { parseTemplateText, unknownPlaceholder } from "../protocol/template-text.ts";
import type { Mismatch } from "./findings.ts";
import type { Settings } from "./options.ts";
import type { Rule, RulePath } from "./rule.ts";

type Template = Settings["serial"]["template"];
type PatternKey = "reply" | "data" | "refusal" | "hello" | "log";
type TextKey = "command" | "probe" | "cancel";

/** The groups that each pattern may have. */
const groups = {
  reply: ["processId", "payload"],
  data: ["processId", "payload"],
  refusal: ["processId", "code", "text"],
  hello: ["boot", "fw"],
  log: [],
} as const satisfies { readonly [key in PatternKey]: readonly string[] };

/** The groups that each pattern must have. */
const groupsNeeded = {
  reply: [],
  data: ["payload"],
  refusal: ["code"],
  hello: [],
  log: [],
} as const satisfies { readonly [key in PatternKey]: readonly string[] };

/** The placeholders that each line may have. */
const places = {
  command: ["processId", "payload"],
  probe: [],
  cancel: ["processId"],
} as const satisfies { readonly [key in TextKey]: readonly string[] };

/** A rule about one option; it is kept if the option is left out. */
function whenGiven(
  key: PatternKey | TextKey,
  check: (given: string, template: Template) => Mismatch | undefined,
  reads: readonly RulePath[] = [],
): Rule {
  return {
    at: `serial.template.${key}`,
    reads: [`serial.template.${key}`, ...reads],
    check({ serial: { template } }) {
      const given = template[key];
      return given === undefined ? undefined : check(given, template);
    },
  };
}

function required(key: "command" | "reply"): Rule {
  return {
    at: `serial.template.${key}`,
    reads: ["serial.dialect", `serial.template.${key}`],
    check: ({ serial: { dialect, template } }) =>
      dialect === "template" && template[key] === undefined
        ? { expected: "one, because serial.dialect is template", found: "none" }
        : undefined,
  };
}

const patternRules = (["reply", "data", "refusal", "hello", "log"] as const).map((key) =>
  whenGiven(key, (source) => patternVerdict(key, source)),
);

const textRules = (["command", "probe", "cancel"] as const).map((key) =>
  whenGiven(key, (source) => textVerdict(key, source)),
);

/** Data lines and refusals must name their command in the same way as replies. */
const sameIds = (["data", "refusal"] as const).map((key) =>
  whenGiven(
    key,
    (source, { reply }) => {
      const [here, there] = [namesIds(key, source), namesIds("reply", reply)];
      if (here === undefined || there === undefined || here === there) return undefined;
      return there
        ? { expected: "a group processId, as serial.template.reply has one", found: "none" }
        : { expected: "no group processId, as serial.template.reply has none", found: "one" };
    },
    ["serial.template.reply"],
  ),
);

export const templateRules: readonly Rule[] = [
  required("command"),
  required("reply"),
  ...patternRules,
  ...textRules,
  ...sameIds,
  whenGiven(
    "reply",
    (source, { data }) =>
      data === undefined && namesOf("reply", source)?.has("payload") === false
        ? { expected: "a group payload, here or in serial.template.data", found: "none" }
        : undefined,
    ["serial.template.data"],
  ),
  whenGiven(
    "command",
    (source, { reply }) =>
      namesIds("reply", reply) && !parseTemplateText(source).places.has("processId")
        ? { expected: "{processId}, because serial.template.reply has a group processId", found: "none" }
        : undefined,
    ["serial.template.reply"],
  ),
  whenGiven(
    "probe",
    (_source, { reply, hello }) => {
      if (namesIds("reply", reply) === false)
        return { expected: "none, because answers come in order and its own would be a command's", found: "one" };
      return hello === undefined
        ? { expected: "serial.template.hello, for the answer to it", found: "none" }
        : undefined;
    },
    ["serial.template.reply", "serial.template.hello"],
  ),
  whenGiven(
    "cancel",
    (_source, { reply }) =>
      namesIds("reply", reply) === false
        ? { expected: "none, because answers come in order and its own would be a command's", found: "one" }
        : undefined,
    ["serial.template.reply"],
  ),
  {
    at: "serial.template.quietMs",
    reads: ["serial.dialect", "serial.template.quietMs", "serial.template.reply", "rrpc.cutoffMs", "rrpc.marginMs"],
    check: ({ serial: { dialect, template }, rrpc }) => {
      const deadlineMs = rrpc.cutoffMs - rrpc.marginMs;
      const isInOrder = dialect === "template" && namesIds("reply", template.reply) === false;
      return isInOrder && template.quietMs < deadlineMs
        ? {
            expected:
              `at least ${deadlineMs} ms (rrpc.cutoffMs - rrpc.marginMs), because answers come in order, and one that ` +
              "takes longer than its deadline would be given to the next command",
            found: `${template.quietMs} ms`,
          }
        : undefined;
    },
  },
  {
    at: "serial.template.payloadForbidden",
    reads: ["serial.template.payloadForbidden", "serial.template.payloadEscape"],
    check: ({ serial: { template } }) =>
      template.payloadEscape === "backslash" && template.payloadForbidden?.includes("\\")
        ? { expected: "no backslash, because serial.template.payloadEscape needs it", found: "one" }
        : undefined,
  },
  {
    at: "serial.dialect",
    reads: ["serial.dialect", "serial.template.command"],
    check: ({ serial: { dialect, template } }) =>
      dialect === "rrpc" && template.command !== undefined
        ? { severity: "warning", expected: "template, for serial.template to matter", found: dialect }
        : undefined,
  },
];

function patternVerdict(key: PatternKey, source: string): Mismatch | undefined {
  const compiled = compilePattern(source);
  if (compiled.kind === "unusable")
    return { expected: "a regular expression that RE2 understands, of moderate size", found: compiled.why };
  const { names } = compiled.pattern;
  const stranger = [...names].find((name) => !groups[key].some((known) => known === name));
  const missing = groupsNeeded[key].find((name) => !names.has(name));
  if (stranger !== undefined)
    return {
      expected: groups[key].length === 0 ? "no groups" : `no groups but ${groups[key].join(", ")}`,
      found: stranger,
    };
  return missing === undefined ? undefined : { expected: `a group ${missing}`, found: "none" };
}

function textVerdict(key: TextKey, source: string): Mismatch | undefined {
  const unknown = unknownPlaceholder(source);
  if (unknown !== undefined) return { expected: "{processId} or {payload}", found: unknown };
  const stranger = [...parseTemplateText(source).places].find((name) => !places[key].some((known) => known === name));
  if (stranger !== undefined) return { expected: `no {${stranger}}`, found: "it" };
  const missing = places[key].find((name) => name !== "processId" && !parseTemplateText(source).places.has(name));
  return missing === undefined ? undefined : { expected: `{${missing}}`, found: "none" };
}

/** Undefined if there is no pattern, or a faulty one: consequences of that are not reported. */
function namesOf(key: PatternKey, source: string | undefined): ReadonlySet<string> | undefined {
  if (source === undefined || patternVerdict(key, source) !== undefined) return undefined;
  const compiled = compilePattern(source);
  return compiled.kind === "pattern" ? compiled.pattern.names : undefined;
}

const namesIds = (key: PatternKey, source: string | undefined) => namesOf(key, source)?.has("processId");
