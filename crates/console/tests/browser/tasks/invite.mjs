// Somebody is invited by the keyboard; the link is shown.

export default async ({ page, base, check, tabTo }) => {
  await page.goto(`${base}/users`);
  await tabTo("Name");
  const keys = page.keyboard;
  await keys.type("Grace Hopper");
  await keys.press("Tab");
  await keys.type("Grace@Example.com");
  await keys.press("Tab");
  // From the last role, which is chosen, up to Finance.
  await keys.press("ArrowUp");
  await keys.press("ArrowUp");
  await keys.press("Enter");
  const link = await page.locator("#link").innerText();
  check(link.startsWith(`${base}/link/`), "the link is shown");
  check(await page.getByText("grace@example.com").isVisible(), "the new user is in the list");
};
