// A form that asks for a call, for any page: <script src="https://…/widget.js" data-key="pingpost_widget_…" async></script>
// It keeps nothing in the browser, sends no cookie, and touches nothing of the page but the place it stands in.
(() => {
  'use strict';
  const tag = document.currentScript;
  if (!tag) return;
  const said = tag.dataset;
  const base = new URL(tag.src, location.href).origin;
  const texts = {
    title: said.title || 'Shall we call you?',
    button: said.button || 'Call me',
    phone: said.phone || 'Your telephone number',
  };

  const CSS = `
:host { display: block; max-width: 26rem; color-scheme: light dark;
  --ink: var(--pingpost-ink, #1b1f24); --back: var(--pingpost-background, #ffffff); --line: var(--pingpost-line, #6e7781);
  --accent: var(--pingpost-accent, #0b57d0); --on: var(--pingpost-on-accent, #ffffff); --bad: var(--pingpost-wrong, #b3261e);
  --round: var(--pingpost-radius, 8px); font: 16px/1.45 var(--pingpost-font, system-ui, sans-serif); color: var(--ink); }
@media (prefers-color-scheme: dark) { :host { --ink: var(--pingpost-ink, #e6e8eb); --back: var(--pingpost-background, #15181c);
  --line: var(--pingpost-line, #8b949e); --accent: var(--pingpost-accent, #a8c7fa); --on: var(--pingpost-on-accent, #062e6f);
  --bad: var(--pingpost-wrong, #f2b8b5); } }
* { box-sizing: border-box; }
section { background: var(--back); color: var(--ink); border: 1px solid var(--line); border-radius: var(--round); padding: 1rem; }
h2 { font-size: 1.2rem; margin: 0 0 .75rem; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
.field { margin: 0 0 .9rem; }
input:not([type=checkbox]), select { width: 100%; min-height: 44px; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: var(--round); padding: .5rem .6rem; }
option { color: #1b1f24; background: #ffffff; }
.agree { display: flex; gap: .6rem; align-items: flex-start; font-weight: 400; font-size: .9rem; }
.agree input { flex: none; width: 1.3rem; height: 1.3rem; margin: .1rem 0 0; accent-color: var(--accent); }
button { min-height: 44px; width: 100%; font: inherit; font-weight: 600; color: var(--on); background: var(--accent); border: 0;
  border-radius: var(--round); padding: .5rem 1rem; cursor: pointer; }
.plain { margin-top: .6rem; color: var(--accent); background: transparent; border: 1px solid var(--line); }
button[disabled] { opacity: .6; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[aria-invalid=true] { border-color: var(--bad) !important; border-width: 2px !important; }
.wrong { color: var(--bad); font-size: .9rem; margin: .25rem 0 0; }
.wrong:empty, .state:empty { display: none; }
.state { margin: 0; font-size: 1.05rem; }
.state:focus { outline: none; }
.pulse::before { content: ''; display: inline-block; width: .7em; height: .7em; margin-right: .5em; border-radius: 50%;
  background: var(--accent); animation: pulse 1.2s ease-in-out infinite; }
@keyframes pulse { 50% { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .pulse::before { animation: none; } }`;

  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false && value != null) element.setAttribute(key, value === true ? '' : value);
    }
    element.append(...inside);
    return element;
  };

  const host = make('div');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  for (const name of ['accent', 'on-accent', 'background', 'ink', 'radius']) {
    const value = tag.getAttribute('data-' + name);
    if (value) host.style.setProperty('--pingpost-' + name, value);
  }
  const into = said.into && document.querySelector(said.into);
  if (into) into.append(host);
  else tag.after(host);

  const draw = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  };

  const ask = async (path, options = {}) => {
    const url = new URL(path, base);
    url.searchParams.set('key', said.key || '');
    const answer = await fetch(url, { credentials: 'omit', referrerPolicy: 'strict-origin', cache: 'no-store', ...options });
    const body = await answer.json().catch(() => ({}));
    return { status: answer.status, retry: Number(answer.headers.get('retry-after')) || 0, body };
  };

  // When we call, in the visitor's own words for a day and an hour.
  const when = (text) => {
    const at = new Date(text);
    const time = at.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
    const isToday = at.toDateString() === new Date().toDateString();
    return isToday ? time : at.toLocaleDateString([], { weekday: 'long' }) + ', ' + time;
  };

  const sentence = (now) => ({
    received: 'We have your request.',
    code_wanted: 'We have sent a code to your phone.',
    calling: 'We are calling you now.',
    call_at: now.call_at ? 'We will call you at ' + when(now.call_at) + '.' : 'We will call you.',
    connected: 'We have reached you.',
    not_reached: 'We could not reach you.',
    cancelled: 'Your request was cancelled. We will not call you.',
    stopped: 'You asked us not to call. We will not call you.',
  })[now.state] || 'We have your request.';

  const begin = (words) => {
    const status = make('p', { class: 'state', role: 'status', 'aria-live': 'polite', tabindex: '-1' });
    const form = make('form', { novalidate: true, 'aria-label': texts.title });
    const inputs = new Map();

    const field = (name, label, input, required) => {
      const wrong = make('p', { class: 'wrong', id: 'wrong-' + name });
      input.id = name;
      input.name = name;
      input.setAttribute('aria-describedby', wrong.id);
      if (required) input.required = true;
      inputs.set(name, { input, wrong });
      return make('div', { class: 'field' }, make('label', { for: name }, label + (required ? '' : ' (if you like)')), input, wrong);
    };

    form.append(field('phone', texts.phone, make('input', { type: 'tel', autocomplete: 'tel', inputmode: 'tel' }), true));
    const choose = (pairs) =>
      make('select', {}, make('option', { value: '' }, 'Choose'), ...pairs.map(([value, text]) => make('option', { value }, text)));
    const kinds = {
      zip: () => make('input', { type: 'text', inputmode: 'numeric', autocomplete: 'postal-code' }),
      state: () => make('input', { type: 'text', autocomplete: 'address-level1' }),
      number: (it) => make('input', { type: 'number', inputmode: 'numeric', step: '1', min: it.min, max: it.max }),
      yes_no: () => choose([['yes', 'Yes'], ['no', 'No']]),
      choice: (it) => choose((it.words || []).map((word) => [word, word])),
      date: () => make('input', { type: 'date' }),
      email: () => make('input', { type: 'email', autocomplete: 'email' }),
      name: (it) => make('input', { type: 'text', autocomplete: { first_name: 'given-name', last_name: 'family-name' }[it.name] || 'name' }),
      text: () => make('input', { type: 'text' }),
    };
    for (const it of words.fields || []) {
      form.append(field(it.name, it.label, (kinds[it.type] || kinds.text)(it), it.required));
    }
    if (words.consent) {
      const box = make('input', { type: 'checkbox', id: 'consent', name: 'consent', value: words.consent.version });
      const wrong = make('p', { class: 'wrong', id: 'wrong-consent' });
      box.setAttribute('aria-describedby', wrong.id);
      if (words.consent_required) box.required = true;
      inputs.set('consent', { input: box, wrong });
      form.append(make('div', { class: 'field' }, make('label', { class: 'agree', for: 'consent' }, box, make('span', {}, words.consent.text)), wrong));
    }
    const button = make('button', { type: 'submit' }, texts.button);
    const failed = make('p', { class: 'wrong', role: 'alert' });
    form.append(button, failed);
    root.replaceChildren(make('section', { 'aria-label': words.brand }, make('h2', {}, texts.title), form, status));

    const show = (now) => {
      const text = sentence(now);
      if (status.textContent !== text) status.textContent = text;
      status.classList.toggle('pulse', now.state === 'calling');
    };

    const value = (input) => (input.type === 'checkbox' ? (input.checked ? input.value : '') : input.value.trim());
    const mark = (name, text) => {
      const it = inputs.get(name);
      if (!it) return false;
      it.wrong.textContent = text;
      if (text) it.input.setAttribute('aria-invalid', 'true');
      else it.input.removeAttribute('aria-invalid');
      return true;
    };
    const clear = () => {
      failed.textContent = '';
      for (const name of inputs.keys()) mark(name, '');
    };

    const follow = async (token) => {
      let pause = 2000;
      const end = Date.now() + 10 * 60 * 1000;
      while (Date.now() < end) {
        await new Promise((done) => setTimeout(done, pause));
        pause = Math.min(pause * 1.4, 30000);
        const answer = await ask('/v1/callbacks/' + encodeURIComponent(token)).catch(() => null);
        if (!answer) continue;
        if (answer.status === 429) pause = Math.max(pause, answer.retry * 1000);
        if (answer.status === 404 || answer.status === 403) return;
        if (answer.status !== 200) continue;
        show(answer.body);
        if (['connected', 'not_reached', 'cancelled', 'stopped'].includes(answer.body.state)) return;
      }
    };

    // The code that proves the number. What is shown is the same whether or not one could be sent.
    const prove = (token) => {
      const digits = make('input', { id: 'code', type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '6', 'aria-describedby': 'wrong-code' });
      const wrong = make('p', { class: 'wrong', id: 'wrong-code', role: 'alert' });
      const send = make('button', { type: 'submit' }, 'Check the code');
      const again = make('button', { type: 'button', class: 'plain' }, 'Send another code');
      const enter = make('form', { novalidate: true, 'aria-label': 'Your code' },
        make('div', { class: 'field' }, make('label', { for: 'code' }, 'The six digits from our message'), digits, wrong), send, again);
      status.after(enter);
      digits.focus();
      const post = async (body) => {
        send.disabled = again.disabled = true;
        const path = '/v1/callbacks/' + encodeURIComponent(token) + '/code';
        const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        const answer = await ask(path, options).catch(() => null);
        send.disabled = again.disabled = false;
        return answer;
      };
      enter.addEventListener('submit', async (event) => {
        event.preventDefault();
        wrong.textContent = '';
        digits.removeAttribute('aria-invalid');
        const answer = await post({ code: digits.value.trim() });
        if (answer && answer.status === 200 && answer.body.state !== 'code_wanted') {
          enter.remove();
          finished(answer.body);
          return follow(token);
        }
        const problem = answer && answer.body.errors && answer.body.errors[0];
        const over = problem && problem.code === 'code_over';
        wrong.textContent = over ? 'That was tried too often. Please ask for the call again later.'
          : problem ? 'This is not the code. Look at the message again.' : 'This could not be sent. Please try again.';
        digits.setAttribute('aria-invalid', 'true');
        if (over) send.disabled = again.disabled = true;
        digits.focus();
      });
      again.addEventListener('click', async () => {
        const answer = await post({ again: true });
        wrong.textContent = answer && answer.status === 200 ? '' : 'This could not be sent. Please try again.';
        digits.focus();
      });
    };

    let key = draw();
    let before = '';
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      clear();
      const body = { page_url: location.origin + location.pathname };
      let first = null;
      for (const [name, { input }] of inputs) {
        if (value(input)) body[name] = value(input);
        else if (input.required) {
          mark(name, input.type === 'checkbox' ? 'Tick this, so that we may call you.' : 'Fill this in.');
          first = first || input;
        }
      }
      if (first) return first.focus();
      if (said.preview) return finished({ state: 'calling' });
      const text = JSON.stringify(body);
      // The same request keeps its key, however often it is sent; another one has its own.
      if (text !== before) key = draw();
      before = text;
      button.disabled = true;
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const answer = await ask('/v1/callbacks', { method: 'POST', headers, body: text }).catch(() => null);
      button.disabled = false;
      if (answer && answer.status === 202) {
        finished(answer.body);
        return answer.body.state === 'code_wanted' ? prove(answer.body.token) : follow(answer.body.token);
      }
      for (const problem of (answer && answer.body.errors) || []) {
        const name = problem.pointer.slice(1);
        if (mark(name, problem.message + ': ' + problem.mend) && !first) first = inputs.get(name).input;
      }
      if (first) return first.focus();
      failed.textContent = answer && answer.status === 429 ? 'Please try again in a few minutes.' : 'This could not be sent. Please try again.';
    });

    const finished = (now) => {
      form.hidden = true;
      show(now);
      status.focus();
    };
    if (said.preview) host.addEventListener('pingpost-show', (event) => (event.detail ? finished(event.detail) : begin(words)));
  };

  if (said.preview) {
    begin(JSON.parse(said.preview));
    return;
  }
  ask('/v1/widget')
    .then((answer) => {
      if (answer.status === 200) begin(answer.body);
    })
    .catch(() => {});
})();
