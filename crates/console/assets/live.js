// Keeps the list of live calls as it is: the server sends it whenever it is another one. Without this the page shows the list
// of the moment in which it was opened.
"use strict";

const list = document.getElementById("live");
const headline = document.getElementById("live-headline");
const state = document.getElementById("live-state");
const told = document.getElementById("live-told");
let shownAt = performance.now();

const seconds = (ms) => {
  const whole = Math.floor(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

// What is counted between two lists. Each carries how much it was when it was sent.
const count = () => {
  const gone = performance.now() - shownAt;
  for (const it of list.querySelectorAll("[data-gone]")) it.textContent = seconds(Number(it.dataset.gone) + gone);
  for (const it of list.querySelectorAll("[data-left]")) {
    const left = Math.max(0, Number(it.dataset.left) - gone);
    it.textContent = `${(left / 1000).toFixed(1)} s`;
    const bar = it.closest("td").querySelector(".countdown .win");
    bar?.setAttribute("width", Math.round((left * 1000) / Number(it.dataset.whole)));
  }
};

const show = (html) => {
  const at = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  list.innerHTML = html;
  shownAt = performance.now();
  if (at) list.querySelector(`a[href="${CSS.escape(at)}"], a[href="${at}"]`)?.focus();
  const said = list.firstElementChild?.dataset.headline ?? "";
  if (headline.textContent === said) return;
  headline.textContent = said;
  told.textContent = said;
};

const source = new EventSource(list.dataset.source);
source.addEventListener("open", () => { state.textContent = "As it happens."; });
source.addEventListener("list", (event) => show(event.data));
source.addEventListener("error", () => {
  state.textContent =
    source.readyState === EventSource.CLOSED ? "Not as it happens any more: open the page again." : "Connecting again…";
});
setInterval(count, 200);
