// Light, dark, or as the system is. The server renders the choice from the cookie; here it changes without a reload.
const root = document.documentElement;
const order = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: dark)");

export function isDark() {
  const theme = root.dataset.theme;
  return theme === "dark" || (theme === "auto" && system.matches);
}

function announce() {
  document.dispatchEvent(new CustomEvent("theme", { detail: { dark: isDark() } }));
}

document.getElementById("theme-button")?.addEventListener("click", (event) => {
  event.preventDefault();
  const next = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  root.dataset.theme = next;
  document.cookie = `halla_theme=${next}; path=/; max-age=31536000; samesite=lax`;
  announce();
});

system.addEventListener("change", announce);
