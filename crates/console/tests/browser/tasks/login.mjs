// Somebody logs in by the keyboard, is told of a wrong password without losing the address, and logs out.

export default async ({ page, base, data, check, tabTo }) => {
  await page.goto(`${base}/account`);
  check(new URL(page.url()).pathname === "/login", "who is not known is asked to log in");
  check(await page.evaluate(() => document.activeElement.id === "email"), "the address has the focus");
  await page.keyboard.type(data.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("wrong horse battery");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  check((await page.inputValue("#email")) === data.email, "the address is not lost");
  check(await page.evaluate(() => document.activeElement.id === "password"), "the password has the focus");
  await page.keyboard.type(data.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/account`);
  await tabTo("Log out");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/login`);
};
