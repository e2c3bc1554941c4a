// Runs before the first paint, so that neither theme nor language flickers.
(() => {
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // a browser that keeps nothing
    }
  };
  const theme = stored("ishowtts.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const language = stored("ishowtts.language") ?? navigator.language ?? "en";
  root.lang = language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
})();
