// Somebody without a carrier goes from the first link to the first sale, by the keyboard, along the page of first steps.

export default async ({ page, base, pictures, data, check, tabTo, findings }) => {
  const keys = page.keyboard;
  let clicks = 0;
  const into = async (label, text) => {
    await tabTo(label);
    await keys.press("ControlOrMeta+A");
    await keys.type(text);
  };
  const go = async (label, to) => {
    await tabTo(label);
    await keys.press("Enter");
    clicks += 1;
    await page.waitForURL(to);
  };
  const step = async (label, to, next) => {
    await page.goto(`${base}/start`);
    check((await page.locator("h1").innerText()) === `Next: ${next}`, `${next} is next`);
    await go(label, to);
  };

  await page.goto(`${base}${data.path}`);
  await into("Your name", "Ada Lovelace");
  await into("E-mail", "ada@example.com");
  await into("Password", data.password);
  await into("The same once more", data.password);
  await keys.press("Enter");
  await page.waitForURL("**/start");

  await step("New buyer", "**/buyers/new", "The first buyer");
  await into("Id", "buyer-c");
  await into("Name", "Buyer C");
  await keys.press("Enter");
  await page.waitForURL("**/buyers/buyer-c?saved=true");

  await step("New offer", "**/offers/new", "The first offer");
  await into("Id", "buyer-c-medicare");
  await into("Name", "Medicare");
  await tabTo("Buyer");
  await keys.type("Buyer C");
  await into("Vertical", "medicare");
  await into("Static price", "45");
  await into("Ping URL", data.ping);
  await into("Post URL", data.post);
  await into("Destination", "+13055550203");
  await keys.press("Enter");
  await page.waitForURL("**/offers/buyer-c-medicare?saved=true");

  await step("New campaign", "**/campaigns/new", "The first campaign, with its script");
  await into("Id", "medicare");
  await into("Name", "Medicare line");
  await into("Vertical", "medicare");
  await tabTo("Field");
  await keys.type("zip");
  await tabTo("Who may see the answer");
  await keys.type("Bidders");
  await tabTo("What the caller hears");
  await keys.type("Please enter your zip code.");
  await tabTo("What is an answer");
  await keys.type("zip");
  await tabTo("Add and publish");
  await keys.press("Enter");
  await page.waitForURL("**/campaigns/medicare?saved=true");

  await step("Give it one", "**/campaigns/medicare#numbers", "A number of the campaign");
  await tabTo("Number 1");
  await keys.type("+18005550100");
  await tabTo("Save the numbers");
  await keys.press("Enter");
  await page.waitForURL("**/campaigns/medicare?saved=true");

  await step("Simulate a call", "**/simulate", "A simulated call");
  check((await page.locator("[id='a.zip']").inputValue()) === "33109", "an answer that fits stands there");
  await go("Place the call", /\/simulate\/[0-9a-f-]+$/);
  await page.getByText("As it happens.").waitFor();
  await page.getByText("The call is over, and the sale is earned.").waitFor();
  check((await page.locator("#live-headline").innerText()).startsWith("Sold to Buyer C"), "the sale is said first");
  check(await page.getByText("$91.00, earned").isVisible(), "and what it brought");
  await go("The call's story", /\/calls\/[0-9a-f-]+$/);
  check((await page.locator("h1").innerText()).startsWith("Sold to Buyer C"), "the story says it as well");

  // The same offer is tried by a test call, which brings nothing.
  const steps = clicks;
  await page.goto(`${base}/offers/buyer-c-medicare`);
  await go("Test call", "**/offers/buyer-c-medicare/test-call");
  await findings("test-call");
  await page.screenshot({ path: `${pictures}/test-call.png`, fullPage: true });
  await go("Place the test call", /\/simulate\/[0-9a-f-]+$/);
  await page.getByText("The call is over, and the sale is earned.").waitFor();
  check(await page.getByText("A test call of Medicare arrives").isVisible(), "the test says what it is");
  await go("The call's story", /\/calls\/[0-9a-f-]+$/);
  check(await page.locator(".head .tag", { hasText: "test" }).isVisible(), "the story is marked");
  check((await page.locator(".price strong").innerText()) === "$0.00", "and nothing is charged");
  await findings("test-call-story");
  await page.screenshot({ path: `${pictures}/test-call-story.png`, fullPage: true });
  await page.goto(`${base}/calls`);
  check((await page.locator("tr .tag", { hasText: /^test$/ }).count()) === 1, "one call of the list is a test");
  await page.goto(`${base}/`);
  check((await page.locator("h1").innerText()).startsWith("$91.00 earned"), "today's money is the real sale alone");
  await page.goto(`${base}/offers/buyer-c-medicare/test-call`);
  check((await page.locator("h1").innerText()) === "The test call has come", "the page of the test knows its call");
  clicks = steps;

  await page.goto(`${base}/start`);
  check((await page.locator("h1").innerText()) === "The first call is sold", "the way is at its end");
  check((await page.locator("#path ~ ol .tag.near, section:has(#path) .tag.near").count()) === 0, "and all of it is done");
  check(clicks <= 12, `in ${clicks} steps`);
  await page.goto(`${base}/`);
  check((await page.getByText("Nothing was ever sold here").count()) === 0, "Home leads nobody any more");
};
