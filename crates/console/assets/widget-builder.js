// The builder of a widget: the preview is the very script that pages load, and the snippet follows the fields.
"use strict";

const builder = document.getElementById("builder");
const preview = document.getElementById("preview");
const state = document.getElementById("state");
const snippet = document.getElementById("snippet");
const usual = { title: "Shall we call you?", button: "Call me" };

const chosen = () => {
  const found = {};
  for (const name of ["title", "button", "accent", "radius"]) {
    const value = builder.elements[name].value.trim();
    if (value && value !== usual[name]) found[name] = value;
  }
  return found;
};

const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

const show = () => {
  const host = preview.querySelector("div");
  if (!host) return;
  const at = new Date();
  at.setHours(9, 0, 0, 0);
  const detail = state.value ? { state: state.value, call_at: at.toISOString() } : null;
  host.dispatchEvent(new CustomEvent("pingpost-show", { detail }));
};

const draw = () => {
  const found = chosen();
  const attributes = Object.entries({ key: builder.dataset.key, ...found }).map(([name, value]) => ` data-${name}="${quoted(value)}"`);
  const source = builder.dataset.script || "https://YOUR-SERVER/widget.js";
  snippet.value = `<script src="${source}"${attributes.join("")} async></script>`;
  preview.replaceChildren();
  const script = document.createElement("script");
  Object.assign(script.dataset, found, { preview: builder.dataset.words, into: "#preview" });
  script.src = builder.dataset.asset;
  script.addEventListener("load", show);
  preview.append(script);
};

builder.addEventListener("submit", (event) => event.preventDefault());
builder.addEventListener("change", (event) => (event.target === state ? show() : draw()));
document.getElementById("copy").addEventListener("click", async () => {
  const said = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(snippet.value);
    said.textContent = "Copied.";
  } catch {
    snippet.select();
    said.textContent = "Copy what is selected.";
  }
});
draw();
