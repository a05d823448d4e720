// Somebody looks for the last four digits, opens the call, and sees who called only after giving a reason.

export default async ({ page, base, data, check, tabTo }) => {
  await page.goto(`${base}/calls`);
  await page.keyboard.press("j");
  check(await page.evaluate(() => document.activeElement.matches("[data-open]")), "j goes to the first call");
  await page.keyboard.press("/");
  check(await page.evaluate(() => document.activeElement.id === "number"), "the slash goes to the search");
  await page.keyboard.type(data.last);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/calls/find`);
  check(!page.url().includes(data.last), "the number stands in no address");
  check((await page.locator("tr[data-row]").count()) === 1, "one call is found");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "Sold to Buyer C" }).waitFor();
  check(!(await page.content()).includes(data.number), "the number is covered");
  await tabTo("Reveal, with a reason");
  await page.keyboard.press("Enter");
  await tabTo("Why do you need to see who called?");
  await page.keyboard.type("The buyer says that nobody called");
  await page.keyboard.press("Enter");
  await page.locator("strong", { hasText: data.number }).waitFor();
  check(!page.url().includes(data.number.slice(1)), "the number stands in no address");
};
