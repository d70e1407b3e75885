(() => {
  "use strict";
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const wide = matchMedia("(min-width: 64rem)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  document.documentElement.classList.add("js");
  const cards = all(".card");
  const texts = new Map(cards.map((card) => [card, card.textContent.normalize("NFKC").toLowerCase()]));
  const paper = one(".paper");
  const bar = one(".bar");
  const steps = one(".steps");

  // Documents: one is shown, as the pages that were published or as their data; the others wait in their templates.
  const sources = new Map(all(".source-document").map((box) => [`${box.dataset.document} ${box.dataset.view || "text"}`, box]));
  const titles = new Map();
  all("template[data-document]").forEach((box) => titles.set(box.dataset.document, box.dataset.title));
  const views = all("[data-show]");
  let view = views.length ? "pages" : "text";
  const source = (card, as = "text") => {
    const number = card.closest("[data-document]").dataset.document;
    const key = `${number} ${as}`;
    if (!sources.has(key)) {
      const box = one(`template[data-document="${number}"]`);
      if (!box || as !== "text") return null;
      sources.set(key, document.importNode(box.content, true).firstElementChild);
    }
    return sources.get(key);
  };
  const mount = (card) => {
    const box = source(card, view) || source(card);
    if (box.dataset.ready && box.parentElement === paper) return;
    box.dataset.ready = "yes";
    paper.replaceChildren(box);
    all(".scroll", box).forEach((table) => { // one that has to be scrolled can be reached with the keyboard
      const over = table.scrollWidth > table.clientWidth + 1;
      if (over) {
        table.tabIndex = 0;
        table.setAttribute("role", "region");
        table.setAttribute("aria-label", `${one("h3", table.closest(".part")).textContent}（可左右滚动）`);
      } else ["tabindex", "role", "aria-label"].forEach((name) => table.removeAttribute(name));
    });
    const title = titles.get(box.dataset.document);
    if (title) one(".of", bar).textContent = title;
  };
  const turn = (to) => { // show the other view of the same place
    view = to;
    views.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.show === to)));
    if (!current) return;
    clear();
    mount(current);
    point(current);
    show(place);
  };
  const marks = (box, at) => all(`[data-at~="${at}"]`, box);

  // Excerpts: on a narrow screen and on paper the row or the sentence stands under its finding.
  const row = (mark) => {
    const table = mark.closest("table").cloneNode(false);
    const head = one("thead", mark.closest("table"));
    if (head) table.append(head.cloneNode(true));
    const body = document.createElement("tbody");
    const line = mark.closest("tr").cloneNode(true);
    all("[rowspan]", line).forEach((cell) => cell.removeAttribute("rowspan"));
    body.append(line);
    table.append(body);
    return table;
  };
  const sentence = (mark) => {
    const text = mark.closest("p, h3, h4, td").cloneNode(true);
    const paragraph = document.createElement("p");
    paragraph.append(...text.childNodes);
    if (text.dataset.at) paragraph.dataset.at = text.dataset.at;
    return paragraph;
  };
  const clip = (paragraph, at) => {
    const found = marks(paragraph, at);
    if (!found.length) return;
    const before = [], after = [];
    for (let node = paragraph.firstChild, into = before; node; node = node.nextSibling) {
      if (node === found[0]) into = after;
      if (!found.includes(node)) into.push(node);
    }
    const [head, tail] = [before, after].map((nodes) => nodes.map((node) => node.textContent).join(""));
    [...before, ...after].forEach((node) => node.remove());
    if (head) paragraph.prepend(head.length > 70 ? `…${head.slice(-70)}` : head);
    if (tail) paragraph.append(tail.length > 70 ? `${tail.slice(0, 70)}…` : tail);
  };
  const excerpt = (card) => {
    if (card.dataset.excerpted) return;
    card.dataset.excerpted = "yes";
    all("[data-place]", card).forEach((item) => {
      const at = item.dataset.place;
      const [mark] = marks(source(card), at);
      if (!mark || mark.matches("h3")) return;
      const box = document.createElement("div");
      box.className = "excerpt";
      const long = mark.matches("mark") || (mark.matches("td") && mark.textContent.length > 60);
      const copy = mark.closest("table") && !long ? row(mark) : sentence(mark);
      if (copy.matches("p")) clip(copy, at);
      box.append(copy);
      marks(box, at).forEach((cell) => cell.classList.add("on"));
      if (copy.dataset.at) copy.classList.add("on");
      item.append(box);
      if (copy.matches("p")) item.classList.add("said");
      const cell = one(".on", box);
      if (cell && box.scrollWidth > box.clientWidth) box.scrollLeft = cell.offsetLeft - box.clientWidth / 2;
    });
  };

  // Selecting: a card opens, its places are marked, the first comes into view.
  let current = null;
  let place = 0;
  const open = (card, yes) => {
    card.classList.toggle("selected", yes);
    one(".body", card).hidden = !yes;
    one(".head", card).setAttribute("aria-expanded", String(yes));
  };
  const places = () => (current ? all("[data-go]", current) : []);
  const show = (number) => {
    const buttons = places();
    steps.hidden = buttons.length < 2;
    one(".absent").hidden = !current || buttons.length > 0;
    if (!buttons.length) return;
    place = (number + buttons.length) % buttons.length;
    buttons.forEach((button, own) => {
      if (own === place) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    one("output", steps).textContent = `第 ${place + 1} / ${buttons.length} 处`;
    const at = buttons[place].dataset.go;
    const list = buttons[place].closest(".where");
    const off = buttons[place].getBoundingClientRect().top - list.getBoundingClientRect().top;
    if (off < 0 || off > list.clientHeight - 60) list.scrollTop += off - list.clientHeight / 3;
    all(".now", paper).forEach((mark) => mark.classList.remove("now"));
    if (view === "pages" && wide.matches && !marks(paper, at).length && marks(source(current), at).length) {
      turn("text"); // only the data have it
      return;
    }
    const found = marks(paper, at);
    found.forEach((mark) => mark.classList.add("now"));
    if (found.length && wide.matches) into(found[0]);
  };
  const into = (mark) => {
    const pane = one(".evidence");
    const [box, frame] = [mark.getBoundingClientRect(), pane.getBoundingClientRect()];
    const top = pane.scrollTop + box.top - frame.top - (pane.clientHeight - Math.min(box.height, pane.clientHeight / 2)) / 2;
    pane.scrollTo({ top, behavior: calm.matches || Math.abs(top - pane.scrollTop) > 2000 ? "auto" : "smooth" });
    const table = mark.closest(".scroll");
    if (table) table.scrollLeft += box.left - table.getBoundingClientRect().left - table.clientWidth / 2;
  };
  const clear = () => all(".on", paper).forEach((mark) => {
    mark.classList.remove("on", "now");
    mark.removeAttribute("data-n");
  });
  const point = (card) => all("[data-go]", card).forEach((button) => { // mark the places of a card
    marks(paper, button.dataset.go).forEach((mark, first) => {
      mark.classList.add("on");
      const number = button.dataset.go.split("-")[1];
      if (!first) mark.dataset.n = mark.dataset.n ? `${mark.dataset.n}、${number}` : number;
    });
  });
  const select = (card, number = 0, focus = true) => {
    if (current !== card) {
      if (current) open(current, false);
      current = card;
      const folded = card.closest("details");
      if (folded) folded.open = true;
      open(card, true);
      if (wide.matches) mount(card);
      else excerpt(card);
      clear();
      point(card);
      history.replaceState(null, "", `#${card.id}`);
    }
    const head = one(".head", card);
    if (focus) head.focus({ preventScroll: true });
    if (wide.matches) rise(card);
    else card.scrollIntoView();
    show(number);
  };
  const rise = (card) => { // into the list's view, below the name of its document that sticks to the top
    const list = one(".list");
    const cover = one("summary", card.closest("details")).offsetHeight;
    const [box, frame] = [card.getBoundingClientRect(), list.getBoundingClientRect()];
    if (box.top < frame.top + cover) list.scrollTop -= frame.top + cover - box.top;
    else if (box.bottom > frame.bottom) list.scrollTop += Math.min(box.bottom - frame.bottom, box.top - frame.top - cover);
  };
  const shut = () => {
    if (!current) return;
    open(current, false);
    clear();
    current = null;
    steps.hidden = true;
  };
  const step = (by) => {
    const shown = cards.filter((card) => !card.hidden);
    if (!shown.length) return;
    const at = shown.indexOf(current);
    const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(Math.max(at + by, 0), shown.length - 1);
    select(shown[next]);
  };
  one(".list").addEventListener("click", (event) => {
    const go = event.target.closest("[data-go]");
    const head = event.target.closest(".head");
    if (go) {
      select(go.closest(".card"), 0, false);
      show(places().indexOf(go));
    } else if (head) {
      const card = head.closest(".card");
      if (card === current && !wide.matches) shut();
      else select(card);
    }
  });
  paper.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-at]");
    if (!mark) return;
    const found = mark.dataset.at.split(" ");
    const own = found.findIndex((at) => current && `f${at.split("-")[0]}` === current.id);
    const [finding] = found[(own + 1) % found.length].split("-");
    const card = document.getElementById(`f${finding}`);
    if (card.hidden) return;
    select(card, 0, false);
    const there = places().findIndex((button) => found.includes(button.dataset.go));
    if (there > 0) show(there);
  });
  steps.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) show(place + Number(button.dataset.step));
  });
  views.forEach((button) => button.addEventListener("click", () => turn(button.dataset.show)));
  const search = one("input[type=search]");
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const inside = event.target.closest(".evidence");
    const move = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const shift = { ArrowRight: 1, ArrowLeft: -1, n: 1, p: -1 }[event.key];
    if (move && !(inside && event.key.startsWith("Arrow"))) step(move);
    else if (shift && places().length && !(inside && event.key.startsWith("Arrow"))) show(place + shift);
    else if (event.key === "/") search.focus();
    else return;
    event.preventDefault();
  });

  // Filters: severities, category, words.
  const filters = all("[data-filter]");
  const category = one(".by-category");
  const output = one(".shown");
  const filter = () => {
    const states = new Set(filters.filter((button) => button.getAttribute("aria-pressed") === "true").map((button) => button.dataset.filter));
    const wanted = search.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cards.forEach((card) => {
      const kind = !category.value || card.dataset.category === category.value;
      card.hidden = !(kind && states.has(card.dataset.state) && wanted.every((word) => texts.get(card).includes(word)));
      shown += !card.hidden;
    });
    all(".document").forEach((box) => {
      box.hidden = Boolean(one(".card", box)) ? !one(".card:not([hidden])", box) : shown < cards.length;
    });
    one(".nothing").hidden = shown > 0 || !cards.length;
    output.textContent = shown < cards.length ? `显示 ${shown} / ${cards.length} 条` : `共 ${cards.length} 条`;
    if (current?.hidden) shut();
    one(".list").scrollTop = 0;
  };
  filters.forEach((button) => button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    filter();
  }));
  category.addEventListener("change", filter);
  let timer = 0;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });

  // On paper every finding is open, with its excerpts.
  const paperwork = (yes) => {
    all(".document details").forEach((box) => { if (yes) box.open = true; });
    cards.forEach((card) => {
      if (card.hidden) return;
      if (yes) excerpt(card);
      one(".body", card).hidden = !yes && card !== current;
    });
  };
  addEventListener("beforeprint", () => paperwork(true));
  addEventListener("afterprint", () => paperwork(false));
  one(".print").addEventListener("click", () => print());
  wide.addEventListener("change", () => {
    if (!current) return;
    const card = current;
    shut();
    select(card, 0, false);
  });

  cards.forEach((card) => open(card, false));
  one(".tools").hidden = false;
  filter();
  const wanted = /^#f\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
  if (wanted) select(wanted, 0, false);
  else if (wide.matches && cards.length) select(cards[0], 0, false);
})();
