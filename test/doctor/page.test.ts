/** The table of findings in docs/doctor.md is the code's. */
import { test } from "node:test";
import { subjects } from "../../src/doctor/finding.ts";
import { holdPart } from "../support/documents.ts";

test("every finding is in the table of docs/doctor.md", () => {
  const rows = Object.entries(subjects).map(([id, subject]) => `| \`${id}\` | ${subject} |`);
  holdPart("docs/doctor.md", "doctor-findings", ["| id | what is looked at |", "|---|---|", ...rows].join("\n"));
});
