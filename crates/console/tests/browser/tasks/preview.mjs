// Whom a draft would match is asked by the keyboard, and what was typed is still there.

export default async ({ page, base, pictures, check, tabTo }) => {
  const keys = page.keyboard;
  await page.goto(`${base}/offers/e`);
  await tabTo("Name");
  await keys.type("by day");
  await tabTo("Filter 1: field");
  await keys.type("age");
  await tabTo("Filter 1: how");
  await keys.type("is between");
  await tabTo("Filter 1: values");
  await keys.type("70, 99");
  await tabTo("Who would it match?");
  await keys.press("Enter");
  await page.waitForSelector("#preview");
  const says = await page.locator("#preview").innerText();
  check(says.includes("It would have been asked in 0 of 1 auction"), `it says: ${says}`);
  const name = await page.locator("#name").inputValue();
  check(name === "by day", `what was typed is still there: ${name}`);
  await page.screenshot({ path: `${pictures}/offer-preview.png`, fullPage: true });
  await tabTo("Its filter on “age” does not pass");
  await keys.press("Enter");
  check(page.url().endsWith("#filters"), `a reason leads to its field, and not to ${page.url()}`);
};
