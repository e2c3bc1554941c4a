// Everything that is wrong with what the page shows now: names of controls, contrast of text, width.
(() => {
  const found = [];
  const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const told = (e) => `<${e.tagName.toLowerCase()} id=${e.id} class=${e.className}> ${(e.textContent || "").trim().slice(0, 30)}`;
  const nameOf = (e) => {
    const by = (e.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => document.getElementById(id)?.textContent);
    return [e.getAttribute("aria-label"), ...by, ...[...(e.labels ?? [])].map((l) => l.textContent), e.title,
      "value" in e && e.tagName !== "BUTTON" ? "" : e.textContent].join("").trim();
  };
  const controls = "button, a[href], input, select, textarea, audio, dialog, canvas, [role=slider], [role=tab], [role=tabpanel], [tabindex='0']";
  for (const e of document.querySelectorAll(controls)) {
    if (visible(e) && !e.ariaHidden && !nameOf(e)) found.push("no name: " + told(e));
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) found.push("twice: #" + id);

  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !visible(e) || e.closest(":disabled, option, noscript")) continue;
    const style = getComputedStyle(e);
    const [a, b] = [luminance(parse(style.color)), luminance(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < needed) found.push(`contrast ${ratio.toFixed(2)}: ${told(e)}`);
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`wider than the window by ${wide} px`);
  return found;
})
