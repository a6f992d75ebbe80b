"use strict";
(() => {
  // So many rows of a list are shown without being asked for.
  const few = 50;
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const get = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const number = (n) => n.toLocaleString("en");
  const lower = (element) => element.textContent.toLowerCase();

  const row = (element) => ({ element, kind: element.dataset.k });
  const groups = all("#findings > article").map((element) => ({
    element,
    status: element.dataset.status,
    check: element.dataset.check,
    list: element.querySelector("details"),
    number: element.querySelector(".number"),
    rows: all("tbody > tr", element).map(row),
  }));
  for (const group of groups) group.total = group.number.textContent;
  const checks = all("#checks tbody > tr").map(row);
  const subjects = all("#subjects > details > table > tbody > tr").map((element) => ({
    ...row(element),
    groups: (element.dataset.g || "").split(" ").filter(Boolean).map((i) => groups[i]),
  }));
  const subjectList = document.querySelector("#subjects > details");
  const rows = groups.reduce((sum, group) => sum + group.rows.length, 0);

  // Text is read once, when the first search asks for it.
  let texts = false;
  const readTexts = () => {
    if (texts) return;
    texts = true;
    for (const group of groups) {
      group.text = all(":scope > :not(details)", group.element).map(lower).join(" ");
      for (const r of group.rows) r.text = lower(r.element);
    }
    for (const r of checks.concat(subjects)) r.text = lower(r.element);
  };

  const show = (element, visible) => {
    if (element.hidden === visible) element.hidden = !visible;
    return visible ? 1 : 0;
  };

  const showGroup = (group, want) => {
    const fits = (!want.status || group.status === want.status) && (!want.check || group.check === want.check);
    const whole = !want.text || group.text?.includes(want.text);
    let visible = 0;
    if (fits) {
      for (const r of group.rows) {
        visible += show(r.element, (!want.kind || r.kind === want.kind) && (whole || r.text.includes(want.text)));
      }
    }
    show(group.element, visible > 0);
    group.number.textContent = visible === group.rows.length ? group.total : number(visible) + " of " + group.total;
    group.list.open = visible <= few;
    return visible;
  };

  const subjectFits = (r, want) => {
    if (want.kind && r.kind !== want.kind) return false;
    if (want.status === "pass" && r.element.dataset.v !== "pass") return false;
    if (want.status === "skip" && !("skip" in r.element.dataset)) return false;
    const status = want.status === "pass" || want.status === "skip" ? "" : want.status;
    if (status && !r.groups.some((g) => g.status === status && (!want.check || g.check === want.check))) return false;
    if (!want.status && want.check && !r.groups.some((g) => g.check === want.check)) return false;
    return !want.text || r.text.includes(want.text);
  };

  const apply = () => {
    const want = {
      text: get("search").value.trim().toLowerCase(),
      check: get("check").value,
      kind: get("kind").value,
      status: form.elements.status.value,
    };
    if (want.text) readTexts();
    let findings = 0, named = 0;
    for (const group of groups) findings += showGroup(group, want);
    for (const r of checks) {
      const d = r.element.dataset;
      show(r.element, (!want.check || d.check === want.check) && (!want.status || d.has.split(" ").includes(want.status)) && (!want.text || r.text.includes(want.text)));
    }
    for (const r of subjects) named += show(r.element, subjectFits(r, want));
    subjectList.open = named <= few;
    get("none").hidden = findings > 0 || rows === 0;
    shown.textContent = "Showing " + number(findings) + " of " + number(rows) + " findings, " + number(named) + " of " + number(subjects.length) + " subjects";
  };

  let wait = 0;
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(apply, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));

  // Paper has nothing to click: what is wrong is printed in full.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details.list:not([open])");
    for (const list of closed) list.open = true;
  });
  addEventListener("afterprint", () => {
    for (const list of closed) list.open = false;
  });

  form.hidden = false;
  apply();
})();
