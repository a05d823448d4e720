// The first owner is told that a common password will not do, chooses another, and is in.

export default async ({ page, base, data, check }) => {
  await page.goto(`${base}${data.path}`);
  check(await page.evaluate(() => document.activeElement.id === "name"), "the name has the focus");
  const keys = page.keyboard;
  await keys.type("Ada Lovelace");
  await keys.press("Tab");
  await keys.type("Ada@Example.com");
  await keys.press("Tab");
  await keys.type("password1");
  await keys.press("Tab");
  await keys.type("password1");
  await keys.press("Enter");
  await page.locator("#password-wrong").waitFor();
  check((await page.inputValue("#name")) === "Ada Lovelace", "the name is not lost");
  check(await page.evaluate(() => document.activeElement.id === "password"), "the password has the focus");
  await keys.type(data.password);
  await keys.press("Tab");
  await keys.type(data.password);
  await keys.press("Enter");
  await page.getByRole("heading", { name: "Next: The first buyer", exact: true }).waitFor();
};
