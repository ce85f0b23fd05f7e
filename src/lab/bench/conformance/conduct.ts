// Tries every rule on a board, one after another.
import { type Board, type BoardPort, createBoard, isAnswerTo } from "./board.ts";
import { type Abilities, answerMs, type Commands, createExamination, type Examination, textOf } from "./examination.ts";
import { type Finding, notJudged, type Rule, type RuleResult, unless } from "./rule.ts";
import { halfLineRules, opening } from "./rules-half-lines.ts";
import { helloRules } from "./rules-hello.ts";
import { lineRules } from "./rules-lines.ts";
import { windowRules } from "./rules-window.ts";
import type { Hello } from "./said.ts";

/** What is known of a board after the pass. */
export interface Conformance {
  readonly hello: Hello | undefined;
  readonly abilities: Abilities;
  readonly results: readonly RuleResult[];
}

/** The rules in the order in which they are tried: the last one restarts the board. */
export const rules: readonly Rule[] = [...lineRules, ...halfLineRules, ...windowRules, ...helloRules];

/** Judged at the end, over all that was said meanwhile. */
const manners = {
  id: "manners",
  name: "All that it says are lines of the protocol or log lines, and it stays up",
  section: "Lines",
} as const;

/**
 * A board that opening the port has reset is in its boot loader for up to 2 s, and may swallow a probe there. One that
 * knows no hello costs this once.
 */
const greetingProbes = 4;
const greetingMs = 1000;

/** Tries all rules; `onResult` gets each as it is found. Rejects when the port fails. */
export async function examineBoard(
  port: BoardPort,
  commands: Commands,
  onResult: (result: RuleResult) => void = () => {},
): Promise<Conformance> {
  const board = createBoard(port);
  await greet(board);
  let given = 0;
  const nextId = () => `b${++given}`;
  const blank: Abilities = { echoes: false, counts: false, slowMs: undefined };
  const first = createExamination(board, commands, blank, nextId);
  const answers = (await first.ask(commands.plain)) !== undefined;
  const abilities = answers ? await learn(first) : blank;
  const examination = createExamination(board, commands, abilities, nextId);
  const offences: string[] = [];
  const results: RuleResult[] = [];

  function found({ id, name, section }: Pick<Rule, "id" | "name" | "section">, finding: Finding): void {
    const result = { id, name, section, ...finding, exchanged: [...board.exchanged()] };
    results.push(result);
    onResult(result);
  }

  for (const rule of rules) {
    const boot = board.hello()?.boot;
    board.mark();
    found(rule, answers || rule.id === "answer" ? await tryRule(rule, examination) : notJudged("it answers nothing"));
    offences.push(...offencesIn(board, rule.id, boot));
  }
  board.mark();
  const offended = [...board.dirt(), ...offences.slice(0, 3)];
  const isJudged = answers || board.dirt().length > 0;
  found(manners, isJudged ? unless(offended, echoNote(board)) : notJudged("it answers nothing"));
  return { hello: board.hello(), abilities, results };
}

function echoNote(board: Board): string {
  const count = board.echoCount();
  return count === 0
    ? ""
    : `${count} lines that were sent came back (an adapter or a console echoes), and were left out`;
}

async function greet(board: Board): Promise<void> {
  for (let count = 0; count < greetingProbes; count++) {
    await board.sendBytes(opening);
    if ((await board.next(({ kind }) => kind === "hello", greetingMs)) !== undefined) return;
  }
}

async function tryRule({ claim, run }: Rule, examination: Examination): Promise<Finding> {
  const hello = examination.board.hello();
  if (claim === undefined || claim.made(hello)) return await run(examination);
  const note = hello === undefined ? "it says no hello" : `its hello does not say ${claim.words}`;
  return { verdict: "not_claimed", note };
}

/** Finds out by asking what the firmware can show. */
async function learn(examination: Examination): Promise<Abilities> {
  const { commands } = examination;
  const echo = await examination.ask(`${commands.plain} abc`);
  const counts = [await examination.ask(commands.count), await examination.ask(commands.count)];
  const [one = Number.NaN, two] = counts.map((answer) =>
    answer?.kind === "reply" ? Number(textOf(answer)) : Number.NaN,
  );
  return {
    echoes: echo?.kind === "reply" && /^(.* )?abc$/.test(echo.payload),
    counts: two === one + 1,
    slowMs: await slowMs(examination),
  };
}

/** The time that the slow command takes, if it takes as long as it says. */
async function slowMs(examination: Examination): Promise<number | undefined> {
  const { board, commands } = examination;
  const promisedMs = Number(/\d+$/.exec(commands.slow)?.[0] ?? 0);
  const id = examination.freshId();
  const startedAt = performance.now();
  await board.send(`>${id} ${commands.slow}`);
  const answered = await board.next(isAnswerTo(id), answerMs + promisedMs);
  const tookMs = performance.now() - startedAt;
  // Well above what a quick answer takes, and near to what was asked for.
  return answered !== undefined && promisedMs >= 100 && tookMs >= promisedMs * 0.9 ? promisedMs : undefined;
}

/** What was said during a rule that should never be said. */
function offencesIn(board: Board, ruleId: string, boot: string | undefined): string[] {
  if (ruleId === "boot-hello") return [];
  return board.heard().flatMap((said) => {
    if (said.kind === "malformed") return [`malformed (${ruleId}): ${JSON.stringify(said.line)}`];
    if (said.kind === "damaged") return [`without a right checksum (${ruleId}): ${JSON.stringify(said.line)}`];
    if (said.kind === "hello" && said.hello.boot !== boot) return [`it restarted (${ruleId})`];
    return [];
  });
}
