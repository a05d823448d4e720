// The list of live calls changes while somebody looks at it, by the keyboard's row that has the focus as well.

export default async ({ page, base, check }) => {
  await page.goto(`${base}/live`);
  await page.getByText("As it happens.").waitFor();
  check((await page.locator("tr[data-row]").count()) === 3, "three calls go on");
  await page.keyboard.press("j");
  const at = await page.evaluate(() => document.activeElement.getAttribute("href"));
  await page.locator("tr", { hasText: "Rings" }).nth(1).waitFor();
  check((await page.evaluate(() => document.activeElement.getAttribute("href"))) === at, "the focus stays where it was");
  check((await page.locator("#live-headline").innerText()) === "3 calls now", "the headline counts them");
};
