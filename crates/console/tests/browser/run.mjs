// Opens pages in headless Chromium, as tests/pages asks by one JSON object on standard input, and answers with one: what is
// wrong. `pages` are looked at in light and wide, and in dark and narrow; `task` is a module of tasks/ that uses the keyboard alone.

import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
// Both schemes and both widths, each once: a scheme changes colours alone, and a width the layout alone.
const LOOKS = [["light", 1280], ["dark", 360]];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const text = async () => {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return Buffer.concat(parts).toString();
};

const asked = JSON.parse(await text());
const wrong = [];

const watched = (page, name) => {
  page.on("console", (message) => {
    // Chromium says so of every form that is not taken.
    if (!message.text().includes("status of 422")) wrong.push(`${name}: the console says: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`${name}: a script failed: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    const known = [asked.base, ...(asked.data?.also ?? []), "data:"];
    if (!known.some((it) => url.startsWith(it))) wrong.push(`${name}: asks for ${url}`);
  });
};

const contextOf = async (browser, scheme, width) => {
  const context = await browser.newContext({
    colorScheme: scheme,
    reducedMotion: "reduce",
    viewport: { width, height: width < 500 ? 740 : 860 },
  });
  if (asked.cookie) {
    const [name, value] = asked.cookie.split("=");
    await context.addCookies([{ name, value, url: asked.base, httpOnly: true, sameSite: "Lax" }]);
  }
  return context;
};

const findings = async (page, name) => {
  await page.evaluate(axe);
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  for (const violation of found.violations.filter((it) => ["serious", "critical"].includes(it.impact))) {
    const places = violation.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} (${node.any[0]?.message ?? ""})`);
    wrong.push(`${name}: ${violation.id}: ${violation.help}: ${places.join("; ")}`);
  }
  const [inner, outer] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  if (inner > outer) wrong.push(`${name}: scrolls sideways, ${inner} px in ${outer} px`);
};

const look = async (browser, { path, name, status = 200 }) => {
  for (const [scheme, width] of LOOKS) {
    const context = await contextOf(browser, scheme, width);
    const page = await context.newPage();
    const shown = `${name}-${scheme}-${width}`;
    if (status < 400) watched(page, shown);
    const answer = await page.goto(`${asked.base}${path}`, { waitUntil: "load" });
    if (answer.status() !== status) wrong.push(`${shown}: answered ${answer.status()}, not ${status}`);
    const end = new URL(page.url());
    if (end.pathname + end.search !== path) wrong.push(`${shown}: ended at ${end.pathname}`);
    await findings(page, shown);
    await page.screenshot({ path: `${asked.pictures}/${shown}.png`, fullPage: true });
    await context.close();
  }
};

const task = async (browser, name) => {
  const { default: play } = await import(`./tasks/${name}.mjs`);
  const context = await (asked.data?.narrow ? contextOf(browser, "dark", 360) : contextOf(browser, "light", 1280));
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  watched(page, name);
  const check = (holds, what) => { if (!holds) wrong.push(`${name}: ${what}`); };
  // Tab until what has the focus is named so, as somebody without a mouse would.
  const tabTo = async (label) => {
    for (let n = 0; n < 80; n += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const it = document.activeElement;
        return [it?.labels?.[0]?.innerText, it?.ariaLabel, it?.innerText].map((text) => text?.trim() ?? "");
      });
      if (at.some((text) => text === label || text.startsWith(`${label}\n`))) return;
    }
    throw new Error(`Tab never reached "${label}"`);
  };
  try {
    await play({ page, base: asked.base, pictures: asked.pictures, data: asked.data, check, tabTo, findings: (name) => findings(page, name) });
  } catch (error) {
    wrong.push(`${name}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
    await page.screenshot({ path: `${asked.pictures}/${name}-failed.png`, fullPage: true });
  }
  await context.close();
};

await mkdir(asked.pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: asked.chromium,
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  for (const page of asked.pages ?? []) await look(browser, page);
  if (asked.task) await task(browser, asked.task);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(wrong));
