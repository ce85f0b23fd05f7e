/** The table of findings in docs/doctor.md is the code's. */
import { test } from "node:test";
import { checks } from "../../src/doctor/finding.ts";
import { holdPart } from "../support/documents.ts";

test("every finding is in the table of docs/doctor.md", () => {
  const rows = Object.entries(checks).map(([id, { subject, codes }]) => {
    return `| \`${id}\` | ${subject} | ${codes.map((code) => `\`${code}\``).join(", ")} |`;
  });
  holdPart(
    "docs/doctor.md",
    "doctor-findings",
    ["| id | what is looked at | codes |", "|---|---|---|", ...rows].join("\n"),
  );
});
