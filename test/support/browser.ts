/** A real browser: Debian's chromium, without a window. Needs the Debian package chromium. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Its sandbox needs namespaces that a container may not give to root; the pages are our own. */
export async function startBrowser(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  t.after(() => browser.close());
  return browser;
}

export interface OpenPage {
  readonly page: Page;
  /** What the page has complained about so far: exceptions, and what its policy has stopped. */
  readonly complaints: readonly string[];
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** No violation of WCAG 2.2 A and AA, by axe-core. In a page whose policy forbids foreign scripts: give `bypassCSP`. */
export async function assertAccessible(page: Page): Promise<void> {
  await page.addScriptTag({ path: axe });
  const found: string[] = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as AxeWindow).axe.run();
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  assert.deepEqual(found, []);
}

interface AxeWindow {
  readonly axe: {
    run(): Promise<{
      readonly violations: readonly {
        readonly id: string;
        readonly help: string;
        readonly nodes: readonly { readonly html: string }[];
      }[];
    }>;
  };
}

/** Whether anything of the page stands out on the right: a person would have to scroll sideways. */
export function overflowPx(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = (
      globalThis as unknown as {
        readonly document: { readonly documentElement: { readonly scrollWidth: number; readonly clientWidth: number } };
      }
    ).document.documentElement;
    return scrollWidth - clientWidth;
  });
}
