// An offer is made, tried and mapped by the keyboard.

export default async ({ page, base, check, tabTo }) => {
  const keys = page.keyboard;
  const into = async (label, text) => {
    await tabTo(label);
    await keys.press("ControlOrMeta+A");
    await keys.type(text);
  };
  await page.goto(`${base}/offers`);
  await tabTo("New offer");
  await keys.press("Enter");
  await page.waitForURL("**/offers/new");
  await into("Id", "buyer-z");
  await into("Name", "Buyer Z");
  await tabTo("Buyer");
  await keys.type("Buyer A");
  await into("Vertical", "medicare");
  await into("Ping URL", "https://z.example/ping");
  await into("Post URL", "https://z.example/post");
  await into("Time to answer", "99 seconds");
  await keys.press("Enter");
  await page.waitForSelector("#timeout-wrong");
  check((await page.locator("#name").inputValue()) === "Buyer Z", "what was typed is still there");
  await into("Time to answer", "3s");
  await keys.press("Enter");
  await page.waitForURL("**/offers/buyer-z?saved=true");

  await tabTo("Send a test ping");
  await keys.press("Enter");
  await page.waitForURL("**/offers/buyer-z/ping");
  await tabTo("Send the test ping");
  await keys.press("Enter");
  await page.waitForSelector(".note.good");
  check((await page.locator("h1").innerText()).startsWith("A bid of 91.00"), "the bid is said first");

  await tabTo("Map this reply");
  await keys.press("Enter");
  await page.waitForURL("**/offers/buyer-z/sample");
  await into("The reply", '{"bid": 12}');
  await tabTo("Read it");
  await keys.press("Enter");
  await page.waitForSelector("#mapping");
  await tabTo("Keep this mapping on the offer");
  await keys.press("Enter");
  await page.waitForURL("**/offers/buyer-z?saved=true");
  check((await page.locator("[id='wire.bid']").inputValue()) === "$.bid", "the mapping stands in the form");
};
