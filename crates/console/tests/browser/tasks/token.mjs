// A token is made by the keyboard, and shown once.

export default async ({ page, base, check, tabTo }) => {
  await page.goto(`${base}/tokens`);
  await tabTo("What is it for?");
  const keys = page.keyboard;
  await keys.type("Nightly report");
  await keys.press("Enter");
  await page.locator("#scopes-wrong").waitFor();
  check((await page.inputValue("#name")) === "Nightly report", "the name is not lost");
  await tabTo("calls:read");
  await keys.press("Space");
  await keys.press("Enter");
  const token = await page.locator("#secret").innerText();
  check(token.startsWith("pingpost_live_"), "the token is shown");
  await page.goto(`${base}/tokens`);
  check(!(await page.content()).includes(token), "and not again");
};
