// A callback that waits is cancelled by the keyboard, after a question.

export default async ({ page, base, check, tabTo }) => {
  const asked = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.message());
    if (asked.length === 1) dialog.dismiss();
    else dialog.accept();
  });
  await page.goto(`${base}/callbacks?state=waiting`);
  await tabTo("Cancel");
  await page.keyboard.press("Enter");
  check(page.url().endsWith("?state=waiting"), "who says no stays");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/callbacks?state=waiting&cancelled=yes");
  check((await page.locator("[role=status]").innerText()).startsWith("It is cancelled"), "it says so");
};
