// What makes the pages of a site handier; all of them read without it.
(() => {
  "use strict";

  // A link into a folded part opens it.
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let opened = false;
    for (let part = target; part; part = part.parentElement?.closest("details")) {
      if (part.matches("details") && !part.open) opened = part.open = true;
    }
    if (opened) target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  // On paper the projects are unfolded.
  const folded = [];
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details.project:not([open])")) { part.open = true; folded.push(part); }
  });
  addEventListener("afterprint", () => { while (folded.length) folded.pop().open = false; });

  // Tables are sorted by their headings.
  const value = (row, place) => {
    const text = row.cells[place]?.textContent.trim() ?? "";
    const plain = text.replace(/[,%]/g, "");
    return { text, number: plain !== "" && isFinite(plain) ? Number(plain) : null };
  };
  const compare = (first, second) => {
    if (first.number !== null && second.number !== null) return second.number - first.number;
    if ((first.number === null) !== (second.number === null) && (first.text === "") !== (second.text === "")) return first.text === "" ? 1 : -1;
    return first.text.localeCompare(second.text, "zh-CN", { numeric: true });
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    if (body.rows.length < 3) continue;
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, place) => {
      if (head.classList.contains("bar-head")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const next = now === null ? "descending" : now === "descending" ? "ascending" : null;
        for (const other of heads) other.removeAttribute("aria-sort");
        if (next) head.setAttribute("aria-sort", next);
        const ordered = next ? rows.map((row) => ({ row, of: value(row, place) })).sort((a, b) => compare(a.of, b.of)).map((one) => one.row) : rows;
        // The first order is that of amounts, the largest first, and of texts from the first letter.
        body.append(...(next === "ascending" ? [...ordered].reverse() : ordered));
      });
    });
  }

  // Long lists are narrowed down by a part of the name.
  for (const field of document.querySelectorAll("input[data-filter]")) {
    const place = document.getElementById(field.dataset.filter);
    const told = field.closest(".filter").querySelector("output");
    field.closest(".filter").hidden = false;
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      const found = new Set();
      for (const row of place.querySelectorAll("tbody tr:not([data-always])")) {
        const name = row.querySelector("th")?.textContent ?? "";
        row.hidden = !name.toLowerCase().includes(wanted);
        if (!row.hidden) found.add(name);
      }
      told.textContent = wanted ? `符合的有 ${found.size} 个` : "";
    });
  }
})();
