// Comfort only: every page does all it does without this file.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// What answers a form is gone back to by its address: nothing is sent twice. Not where only the form holds its secret.
if (!document.querySelector("input[name=token]")) history.replaceState(null, "", location.href);

// A form is not sent again while its answer is on its way; for a while, for an answer may never come.
const sent = new Map();
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (event.timeStamp - sent.get(form) < 10_000) event.preventDefault();
  else sent.set(form, event.timeStamp);
});
addEventListener("pageshow", () => sent.clear());

// Counts what was changed in a form, marks it, and asks before it is left behind.
for (const form of all("form[data-counts]")) {
  const initial = (field) => field.tagName === "SELECT"
    ? (field.querySelector("[data-seen]") ?? field.querySelector("[selected]") ?? field.options[0])?.value
    : field.defaultValue;
  const isChanged = (field) => field.type === "checkbox"
    ? field.checked !== field.defaultChecked
    : field.value !== initial(field);
  const fields = all("select[name], input[name]:not([type=hidden])", form);
  const output = form.querySelector("output");
  const count = () => {
    const changed = fields.filter(isChanged);
    for (const field of fields) field.closest("td")?.classList.toggle("changed", changed.includes(field));
    if (output) output.textContent = `${output.dataset.label} ${changed.length}`;
    return changed.length;
  };
  form.addEventListener("input", count);
  addEventListener("beforeunload", (event) => {
    if (sent.has(form) || !count()) return;
    event.preventDefault();
    setTimeout(() => sent.clear()); // Whoever stays may send again.
  });
  all("[data-fill]", form).forEach((button) => button.addEventListener("click", (event) => {
    const [by, key] = button.dataset.fill.split(":");
    const level = form.elements[button.dataset.from]?.value;
    if (!level || level === "=") return;
    event.preventDefault();
    for (const field of all(`select[data-${by}="${CSS.escape(key)}"]`, form)) if (!field.disabled) field.value = level;
    count();
  }));
  addEventListener("pageshow", count);
}

// One box that ticks all boxes of its table.
for (const box of all("input[data-all]")) {
  const boxes = all(`input[name="${box.dataset.all}"]:not([disabled])`, box.closest("form"));
  const label = () => {
    const ticked = boxes.filter((one) => one.checked).length;
    box.checked = ticked > 0 && ticked === boxes.length;
    box.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  box.closest("[hidden]")?.removeAttribute("hidden");
  box.addEventListener("change", () => boxes.forEach((one) => { one.checked = box.checked; }));
  boxes.forEach((one) => one.addEventListener("change", label));
}

// A click on a button that is hard to undo is asked once more.
for (const button of all("button[data-ask]")) {
  const dialog = document.getElementById(button.dataset.ask);
  if (!dialog?.showModal) continue;
  button.addEventListener("click", (event) => {
    if (button.form && !button.form.reportValidity()) return;
    event.preventDefault();
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") button.form.requestSubmit(button);
    }, { once: true });
  });
}

// A job that goes on: its page does the next piece, or looks on, until it has ended.
const job = document.querySelector("[data-job]");
if (job) {
  job.querySelector("form[data-step] button")?.remove();
  const again = async () => {
    const form = job.querySelector("form[data-step]");
    const step = form && { method: "POST", body: new URLSearchParams(new FormData(form)) };
    const answer = await fetch(form ? form.action : job.dataset.job, step ?? {}).catch(() => null);
    const text = answer?.ok ? await answer.text() : null;
    const fresh = text && new DOMParser().parseFromString(text, "text/html").querySelector("[data-job]");
    if (text && !fresh) return location.reload();
    if (fresh) for (const part of all("[id]", job)) {
      const now = fresh.querySelector(`#${part.id}`);
      if (part.tagName === "PROGRESS") [part.max, part.value] = [now.max, now.value];
      else if (now && part.innerHTML !== now.innerHTML) part.replaceChildren(...now.childNodes);
    }
    setTimeout(again, fresh && form ? 50 : 1000);
  };
  setTimeout(again, 300);
}
