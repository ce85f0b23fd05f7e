/** What is not yet as the rules want it: these lists only become shorter. */

export const circlesLeft: readonly string[] = [
  "src/core/admission.ts ↔ src/core/echo-filter.ts ↔ src/core/events.ts ↔ src/core/outbox.ts ↔ src/core/responses.ts ↔ src/core/sender.ts ↔ src/core/step.ts",
];

/** The lines of the files of src that are longer than a file may be. */
export const linesLeft: Readonly<Record<string, number>> = {
  "src/core/correlator.ts": 400,
  "src/core/liveness.ts": 400,
};

/** Words that stand in src yet, though the glossary has others for the same things. */
export const wordsLeft: readonly string[] = [
  "greet",
  "greeting",
  "fence",
  "stand-still",
  "stood still",
  "stood_still",
  "journey",
  "mishap",
  "happening",
  "tally",
  "deeds",
];
