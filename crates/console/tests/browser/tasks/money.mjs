// Somebody asks for the keys, goes to the money, opens a sale and corrects it, by the keyboard alone.

export default async ({ page, base, check, tabTo }) => {
  await page.goto(`${base}/calls`);
  await page.keyboard.press("?");
  check(await page.getByRole("dialog", { name: "Keys" }).isVisible(), "the keys are told");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.waitForURL(`${base}/money`);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "Buyer C owes $91.00" }).waitFor();
  page.on("dialog", (dialog) => dialog.accept());
  await tabTo("Return");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await tabTo("How much, for an adjustment?");
  await page.keyboard.type("six");
  await tabTo("Why?");
  await page.keyboard.type("agreed with the buyer");
  await page.keyboard.press("Enter");
  await page.locator("#amount-wrong").waitFor();
  check((await page.inputValue("#reason")) === "agreed with the buyer", "the reason is not lost");
  await page.fill("#amount", "-6.00");
  await page.locator("#reason").focus();
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "Buyer C owes $85.00" }).waitFor();
};
