"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const get = (id) => document.getElementById(id);
  const rows = Array.from(document.querySelectorAll(".people tbody > tr"), (element) => ({ element, ...element.dataset }));
  const number = (n) => n.toLocaleString("en");
  const people = (list) => new Set(list.map((r) => r.u)).size;
  const all = people(rows);

  // Text is read once, when the first search asks for it.
  const text = (r) => (r.text ??= r.element.textContent.toLowerCase());
  const fits = (r, want) =>
    (!want.state || r.s === want.state) && (!want.wave || r.w === want.wave) && (!want.app || r.a === want.app) &&
    (!want.change || r.c === want.change) && (!want.text || text(r).includes(want.text));

  const apply = () => {
    const want = {
      text: get("search").value.trim().toLowerCase(),
      wave: get("wave").value,
      app: get("app").value,
      change: get("change")?.value,
      state: form.elements.state.value,
    };
    const visible = [];
    for (const r of rows) {
      const show = fits(r, want);
      if (r.element.hidden === show) r.element.hidden = !show;
      if (show) visible.push(r);
    }
    if (none) none.hidden = visible.length > 0;
    shown.textContent = "Showing " + number(people(visible)) + " of " + number(all) + " users";
  };

  let wait = 0;
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(apply, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.hidden = false;
  apply();
})();
