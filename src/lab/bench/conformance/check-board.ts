// Checks a board against every rule, one after another.
import { type Board, type BoardPort, createBoard, isAnswerTo } from "./board.ts";
import type { Hello } from "./board-line.ts";
import { notJudged, passUnless, type Rule, type RuleOutcome, type RuleResult } from "./rule.ts";
import {
  type Abilities,
  answerMs,
  type Commands,
  createRuleContext,
  type RuleContext,
  textOf,
} from "./rule-context.ts";
import { halfLineRules, opening } from "./rules-half-lines.ts";
import { helloRules } from "./rules-hello.ts";
import { lineRules } from "./rules-lines.ts";
import { windowRules } from "./rules-window.ts";

/** What the conformance pass has found. */
export interface Conformance {
  readonly hello: Hello | undefined;
  readonly abilities: Abilities;
  readonly results: readonly RuleResult[];
}

/** The rules in the order in which they are checked: the last one restarts the board. */
export const rules: readonly Rule[] = [...lineRules, ...halfLineRules, ...windowRules, ...helloRules];

/** Decided at the end, from everything that the board sent during the other rules. */
const unexpectedOutput = {
  id: "unexpected-output",
  name: "It sends only lines of the protocol and log lines, and does not restart",
  section: "Lines",
} as const;

/**
 * Opening the port may reset a board. Its boot loader then runs for up to 2 s, and may swallow a probe. A board without a
 * hello costs this time once.
 */
const handshakeProbes = 4;
const handshakeMs = 1000;

/** More of one kind say no more about its cause. */
const problemsShown = 3;

/** Checks all rules; `onResult` gets each result as it is found. Rejects if the port fails. */
export async function checkBoard(
  port: BoardPort,
  commands: Commands,
  onResult: (result: RuleResult) => void = () => {},
): Promise<Conformance> {
  const board = createBoard(port);
  await handshake(board);
  let given = 0;
  const nextId = () => `b${++given}`;
  const blank: Abilities = { echoes: false, counts: false, slowMs: undefined };
  const first = createRuleContext(board, commands, blank, nextId);
  const answers = (await first.command(commands.plain)) !== undefined;
  const abilities = answers ? await probeAbilities(first) : blank;
  const context = createRuleContext(board, commands, abilities, nextId);
  const unexpected: string[] = [];
  const results: RuleResult[] = [];

  function found({ id, name, section }: Pick<Rule, "id" | "name" | "section">, outcome: RuleOutcome): void {
    const result = { id, name, section, ...outcome, exchanged: [...board.exchanged()] };
    results.push(result);
    onResult(result);
  }

  for (const rule of rules) {
    const boot = board.hello()?.boot;
    board.mark();
    found(rule, answers || rule.id === "answer" ? await tryRule(rule, context) : notJudged("it answers no command"));
    unexpected.push(...unexpectedIn(board, rule.id, boot));
  }
  board.mark();
  const problems = [...board.extraBytes(), ...unexpected.slice(0, problemsShown)];
  const isKnown = answers || board.extraBytes().length > 0;
  found(unexpectedOutput, isKnown ? passUnless(problems, echoNote(board)) : notJudged("it answers no command"));
  return { hello: board.hello(), abilities, results };
}

function echoNote(board: Board): string {
  const count = board.echoCount();
  return count === 0 ? "" : `${count} sent lines came back (an adapter or a console echoes) and were ignored`;
}

async function handshake(board: Board): Promise<void> {
  for (let count = 0; count < handshakeProbes; count++) {
    await board.sendBytes(opening);
    if ((await board.next(({ kind }) => kind === "hello", handshakeMs)) !== undefined) return;
  }
}

async function tryRule({ claim, run }: Rule, context: RuleContext): Promise<RuleOutcome> {
  const hello = context.board.hello();
  if (claim === undefined || claim.made(hello)) return await run(context);
  const note = hello === undefined ? "it sends no hello" : `its hello does not say ${claim.words}`;
  return { verdict: "not_claimed", note };
}

/** Finds out by trial what the firmware makes visible. */
async function probeAbilities(context: RuleContext): Promise<Abilities> {
  const { commands } = context;
  const echo = await context.command(`${commands.plain} abc`);
  const counts = [await context.command(commands.count), await context.command(commands.count)];
  const [one = Number.NaN, two] = counts.map((answer) =>
    answer?.kind === "reply" ? Number(textOf(answer)) : Number.NaN,
  );
  return {
    echoes: echo?.kind === "reply" && /^(.* )?abc$/.test(echo.payload),
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

/** What a board should never send, among what it has sent during a rule. */
function unexpectedIn(board: Board, ruleId: string, boot: string | undefined): string[] {
  if (ruleId === "boot-hello") return [];
  return board.received().flatMap((line) => {
    if (line.kind === "malformed") return [`malformed (${ruleId}): ${JSON.stringify(line.line)}`];
    if (line.kind === "damaged") return [`without a valid checksum (${ruleId}): ${JSON.stringify(line.line)}`];
    if (line.kind === "hello" && line.hello.boot !== boot) return [`it restarted (${ruleId})`];
    return [];
  });
}
