// Whether the line can be relied on: what comes and goes would look like a fault of whatever rule is checked meanwhile.
import type { ReceivedLine } from "./board.ts";
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
  async run({ trial, abilities, commands, command }) {
    if (trial.manner === undefined) return notJudged("no command was answered");
    const payload = abilities.echoes ? `${commands.plain} abc` : commands.plain;
    const startedAt = performance.now();
    let [sent, lost] = [0, 0];
    const wrong: string[] = [];
    do {
      const answer = await command(payload);
      sent++;
      if (answer === undefined) lost++;
      else if (isDamaged(answer, abilities)) wrong.push(answer.line);
    } while (sent < commandsMax && lost < lostMax && performance.now() - startedAt - lost * answerMs < spanMs);
    const [first] = wrong;
    // Where all are wrong, a rule of its own says what is.
    const damaged = first !== undefined && wrong.length < sent - lost;
    const rest =
      "bytes get lost or damaged on the line (cable, ground, speed, receive buffer), or the firmware drops some";
    const problems = [
      lost > 0 && `${lost} of ${sent} equal commands were not answered`,
      damaged && `${wrong.length} of ${sent} came back damaged, such as ${quoted(first)}`,
    ];
    return passUnless(problems.some(Boolean) ? [...problems, rest] : [], `${sent} commands`);
  },
};

/** Not by a checksum that the firmware always computes wrongly: one without letters may then be right in lower case. */
function isDamaged(answer: ReceivedLine & Answer, { echoes }: Abilities): boolean {
  if (answer.checksumFault !== undefined) return answer.checksumFault.computed === undefined;
  return echoes && answer.kind === "reply" && !/^(.* )?abc$/.test(answer.payload);
}
