// Somebody words a widget and sees it before it stands on a page.

export default async ({ page, base, data, check }) => {
  await page.goto(`${base}${data.path}`);
  const preview = page.locator("#preview");
  await preview.getByRole("heading", { name: "Shall we call you?" }).waitFor();
  await page.getByLabel("Heading").fill('Questions? "Ask" <us>');
  await page.getByLabel("Colour of the button").fill("#006b3f");
  await page.keyboard.press("Tab");
  await preview.getByRole("heading", { name: 'Questions? "Ask" <us>' }).waitFor();
  const snippet = await page.getByLabel("Snippet").inputValue();
  check(snippet.includes('data-title="Questions? &quot;Ask&quot; &lt;us>"'), `the snippet says the heading: ${snippet}`);
  check(snippet.includes('data-accent="#006b3f"') && snippet.includes("pingpost_widget_"), "and the colour and the key");
  await page.getByLabel("Show").selectOption("call_at");
  await preview.getByText("We will call you at 9:00").waitFor();
  await page.getByLabel("Show").selectOption("stopped");
  await preview.getByText("You asked us not to call.").waitFor();
  await page.getByLabel("Show").selectOption("");
  await preview.getByRole("button", { name: "Call me" }).waitFor();
};
