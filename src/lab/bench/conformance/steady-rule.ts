// Whether the line can be relied on: what comes and goes would look like a fault of whatever rule is checked meanwhile.

import { isEcho } from "../echo.ts";
import { type Exchange, isAnswer, type ReceivedLine } from "./board.ts";
import type { Answer } from "./board-line.ts";
import { quoted } from "./quoted.ts";
import { notJudged, passUnless, type Rule } from "./rule.ts";
import { type Abilities, answerMs } from "./rule-context.ts";

/** Finds, with nine out of ten, a line that loses one of 20 commands. */
const commandsMax = 40;
/** Of waiting for answers that came: a slow board gets fewer commands, because every run of the bench begins with this. */
const spanMs = 2000;
/** Each costs the wait for an answer. */
const lostMax = 3;

export const steadyRule: Rule = {
  id: "steady",
  name: "The same command is answered every time",
  section: "Lines",
  needs: [],
  async run({ board, trial, abilities, commands, hello, freshId, command }) {
    if (trial.manner === undefined) return notJudged("no command was answered");
    const payload = abilities.echoes ? `${commands.plain} abc` : commands.plain;
    const startedAt = performance.now();
    const wrong: string[] = [];
    let [sent, lost] = [0, 0];
    /** What came instead of an answer that was lost. */
    let other: ReceivedLine | undefined;
    /** What passed while one of them was lost or damaged. */
    const shown: Exchange[] = [];
    do {
      const [id, before, receivedBefore] = [freshId(), board.exchanged().length, board.received().length];
      const answer = await command(payload, id);
      sent++;
      if (answer === undefined) {
        lost++;
        other ??= board.received().slice(receivedBefore).find(isAnswer);
      } else if (isDamaged(answer, abilities, commands.plain)) wrong.push(answer.line);
      else continue;
      shown.push(...board.exchanged().slice(before));
    } while (sent < commandsMax && lost < lostMax && performance.now() - startedAt - lost * answerMs < spanMs);
    const count = `of ${sent} equal commands`;
    const [damaged] = wrong;
    const problems = [
      lost > 0 && `${lost} ${count} were not answered`,
      lost > 0 && other !== undefined && `${quoted(other.line)} came instead: another id`,
      // Where all are wrong, a rule of its own says what is.
      damaged !== undefined &&
        wrong.length < sent - lost &&
        `the answers to ${wrong.length} ${count} came back damaged, such as ${quoted(damaged)}`,
    ];
    const cause =
      "bytes get lost or damaged on the line (cable, ground, speed, receive buffer), or the firmware drops some";
    if (!problems.some(Boolean)) return passUnless([], `${sent} commands`);
    // What has its right checksum was not damaged on the line.
    const isMixedUp = hello.crc && other !== undefined && other.checksumFault === undefined;
    return { ...passUnless([...problems, !isMixedUp && cause], ""), exchanged: shown };
  },
};

/** Not by a checksum that the firmware always computes wrongly: one without letters may then be right in lower case. */
function isDamaged(answer: ReceivedLine & Answer, { echoes }: Abilities, plain: string): boolean {
  if (answer.checksumFault !== undefined) return answer.checksumFault.computed === undefined;
  return echoes && answer.kind === "reply" && !isEcho(answer.payload, plain, "abc");
}
