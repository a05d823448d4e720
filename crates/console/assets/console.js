// What a page does by itself: keys, copying, and asking before what cannot be taken back. Pages work without it.
"use strict";

// When `g` was pressed: the next key says where to go.
let went = 0;

const written = (element) => element.closest("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || written(event.target)) return;
  const search = document.querySelector("[data-search]");
  const rows = [...document.querySelectorAll("tr[data-row] a[data-open]")];
  const at = rows.indexOf(document.activeElement);
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "j" && rows.length) {
    rows[Math.min(at + 1, rows.length - 1)].focus();
  } else if (event.key === "k" && rows.length) {
    rows[Math.max(at - 1, 0)].focus();
  } else if (event.key === "?") {
    const help = document.getElementById("keys");
    if (help && !help.open) help.showModal();
  } else if (went && performance.now() - went < 1500) {
    const to = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
    if (to) to.click();
  }
  went = event.key === "g" ? performance.now() : 0;
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  if (event.target.closest("button[data-keys]")) document.getElementById("keys").showModal();
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent.trim();
  await navigator.clipboard.writeText(text);
  button.textContent = "Copied";
});

// A file is sent as it is, so that the server reads it as it comes; what it answers takes the place of the page's content.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-file]") || event.defaultPrevented) return;
  event.preventDefault();
  const file = form.querySelector("input[type=file]").files[0];
  if (!file) return;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const headers = { "content-type": file.type || "text/plain", "x-csrf-token": form.elements.csrf.value };
    const answer = await fetch(form.action, { method: "POST", headers, body: file });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.querySelector("[role=status], [aria-invalid], [role=alert]")?.scrollIntoView({ block: "center" });
  } finally {
    button.disabled = false;
  }
});
