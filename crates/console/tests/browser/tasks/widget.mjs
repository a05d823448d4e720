// Somebody on another site's page asks for a call by the keyboard alone, makes a mistake, and sees how the request stands.

export default async ({ page, pictures, data, check, tabTo, findings }) => {
  await page.goto(data.page);
  const state = page.locator("[role=status]");
  await page.getByRole("heading", { name: "Shall we call you?" }).waitFor();
  await findings("widget-form");
  const tab = async (name) => {
    for (let n = 0; n < 20; n += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.id ?? "");
      if (at === name) return;
    }
    throw new Error(`Tab never reached "${name}"`);
  };
  await tab("phone");
  await page.keyboard.press("Enter");
  const focused = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.id);
  check((await focused()) === "phone", "what is missing has the focus");
  check((await page.getByLabel("Your telephone number").getAttribute("aria-invalid")) === "true", "and is marked");
  await page.keyboard.type("12");
  await page.keyboard.press("Tab");
  await page.keyboard.type("33109");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await page.getByText("this is no telephone number").waitFor();
  check((await focused()) === "phone", "what is wrong has the focus");
  await findings("widget-wrong");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("(305) 555-0142");
  await page.keyboard.press("Enter");
  await state.getByText("We have your request.").waitFor();
  check(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("role") === "status"), "the state has the focus");
  await findings("widget-state");
  await page.screenshot({ path: `${pictures}/widget-state.png`, fullPage: true });
  for (const [step, says] of data.steps) {
    await page.evaluate((url) => fetch(url, { mode: "no-cors" }), `${data.page}stand/${step}`);
    await state.getByText(says).waitFor({ timeout: 20_000 });
  }
  const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length].join());
  check(kept === ",0,0", `nothing is kept in the browser: ${kept}`);
  check(!page.url().includes("0142"), "the number stands in no address");
};
