// Checks a board against every rule, one after another.

import { isEcho } from "../echo.ts";
import { type Board, type BoardPort, createBoard, isAnswerTo, type LineSettings, rightManner } from "./board.ts";
import { shakeHands, tryCommand } from "./handshake.ts";
import type { Hello } from "./hello.ts";
import { quoted } from "./quoted.ts";
import { notJudgedBecause, type Rule, type RuleOutcome, type RuleResult } from "./rule.ts";
import {
  type Abilities,
  answerMs,
  type Commands,
  createRuleContext,
  type RuleContext,
  textOf,
} from "./rule-context.ts";
import { checksumRules } from "./rules-checksum.ts";
import { halfLineRules } from "./rules-half-lines.ts";
import { formatRule, probeRules, restartRules } from "./rules-hello.ts";
import { lineRules } from "./rules-lines.ts";
import { Output, outputRules } from "./rules-output.ts";
import { payloadRules } from "./rules-payload.ts";
import { windowRules } from "./rules-window.ts";
import { steadyRule } from "./steady-rule.ts";

/** What the conformance pass has found. */
export interface Conformance {
  readonly hello: Hello | undefined;
  readonly abilities: Abilities;
  readonly results: readonly RuleResult[];
}

/** The rules in the order in which they are checked: what others need comes first, and the last one restarts the board. */
const checkedRules: readonly Rule[] = [
  formatRule,
  steadyRule,
  ...probeRules,
  ...lineRules,
  ...payloadRules,
  ...halfLineRules,
  ...windowRules,
  ...checksumRules,
  ...restartRules,
];

/** Every rule, those that are judged at the end too. */
export const rules: readonly (NamedRule & Pick<Rule, "claim">)[] = [...checkedRules, ...outputRules];

type NamedRule = Pick<Rule, "id" | "name" | "section" | "needs">;

/** Checks all rules; `onResult` gets each result as it is found. Rejects if the port fails. */
export async function checkBoard(
  port: BoardPort,
  commands: Commands,
  settings: LineSettings,
  onResult: (result: RuleResult) => void = () => {},
): Promise<Conformance> {
  const board = createBoard(port, settings);
  const handshake = await shakeHands(board);
  const output = new Output(settings, handshake.noHello !== undefined);
  const firstBoot = board.hello()?.boot;
  output.take(board.received(), "handshake", firstBoot, handshake.answered === undefined);
  let given = 0;
  const nextId = () => `b${++given}`;
  const trial = await tryCommand(board, commands.plain, nextId);
  output.take(board.received(), "answer", firstBoot, trial.manner === undefined);
  const known = { handshake, trial };
  const abilities = await probeAbilities(
    createRuleContext(board, commands, settings, { ...known, abilities: none }, nextId),
  );
  const context = createRuleContext(board, commands, settings, { ...known, abilities }, nextId);
  const results: RuleResult[] = [];
  /** Each rule that has failed, or could not be judged because of one, with the rule that has failed. */
  const broken = new Map<string, string>();
  if (trial.manner !== undefined && trial.manner.checksum !== rightManner.checksum) broken.set("checksum", "checksum");

  function found({ id, name, section }: NamedRule, outcome: RuleOutcome): void {
    const { verdict, because } = outcome;
    if (verdict === "fail") broken.set(id, id);
    if (because !== undefined) broken.set(id, because).set(because, because);
    const cause = rules.find((one) => one.id === because);
    const note = cause === undefined ? outcome.note : `because of "${cause.name}"`;
    const result = { id, name, section, exchanged: [...board.exchanged()], ...outcome, note };
    results.push(result);
    onResult(result);
  }

  /** The result of a rule without which this one cannot be judged. */
  function blockedBy({ id, needs }: NamedRule): RuleOutcome | undefined {
    const cause = ["format", steadyRule.id, ...needs]
      .map((need) => (need === id ? undefined : broken.get(need)))
      .find(Boolean);
    const rule = rules.find((one) => one.id === cause);
    return rule === undefined ? undefined : notJudgedBecause(rule.id);
  }

  for (const rule of checkedRules) {
    const boot = board.hello()?.boot;
    board.mark();
    const outcome = blockedBy(rule) ?? withMalformed(board, await tryRule(rule, context));
    output.take(board.received(), rule.id, boot, outcome.verdict === "fail");
    found(rule, outcome);
  }
  board.mark();
  const seen = { output, board, settings, trial, isBroken: (id: string) => broken.has(id) };
  for (const rule of outputRules) found(rule, blockedBy(rule) ?? rule.judge(seen));
  return { hello: board.hello(), abilities, results };
}

const none: Abilities = { echoes: false, counts: false, slowMs: undefined };

async function tryRule({ claim, run }: Rule, context: RuleContext): Promise<RuleOutcome> {
  const hello = context.board.hello();
  if (claim === undefined || claim.made(hello)) return await run(context);
  const note = hello === undefined ? "it sends no hello" : `its hello does not say ${claim.words}`;
  return { verdict: "not_claimed", note };
}

/** A line that is none is often why a rule fails. */
function withMalformed(board: Board, outcome: RuleOutcome): RuleOutcome {
  const line = board.received().find(({ kind }) => kind === "malformed");
  if (outcome.verdict !== "fail" || line?.kind !== "malformed") return outcome;
  return { ...outcome, note: `${outcome.note}; ${quoted(line.line)}: ${line.problem}` };
}

/** Finds out by trial what the firmware makes visible. */
async function probeAbilities(context: RuleContext): Promise<Abilities> {
  const { commands, trial } = context;
  if (trial.manner === undefined) return none;
  const echo = await context.command(`${commands.plain} abc`);
  const counts = [await context.command(commands.count), await context.command(commands.count)];
  const [one = Number.NaN, two] = counts.map((answer) =>
    answer?.kind === "reply" ? Number(textOf(answer)) : Number.NaN,
  );
  return {
    echoes: echo?.kind === "reply" && isEcho(echo.payload, commands.plain, "abc"),
    counts: two === one + 1,
    slowMs: await slowMs(context),
  };
}

/** How long the slow command takes, if it takes as long as its number says. */
async function slowMs(context: RuleContext): Promise<number | undefined> {
  const { board, commands } = context;
  const promisedMs = Number(/\d+$/.exec(commands.slow)?.[0] ?? 0);
  const id = context.freshId();
  const startedAt = performance.now();
  await board.send(`>${id} ${commands.slow}`);
  const answered = await board.next(isAnswerTo(id), answerMs + promisedMs);
  const tookMs = performance.now() - startedAt;
  // Well above the time of a quick answer, and close to the time asked for.
  return answered !== undefined && promisedMs >= 100 && tookMs >= promisedMs * 0.9 ? promisedMs : undefined;
}
