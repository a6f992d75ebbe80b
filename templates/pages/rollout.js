"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const get = (id) => document.getElementById(id);
  const rows = Array.from(document.querySelectorAll(".people tbody > tr"), (element) => ({ element, ...element.dataset }));
  if (rows.length === 0) return;

  // Text is read once, when the first search asks for it.
  const text = (r) => (r.text ??= r.element.textContent.toLowerCase());
  const fits = (r, want) =>
    (!want.status || r.s === want.status) && (!want.platform || r.p === want.platform) &&
    (!want.check || r.c === want.check) && (!want.text || text(r).includes(want.text));

  const apply = () => {
    const want = {
      text: get("search").value.trim().toLowerCase(),
      platform: get("platform").value,
      check: get("check").value,
      status: form.elements.status.value,
    };
    let visible = 0;
    for (const r of rows) {
      const show = fits(r, want);
      if (r.element.hidden === show) r.element.hidden = !show;
      if (show) visible++;
    }
    none.hidden = visible > 0;
    shown.textContent = "Showing " + visible.toLocaleString("en") + " of " + rows.length.toLocaleString("en");
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
