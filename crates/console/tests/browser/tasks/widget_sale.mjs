// A visitor of another site asks for a call and is rung; then whoever runs the place finds the sale in the console.

export default async ({ page, base, pictures, data, check }) => {
  await page.goto(data.page);
  await page.getByRole("heading", { name: "Shall we call you?" }).waitFor();
  await page.getByLabel("Your telephone number").fill(data.phone);
  await page.locator("#zip").fill(data.zip);
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Call me" }).click();
  await page.locator("[role=status]").getByText("We have reached you.").waitFor({ timeout: 30_000 });

  await page.goto(`${base}${data.path}`);
  await page.getByLabel("Password").first().fill(data.password);
  await page.getByLabel("The same once more").fill(data.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/link/"));
  await page.goto(`${base}/calls`);
  const sold = page.locator("tr", { hasText: "Buyer C" });
  await sold.first().waitFor();
  check((await sold.count()) === 1, "one lead was sold");
  check((await sold.innerText()).includes("91.00"), "at the highest bid");
  check(await sold.getByText("callback", { exact: true }).isVisible(), "and came as a request to be called");
  check(!(await page.content()).includes("5550177"), "the number is masked");
  await page.screenshot({ path: `${pictures}/widget-sale-list.png`, fullPage: true });
  await sold.getByRole("link").first().click();
  await page.waitForURL(/\/calls\/[0-9a-f-]+$/);
  // The talk goes on for some seconds more.
  const headline = page.getByRole("heading", { level: 1, name: /^Sold to Buyer C/ });
  for (let n = 0; n < 60 && !(await headline.isVisible()); n += 1) {
    await page.waitForTimeout(500);
    await page.reload();
  }
  check(await headline.isVisible(), "the story says so first");
  check(await page.getByText("Somebody asks to be called").isVisible(), "and how it began");
  await page.screenshot({ path: `${pictures}/widget-sale.png`, fullPage: true });
};
