// Shows /v1/openapi.json: nothing is loaded from elsewhere.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

const element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const operation = (path, method, described) => {
  const summary = element("summary", {}, element("code", {}, `${method.toUpperCase()} ${path}`), ` ${described.summary ?? ""}`);
  const body = element("div", {}, element("p", { class: "quiet" }, described.description ?? ""));
  const fields = element("dl", { class: "facts" });
  for (const parameter of described.parameters ?? []) {
    fields.append(element("dt", {}, `${parameter.name} (${parameter.in})`), element("dd", {}, parameter.description ?? ""));
  }
  for (const [status, answer] of Object.entries(described.responses ?? {})) {
    fields.append(element("dt", {}, status), element("dd", {}, answer.description ?? ""));
  }
  body.append(fields);
  return element("details", { class: "card" }, summary, body);
};

const show = async () => {
  const target = document.getElementById("operations");
  const answer = await fetch(target.dataset.source);
  const api = await answer.json();
  target.replaceChildren();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) if (item[method]) target.append(operation(path, method, item[method]));
  }
};

show();
