// Fifty calls at once on the page of live calls: each comes, changes and goes without a reload. How long a change took to be on
// the page is printed and kept beside the pictures, since no test of a shared machine can promise a time.

import { writeFile } from "node:fs/promises";

// What begins a stage, as the call's timeline names it.
const BEGINS = {
  Questions: ["arrived"],
  Auction: ["auction_opened", "auction_reopened"],
  Rings: ["dial_taken"],
  Talks: ["buyer_picked_up", "buyer_accepted"],
};

export default async ({ page, base, pictures, data, check }) => {
  await page.goto(`${base}${data.path}`);
  await page.getByLabel("Password").first().fill(data.password);
  await page.getByLabel("The same once more").fill(data.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/link/"));
  await page.goto(`${base}/live`);
  await page.getByText("As it happens.").waitFor();
  await page.evaluate(() => {
    window.seen = { at: {}, most: 0, counted: 0 };
    const live = document.getElementById("live");
    const look = () => {
      const now = Date.now();
      const rows = [...live.querySelectorAll("tr[data-row]")];
      window.seen.most = Math.max(window.seen.most, rows.length);
      window.seen.counted += live.querySelectorAll("[data-left]").length;
      const here = new Set();
      for (const row of rows) {
        const id = row.querySelector("a[data-open]").getAttribute("href").split("/").pop();
        const stage = row.querySelector("[data-label=Stage] .tag").textContent.trim();
        here.add(id);
        const stages = (window.seen.at[id] ??= []);
        if (stages.at(-1)?.[0] !== stage) stages.push([stage, now]);
      }
      for (const [id, stages] of Object.entries(window.seen.at)) {
        if (!here.has(id) && stages.at(-1)[0] !== "gone") stages.push(["gone", now]);
      }
    };
    new MutationObserver(look).observe(live, { childList: true });
  });
  const calls = await (await fetch(data.go)).json();
  await page.waitForFunction((calls) => calls.every((id) => window.seen.at[id]), calls, { timeout: 60_000 });
  await page.screenshot({ path: `${pictures}/live-crowd.png` });
  const over = (calls) => calls.every((id) => window.seen.at[id].at(-1)[0] === "gone");
  await page.waitForFunction(over, calls, { timeout: 90_000 });
  await page.getByText("Nobody is on the line.").waitFor();
  check((await page.locator("#live-headline").innerText()) !== "", "the headline says so");

  const seen = await page.evaluate(() => window.seen);
  check(seen !== undefined, "the page was never loaded again");
  check(Object.keys(seen.at).length === calls.length, `${Object.keys(seen.at).length} of ${calls.length} calls were shown`);
  check(seen.counted > 0, "an auction showed its countdown");
  const lags = [];
  for (const id of calls) {
    const stages = seen.at[id];
    check(stages.length > 2, `${id} changed on the page: ${stages.map(([stage]) => stage).join(", ")}`);
    const answer = await fetch(`${base}/v1/calls/${id}`, { headers: { authorization: `Bearer ${data.token}` } });
    const story = await answer.json();
    for (const [stage, at] of stages) {
      const began = story.timeline.filter((step) => BEGINS[stage]?.includes(step.code)).map((step) => Date.parse(step.at));
      const last = began.filter((time) => time <= at).at(-1);
      if (last !== undefined) lags.push(at - last);
      else if (stage === "gone" && story.ended_at) lags.push(Math.max(0, at - Date.parse(story.ended_at)));
    }
  }
  check(lags.length >= calls.length, `only ${lags.length} changes could be told`);
  lags.sort((a, b) => a - b);
  const within = (share) => lags[Math.min(lags.length - 1, Math.floor(lags.length * share))];
  const said = { calls: calls.length, atOnce: seen.most, changes: lags.length, p50: within(0.5), p95: within(0.95), max: lags.at(-1) };
  console.error(`live page, ms from the event to the page: ${JSON.stringify(said)}`);
  await writeFile(`${pictures}/live-crowd.json`, `${JSON.stringify(said)}\n`);
};
