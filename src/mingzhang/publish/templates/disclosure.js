(() => {
  "use strict";
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const root = document.documentElement;
  const narrow = matchMedia("(max-width: 63.99rem)");
  root.classList.add("js");

  // Contents: folded on a narrow screen; marks the section in view.
  const contents = one("#mz-contents");
  const fold = () => { contents.open = !narrow.matches; };
  fold();
  narrow.addEventListener("change", fold);
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a") && narrow.matches) contents.open = false;
  });
  one(".topbar-contents").addEventListener("click", () => { contents.open = true; });
  const links = all("a", contents).map((link) => [link, document.getElementById(link.hash.slice(1))]);
  let current = null;
  const spy = () => {
    let found = null;
    for (const [link, target] of links) {
      if (target.getBoundingClientRect().top > 120) break;
      found = link;
    }
    if (found === current) return;
    current?.removeAttribute("aria-current");
    all("li.open", contents).forEach((item) => item.classList.remove("open"));
    current = found;
    if (!found) return;
    found.setAttribute("aria-current", "location");
    for (let item = found.closest("li"); item; item = item.parentElement.closest("li")) item.classList.add("open");
    const nav = contents.parentElement;
    const [box, frame] = [found.getBoundingClientRect(), nav.getBoundingClientRect()];
    if (box.top < frame.top + 40 || box.bottom > frame.bottom - 40) nav.scrollTop += box.top - frame.top - frame.height / 2;
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; spy(); });
  }, { passive: true });

  // Folded forms: open for a link, for printing, and by the filter's buttons.
  const reveal = (element) => {
    for (let box = element.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true;
      box.hidden = false;
    }
  };
  const follow = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("main details")) { reveal(target); target.scrollIntoView(); }
  };
  addEventListener("hashchange", follow);
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open]):not(.chart-table)");
    opened.forEach((box) => { box.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((box) => { box.open = false; }));
  const normal = (text) => text.normalize("NFKC").toLowerCase();
  all(".forms").forEach((box) => {
    const tools = one(".tools", box);
    if (!tools) return;
    const forms = all("details.form", box).map((form) => [form, normal(one(".name", form).textContent)]);
    const count = one("output", tools);
    one("input", tools).addEventListener("input", (event) => {
      const wanted = normal(event.target.value.trim());
      let shown = 0;
      forms.forEach(([form, name]) => { form.hidden = !name.includes(wanted); shown += !form.hidden; });
      count.textContent = wanted ? `${shown} / ${forms.length}份` : `共${forms.length}份`;
    });
    all("[data-open]", tools).forEach((button) => button.addEventListener("click", () => {
      forms.forEach(([form]) => { if (!form.hidden) form.open = Boolean(button.dataset.open); });
    }));
  });

  // Tables: one that fits lets its header stick to the window, one that does not scrolls in its own frame.
  const measure = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const table = target.firstElementChild;
    if (!target.offsetWidth) return;
    const over = table.offsetWidth > target.clientWidth + 1;
    target.classList.toggle("over", over);
    target.classList.toggle("fits", !over);
    const first = one("tbody .k1:not([colspan])", table);
    if (first) table.style.setProperty("--k", `${first.offsetWidth}px`);
    if (over) {
      target.tabIndex = 0;
      target.setAttribute("role", "region");
      target.setAttribute("aria-label", one("caption", table).textContent + "（可左右滚动）");
    } else ["tabindex", "role", "aria-label"].forEach((name) => target.removeAttribute(name));
  }));
  all(".scroll").forEach((box) => measure.observe(box));

  // The tip: a bar's words, or the parts of a sum.
  const tip = one("#mz-tip");
  const show = (element, text) => {
    tip.textContent = text;
    tip.hidden = false;
    const [box, own] = [element.getBoundingClientRect(), tip.getBoundingClientRect()];
    const above = box.top - own.height - 6;
    const left = element.matches("td") ? box.right - own.width : box.left + Math.min(60, box.width / 4);
    tip.style.top = `${Math.max(4, above > 52 ? above : Math.min(box.bottom + 6, innerHeight - own.height - 4))}px`;
    tip.style.left = `${Math.max(8, Math.min(left, innerWidth - own.width - 8))}px`;
  };
  let marked = [];
  const hide = () => {
    tip.hidden = true;
    marked.forEach((cell) => cell.classList.remove("part", "sum"));
    marked = [];
  };
  const parts = (cell) => {
    const table = cell.closest("table");
    const cells = cell.dataset.adds.split(" ").map((place) => one(`[data-at="${place}"]`, table)).filter(Boolean);
    cells.forEach((part) => part.classList.add("part"));
    cell.classList.add("sum");
    marked = [cell, ...cells];
    show(cell, `${cell.textContent} ＝ ${cells.map((part) => part.textContent).join(" ＋ ")}`);
  };
  all("g.bar").forEach((bar) => {
    const title = one("title", bar);
    bar.dataset.tip = title.textContent;
    bar.setAttribute("aria-label", title.textContent);
    title.remove(); // else the browser shows its own beside ours
  });
  const point = (event) => {
    const target = event.target.closest?.("g.bar, [data-adds]");
    if (target && target === marked[0]) return;
    hide();
    if (!target) return;
    if (target.dataset.tip) show(target, target.dataset.tip);
    else parts(target);
  };
  ["pointerover", "focusin", "click"].forEach((name) => document.addEventListener(name, point));
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", () => { // moving the focus scrolls too: then the tip follows its bar
    const focused = document.activeElement;
    if (!tip.hidden && focused?.dataset.tip === tip.textContent) show(focused, tip.textContent);
    else hide();
  }, { passive: true, capture: true });

  // Charts: the order of the bars.
  all(".chart").forEach((chart) => {
    const svg = one("svg", chart);
    const bars = all("g.bar", svg);
    const places = bars.map((bar) => bar.getAttribute("transform"));
    const rows = all("tbody tr", chart);
    const values = rows.map((row) => Number(one("[data-value]", row).dataset.value));
    const buttons = all("[data-order]", chart);
    svg.classList.add("bar-moves");
    buttons.forEach((button) => button.addEventListener("click", () => {
      const order = bars.map((_, place) => place);
      if (button.dataset.order === "amount") order.sort((a, b) => values[b] - values[a]);
      order.forEach((from, place) => {
        bars[from].setAttribute("transform", places[place]);
        svg.append(bars[from]);
        rows[from].parentElement.append(rows[from]);
      });
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    }));
  });

  // Finding text: marks without touching the page, where the browser can.
  const search = one(".search");
  if (window.CSS?.highlights && window.Highlight) {
    const [input, count] = [one("input", search), one("output", search)];
    const skip = "caption, .chart-table, .tools, svg, .tip";
    let [hits, at, timer] = [[], -1, 0];
    const find = () => {
      const wanted = input.value.trim().toLowerCase();
      [hits, at] = [[], -1];
      const walk = document.createTreeWalker(one("main"), NodeFilter.SHOW_TEXT);
      for (let node = wanted && walk.nextNode(); node; node = walk.nextNode()) {
        const text = node.data.toLowerCase();
        for (let from = text.indexOf(wanted); from >= 0; from = text.indexOf(wanted, from + wanted.length)) {
          if (node.parentElement.closest(skip)) break;
          const range = new Range();
          range.setStart(node, from);
          range.setEnd(node, from + wanted.length);
          hits.push(range);
        }
      }
      CSS.highlights.set("hits", new Highlight(...hits.slice(0, 5000)));
      CSS.highlights.delete("hit");
      count.textContent = wanted ? (hits.length ? `${hits.length}处` : "没有") : "";
    };
    const step = (by) => {
      clearTimeout(timer);
      if (at < 0 && input.value) find();
      if (!hits.length) return;
      at = (at + by + (at < 0 && by < 0 ? 1 : 0) + hits.length) % hits.length;
      const place = hits[at].startContainer.parentElement;
      reveal(place);
      place.scrollIntoView({ block: "center", inline: "center" });
      CSS.highlights.set("hit", new Highlight(hits[at]));
      count.textContent = `${at + 1}/${hits.length}`;
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, 150); });
    search.addEventListener("submit", (event) => { event.preventDefault(); step(1); });
    one("[data-step='-1']", search).addEventListener("click", () => step(-1));
    search.hidden = false;
  }

  // Without script these would do nothing, so they begin hidden.
  all(".tools").forEach((tools) => { tools.hidden = false; });
  const print = one(".print");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  spy();
  follow();
})();
