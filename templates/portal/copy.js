// Shows the buttons that copy, and copies. Without it texts are selected by hand.
"use strict";
if (navigator.clipboard && window.isSecureContext) {
  const said = document.querySelector("[data-said]");
  for (const button of document.querySelectorAll("[data-copy]")) {
    const from = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    let timer;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText("value" in from ? from.value : from.textContent);
      } catch {
        getSelection().selectAllChildren(from);
        return;
      }
      button.textContent = said.dataset.said;
      said.textContent = said.dataset.said;
      clearTimeout(timer);
      timer = setTimeout(() => { button.textContent = label; said.textContent = ""; }, 2000);
    });
  }
}
