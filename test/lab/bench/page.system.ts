/** The report in a real browser and on paper. Needs the Debian packages chromium, fonts-dejavu-core and poppler-utils. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { resultPage } from "../../../src/lab/bench/report/page.ts";
import { assertAccessible, openPage, overflowPx, startBrowser } from "../../support/browser.ts";
import { exampleResult } from "./example-result.ts";

/** A phone's width, and a desk's. */
const widths = [390, 1280];

function writePage(t: TestContext): { readonly url: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-page-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "report.html");
  writeFileSync(file, resultPage(exampleResult()));
  return { url: pathToFileURL(file).href, folder };
}

/** The charts that are shown: how wide, and how high their smallest text is. */
function chartsOf(page: Page): Promise<readonly { readonly widthPx: number; readonly textPx: number }[]> {
  return page.locator("svg:visible").evaluateAll((charts) =>
    (charts as unknown as readonly BrowserElement[]).map((chart) => ({
      widthPx: chart.getBoundingClientRect().width,
      textPx: Math.min(...[...chart.querySelectorAll("text")].map((text) => text.getBoundingClientRect().height)),
    })),
  );
}

interface BrowserElement {
  getBoundingClientRect(): { readonly width: number; readonly height: number };
  querySelectorAll(selector: string): Iterable<BrowserElement>;
}

test("legible on a phone and at a desk, light and dark", async (t) => {
  const browser = await startBrowser(t);
  const { url } = writePage(t);
  const papers = new Set<string>();
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of widths) {
      const viewport = { width, height: 800 };
      const { page, complaints } = await openPage(browser, url, { viewport, colorScheme });
      const where = `${colorScheme}, ${width} px`;
      assert.equal(await overflowPx(page), 0, where);
      const charts = await chartsOf(page);
      assert.equal(charts.length, 3, where);
      for (const { widthPx, textPx } of charts) {
        assert.ok(widthPx <= width && widthPx > Math.min(width, 760) * 0.8, `${where}: a chart of ${widthPx} px`);
        // A line of text of 11 px.
        assert.ok(textPx >= 12, `${where}: text of ${textPx} px`);
      }
      // Of the schemes' colours too; it takes seconds.
      if (width === widths[0]) await assertAccessible(page);
      papers.add(await page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor"));
      assert.deepEqual(complaints, []);
      await page.context().close();
    }
  }
  assert.equal(papers.size, 2, [...papers].join());
});

test("what passed is shown when it is asked for", async (t) => {
  const { page } = await openPage(await startBrowser(t), writePage(t).url);
  const passed = page.getByText("<b17 of-ids");
  assert.ok(await page.getByText("<b17 of-once").isVisible());
  assert.equal(await passed.isVisible(), false);
  await page.locator("tr", { has: passed }).locator("summary").click();
  assert.ok(await passed.isVisible());
});

test("each printed page has the specimen, the verdict and its number", async (t) => {
  const { url, folder } = writePage(t);
  const { page } = await openPage(await startBrowser(t), url, { colorScheme: "dark" });
  const pdf = join(folder, "report.pdf");
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  const text = execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8" });
  const pages = text.split("\f").slice(0, -1);
  assert.ok(pages.length >= 3 && pages.length <= 6, `${pages.length} pages`);
  for (const [at, onPage] of pages.entries()) {
    assert.match(onPage, /^ *Bench report: Pump controller S\/N 0042, 2026-01-02 03:04 UTC +FAIL\n/);
    assert.match(onPage.trimEnd(), new RegExp(` page ${at + 1} of ${pages.length}$`));
  }
  const [first = ""] = pages;
  for (const words of ["Tested by: Ada L.", "Date", "Signature", "pump-1.4.2", "usb-FTDI_FT232R_USB_UART_A50285BI"])
    assert.ok(first.includes(words), words);
  // Of the rules that passed the lines stay on the screen.
  assert.match(text, /<b17 of-once/);
  assert.doesNotMatch(text, /<b17 of-ids/);
});
