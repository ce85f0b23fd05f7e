/** `rrpc-gateway page` in a real browser, over the built gateway with two boards. Needs the Debian package chromium. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible, type OpenPage, openPage, overflowPx, startBrowser } from "../support/browser.ts";
import { type BoardName, startPageWorld, token } from "./page-world.ts";

/** Several times what anything takes on a busy machine. */
const limitMs = 20_000;

const hostile = "<img src=x onerror=document.title='owned'>\u001b[2J\u202e&amp;";

const textIn = (page: Page, selector: string, text: string | RegExp) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: limitMs });

/** A span of time in the browser, on its own clock: from the call's beginning until its id stands in the list. */
async function shownAfterMs({ page }: OpenPage, call: () => Promise<string>): Promise<number> {
  const seen = page.evaluate(() => {
    const { document, MutationObserver, performance } = globalThis as unknown as BrowserWindow;
    const list = document.getElementById("call-list");
    const before = list?.textContent ?? "";
    const fromMs = performance.now();
    return new Promise<number>((resolve) => {
      new MutationObserver(() => {
        if (list?.textContent !== before) resolve(performance.now() - fromMs);
      }).observe(list, { subtree: true, childList: true, characterData: true });
    });
  });
  await call();
  return await seen;
}

/** What the tests use of a browser's globals: their own program is compiled without a browser's types. */
interface BrowserWindow {
  readonly document: { title: string; getElementById(id: string): { readonly textContent: string | null } | null };
  readonly performance: { now(): number };
  readonly MutationObserver: new (callback: () => void) => { observe(target: unknown, options: object): void };
}

test("the page shows a call, a board that stalls, hostile text as text, and a gateway that goes and comes", {
  timeout: 180_000,
}, async (t) => {
  const world = await startPageWorld(t, { payloads: true });
  const browser = await startBrowser(t);
  const httpCredentials = { username: "anybody", password: token };
  const opened = await openPage(browser, world.url, { httpCredentials });
  const { page } = opened;
  await textIn(page, "#state", /Session with the hub up/);
  for (const board of ["pump", "valve"]) await textIn(page, "#boards li", board);

  // One frame in 250 ms, and the call itself some 10 ms.
  const ms = await shownAfterMs(opened, () => world.call("pump", "hello"));
  assert.ok(ms < 1000, `a call is shown after ${ms} ms`);
  await textIn(page, "#call-list li", /pump .*ok/s);

  assert.equal(await world.call("valve", hostile), hostile);
  await world.mcus.valve.control({ kind: "send", bytes: `=rrpc/1 window=1 fw=${hostile.replaceAll(" ", "_")}\n` });
  await page.selectOption("#board", "valve");
  await page.click("#show-lines");
  await page.check("#contents");
  await textIn(page, "#line-list li", "<img src=x onerror=document.title='owned'>");
  await textIn(page, "#line-list li", "\\x1B[2J\\u{202E}&amp;");
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.title(), "rrpc-gateway");
  await page.selectOption("#board", "");

  await world.mcus.pump.control({ kind: "faults", change: { silence: true } });
  await Promise.all([world.call("pump", "a"), world.call("pump", "b")]);
  await textIn(page, "#boards li", /pump.*its MCU does not answer/s);
  await textIn(page, "#boards li", /valve.*serves/s);
  await textIn(page, "#outcomes tr", /no_reply.*executed: unknown/s);
  await textIn(page, "#incidents li", /pump: mcu is away/);

  world.gateway.signal("SIGTERM");
  await textIn(page, "#state", /The gateway is away/);
  await world.startGateway();
  await textIn(page, "#state", /Session with the hub up/);
  assert.deepEqual(opened.complaints, []);
});

/** As text: what tsx makes of a named function calls a helper of its own, which the browser does not have. */
const measureStillness = `(() => {
  globalThis.longestMs = 0;
  let lastMs = performance.now();
  function look() {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    requestAnimationFrame(look);
  }
  look();
})()`;

test("1000 calls a second freeze neither the page nor its figures", { timeout: 180_000 }, async (t) => {
  const world = await startPageWorld(t);
  const browser = await startBrowser(t);
  const { page, complaints } = await openPage(browser, world.url);
  await textIn(page, "#state", /Session with the hub up/);
  await page.evaluate(measureStillness);
  const callCount = 3000;
  const perTick = 50;
  const outcomes = new Map<string, number>();
  const calls: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      for (let index = 0; index < perTick; index += 1) {
        const board: BoardName = index % 2 === 0 ? "pump" : "valve";
        const ended = world.call(board, "x").then((answer) => {
          const outcome = answer === "x" ? "ok" : "error";
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        });
        calls.push(ended);
      }
      if (calls.length < callCount) return;
      clearInterval(timer);
      resolve();
    }, 50);
  });
  await Promise.all(calls);
  t.diagnostic(`${callCount} calls: ${JSON.stringify(Object.fromEntries(outcomes))}`);
  // Nothing is missing of the figures, although only some of the calls could be drawn.
  await page.waitForFunction(
    (count) => {
      const { document } = globalThis as unknown as {
        readonly document: { querySelectorAll(selector: string): Iterable<{ readonly textContent: string }> };
      };
      const counts = [...document.querySelectorAll("#outcomes .number")].map(({ textContent }) => Number(textContent));
      return counts.reduce((sum, one) => sum + one, 0) === count;
    },
    callCount,
    { timeout: limitMs },
  );
  const longestMs = await page.evaluate(() => (globalThis as unknown as { readonly longestMs: number }).longestMs);
  assert.ok(longestMs < 1000, `the page stood still for ${longestMs} ms`);
  assert.ok((await page.locator("#call-list li").count()) <= 40);
  assert.deepEqual(complaints, []);
});

test("everybody can use it: by keyboard, on a phone and on a large screen, dark and light, without a violation that axe finds", {
  timeout: 180_000,
}, async (t) => {
  const world = await startPageWorld(t);
  const browser = await startBrowser(t);
  for (const text of ["a", "b", "c"]) await world.call("pump", text);
  const looks = [
    { viewport: { width: 390, height: 844 }, colorScheme: "light" },
    { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
    { viewport: { width: 3840, height: 2160 }, colorScheme: "dark" },
  ] as const;
  for (const look of looks) {
    // The checker is a foreign script: the policy itself is tested where it holds.
    const { page } = await openPage(browser, world.url, { ...look, bypassCSP: true });
    await textIn(page, "#call-list li", /ok/);
    assert.equal(await overflowPx(page), 0, `${look.viewport.width} px`);
    await assertAccessible(page);
    await page.click("#bright");
    await assertAccessible(page);
    assert.equal(await overflowPx(page), 0, `${look.viewport.width} px, for sunlight`);
    await page.context().close();
  }

  const { page } = await openPage(browser, world.url);
  await textIn(page, "#call-list li", /ok/);
  const focused = () => page.evaluate<string>("document.activeElement.id");
  const order: string[] = [];
  for (let press = 0; press < 5; press += 1) {
    await page.keyboard.press("Tab");
    order.push(await focused());
  }
  assert.deepEqual(order.slice(1, 4), ["board", "pause", "bright"]);
  await page.focus("#pause");
  await page.keyboard.press("Space");
  await textIn(page, "#state", /^Paused/);
  await page.keyboard.press("Space");
  await textIn(page, "#state", /Session with the hub up/);
  await page.focus("#board");
  await page.keyboard.press("ArrowDown");
  await textIn(page, "#lines-note", /Without contents/);
});
