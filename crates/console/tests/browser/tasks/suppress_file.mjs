// A file of numbers is imported by the keyboard; what is wrong with a line is named without the number.

export default async ({ page, base, check, tabTo }) => {
  await page.goto(`${base}/suppressions`);
  const text = "name,phone\nAda,(305) 555-0142\nnobody,12\n";
  await page.locator("#file").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await tabTo("Import the file");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#said");
  check((await page.innerText("#said")) === "Imported: 1 new, 0 known, 0 named twice, 1 unreadable.", "what it came to");
  check((await page.innerText("#bad")).startsWith("line 3: a number has ten digits"), "the line is named");
  check((await page.innerText("main")).includes("(305) •••-••42"), "the list is there, masked");
  await page.locator("#file").setInputFiles({ name: "list.txt", mimeType: "text/plain", buffer: Buffer.from("nobody") });
  await page.locator("form[data-file] button").press("Enter");
  await page.waitForSelector("#file-wrong");
  check((await page.innerText("#file-wrong")).startsWith("no line of it names a number"), "and what is wrong as a whole");
};
