// Figures and tables that answer: tips, enlarged parts of charts, a way through the cells of a table, narrowing lists down.
// Without it, pages show the same: parts are links to their enlarged views, tips are titles.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // The tip: the words of a part or the place of a figure.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.id = "explore-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  const show = (element) => {
    tip.textContent = element.dataset.tip;
    tip.hidden = false;
    const [box, own] = [element.getBoundingClientRect(), tip.getBoundingClientRect()];
    const above = box.top - own.height - 6;
    tip.style.top = `${Math.max(4, above > 4 ? above : Math.min(box.bottom + 6, innerHeight - own.height - 4))}px`;
    const left = box.left + box.width / 2 - own.width / 2;
    tip.style.left = `${Math.max(8, Math.min(left, document.documentElement.clientWidth - own.width - 8))}px`;
  };
  const hide = () => { tip.hidden = true; };

  all(".part").forEach((part) => {
    const title = part.querySelector(":scope > title");
    part.dataset.tip = title.textContent;
    part.setAttribute("aria-label", title.textContent);
    title.remove();
  });
  all(".told[title]").forEach((cell) => {
    cell.dataset.tip = cell.title;
    cell.removeAttribute("title");
  });
  const tipped = (event) => event.target.closest?.("[data-tip]");
  addEventListener("pointerover", (event) => { const found = tipped(event); if (found) show(found); else hide(); });
  addEventListener("focusin", (event) => { const found = tipped(event); if (found) show(found); else hide(); });
  addEventListener("pointerdown", (event) => { const found = tipped(event); if (found) show(found); });
  addEventListener("scroll", () => { // moving the focus scrolls too: then the tip follows
    const focused = document.activeElement;
    if (!tip.hidden && focused?.dataset.tip === tip.textContent) show(focused); else hide();
  }, { passive: true, capture: true });

  // Enlarging: one view of a chart is seen at a time.
  const enlarge = (view) => {
    const views = view.parentElement;
    all(":scope > .view", views).forEach((one) => one.classList.toggle("seen", one === view));
    views.classList.toggle("enlarged", Boolean(view.dataset.up));
    hide();
    view.focus({ preventScroll: true });
    if (view.getBoundingClientRect().top < 0) view.closest(".chart").scrollIntoView();
  };
  addEventListener("click", (event) => {
    const link = event.target.closest?.(".chart a[href^='#']");
    const view = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!view?.classList.contains("view")) return;
    event.preventDefault();
    enlarge(view);
  });
  const target = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const asked = target();
  if (asked?.classList.contains("view") && asked.dataset.up) enlarge(asked);

  // A way through the cells of a table: one of them is a stop, arrows lead on.
  all("table[data-places]").forEach((table) => {
    const cells = all("td.told", table);
    if (cells.length) cells[0].tabIndex = 0;
    table.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1, Home: 0, End: 0 }[event.key];
      const here = event.target.closest("td.told");
      if (step === undefined || !here) return;
      event.preventDefault();
      const upright = event.key === "ArrowDown" || event.key === "ArrowUp";
      const line = upright ? cells.filter((one) => one.getBoundingClientRect().left === here.getBoundingClientRect().left) : cells;
      const next = event.key === "Home" ? cells[0] : event.key === "End" ? cells.at(-1) : line[line.indexOf(here) + step];
      if (!next) return;
      here.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
      show(next);
    });
  });
  const opened = () => {
    const found = target();
    if (found?.matches("details")) found.open = true;
    if (found?.matches(".told")) {
      const table = found.closest("table[data-places]");
      if (table) all("td.told[tabindex='0']", table).forEach((one) => { one.tabIndex = -1; });
      found.tabIndex = 0;
      found.focus();
    }
  };
  addEventListener("hashchange", opened);
  opened();

  // Escape: away with the tip, then back to the view above.
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!tip.hidden) { hide(); return; }
    const view = event.target.closest?.(".view[data-up]");
    const up = view && document.getElementById(view.dataset.up);
    if (up) enlarge(up);
  });

  // Narrowing a list down to what holds a text.
  all(".narrow-down").forEach((line) => {
    const field = line.querySelector("input");
    const told = line.querySelector("[role=status]");
    const items = all(field.dataset.narrow);
    line.hidden = false;
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      const kept = items.filter((item) => {
        const fits = item.textContent.toLowerCase().includes(wanted);
        item.hidden = !fits;
        return fits;
      });
      told.textContent = wanted ? `${kept.length} 项` : "";
    });
  });
})();
