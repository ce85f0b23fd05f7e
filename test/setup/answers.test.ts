/** Which questions are asked, by what the command line has answered already. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gatherAnswers } from "../../src/setup/answers.ts";
import { Interview } from "../../src/setup/interview.ts";
import { placeInFolder } from "../../src/setup/place.ts";
import { personWith } from "./person.ts";

const given = {
  product: "ABCDEFGH12",
  device: "pump",
  secretFile: "-",
  transport: "tcp",
  serial: "/dev/ttyS0",
  baud: "9600",
};

async function asked(more: object) {
  const person = personWith("MDEyMzQ1Njc4OWFiY2RlZg==");
  const place = placeInFolder("/tmp/none", undefined);
  const interview = new Interview(person.prompter);
  const answers = await gatherAnswers(interview, { ...given, ...more }, place, () => {});
  const questions = person.asked.filter((text) => /where|region|host|port of|\bCA\b/i.test(text));
  return { hub: answers?.hub, ca: answers?.ca, questions, problems: interview.problems };
}

test("a host that is given is asked for no region", async () => {
  const { hub, questions } = await asked({ host: "hub.example" });
  assert.deepEqual(questions, ["Port of the hub"]);
  assert.deepEqual(hub, { region: "china", transport: "tcp", host: "hub.example", port: undefined });
});

test("a region that is given is asked for no host", async () => {
  const { hub, questions } = await asked({ region: "europe" });
  assert.deepEqual(questions, []);
  assert.deepEqual(hub, { region: "europe", transport: "tcp", host: undefined, port: undefined });
});

test("TLS by the device secret asks for no CA, and takes none", async () => {
  const { hub, ca, questions } = await asked({ region: "china", transport: "psk" });
  assert.deepEqual(questions, []);
  assert.deepEqual([hub?.transport, ca], ["psk", undefined]);
  const { problems } = await asked({ region: "china", transport: "psk", caFile: "hub-ca.pem" });
  assert.deepEqual(problems, ["--ca-file: expected --transport tls or wss, found psk"]);
});
