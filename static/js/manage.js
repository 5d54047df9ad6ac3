// Small helps of the pages that manage: copying, and a password that is not asked for again when the page is reloaded.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const said = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = said), 1_500);
  });
}

const once = document.querySelector("[data-once]");
if (once) history.replaceState(null, "", once.dataset.once);
