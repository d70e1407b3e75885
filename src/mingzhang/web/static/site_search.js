// Search in the browser: pairs of signs lead to documents, the documents' own files are then looked through for what was typed.
// What the files are, and how lists of documents are written, is told in web/site/search.py.
(() => {
  "use strict";
  // Results of a page, and documents that are looked through for them: those that have all pairs may lack the words.
  const PAGE = 10, LOOKED = 40, TEXTS = 3, PROJECTS = 5, AROUND = 36, LONGEST = 60;
  const form = document.querySelector("form[data-index]");
  const [state, results, more] = ["state", "results", "more"].map((id) => document.getElementById(id));

  // The index comes as scripts, each of which calls this once: a page from a disk may load those and nothing else.
  const waiting = new Map(), held = new Map();
  window.mingzhang = (name, content) => waiting.get(name)?.(content);
  const load = (name) => {
    if (!held.has(name)) {
      held.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        waiting.set(name, (content) => { waiting.delete(name); resolve(content); });
        script.onerror = () => { held.delete(name); reject(new Error(name)); };
        script.onload = () => script.remove();
        script.src = `${form.dataset.index}${name}.js`;
        document.head.append(script);
      }));
    }
    return held.get(name);
  };

  const folded = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

  const unpacked = (gaps) => {
    const numbers = [];
    let last = -1;
    for (const gap of gaps) {
      if (gap > 0) numbers.push(last += gap);
      else for (let more = -gap; more > 0; more--) numbers.push(++last);
    }
    return numbers;
  };

  const grams = (text) => {
    const signs = [...text];
    return [...new Set(signs.slice(1).map((sign, place) => signs[place] + sign))];
  };

  const shardOf = (gram, shards) => {
    const [first, second] = [...gram].map((sign) => sign.codePointAt(0));
    return (first * 31 + second) % shards;
  };

  // The documents that have all pairs, those that have them in a name first.
  const candidates = async (words, index) => {
    const wanted = [...new Set(words.flatMap(grams))];
    const lists = await Promise.all(wanted.map(async (gram) => (await load(`g/${shardOf(gram, index.shards)}`))[gram] ?? [[]]));
    const common = (all) => {
      const [first, ...rest] = all.map(unpacked).sort((a, b) => a.length - b.length);
      const sets = rest.map((list) => new Set(list));
      return first.filter((number) => sets.every((set) => set.has(number)));
    };
    const named = common(lists.map((both) => both[1] ?? []));
    const first = new Set(named);
    return [...named, ...common(lists.map((both) => both[0])).filter((number) => !first.has(number))];
  };

  // Which numbers are of the chosen region and year.
  const chosen = (index, region, year) => {
    const ranges = [];
    let first = 0;
    for (const [place, when, count] of index.groups) {
      if ((!region || place === region) && (!year || String(when) === year)) ranges.push([first, first + count]);
      first += count;
    }
    return (number) => ranges.some(([from, to]) => number >= from && number < to);
  };

  // Where the words stand in a text as it is read: signs that fold to none or several are counted.
  const spans = (text, words) => {
    const at = [];
    let flat = "";
    let place = 0;
    for (const sign of text) {
      for (const one of folded(sign)) { flat += one; for (let unit = 0; unit < one.length; unit++) at.push([place, place + sign.length]); }
      place += sign.length;
    }
    const found = [];
    for (const word of words) {
      for (let from = flat.indexOf(word); from >= 0; from = flat.indexOf(word, from + word.length)) found.push([at[from][0], at[from + word.length - 1][1]]);
    }
    found.sort((a, b) => a[0] - b[0]);
    return found.filter((span, number) => number === 0 || span[0] >= found[number - 1][1]);
  };

  const marked = (text, words, cut) => {
    const found = spans(text, words);
    const piece = document.createDocumentFragment();
    const start = cut && found.length ? Math.max(0, found[0][0] - AROUND) : 0;
    const end = cut ? Math.min(text.length, (found[0]?.[1] ?? 0) + 2 * AROUND) : text.length;
    let last = start;
    if (start > 0) piece.append("…");
    for (const [from, to] of found) {
      if (to > end) break;
      piece.append(text.slice(last, from));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, to);
      piece.append(mark);
      last = to;
    }
    piece.append(text.slice(last, end));
    if (end < text.length) piece.append("…");
    return piece;
  };

  const element = (name, content, kind) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...[content].flat());
    return made;
  };

  const link = (page, anchor, content) => {
    const made = element("a", content);
    made.href = form.dataset.root + page + (anchor ? `#${anchor}` : "");
    return made;
  };

  // A document as a result; null if the pairs are in it and the words are not.
  const result = (content, words) => {
    const has = (text) => { const flat = folded(text); return words.every((word) => flat.includes(word)); };
    const inName = has(content.name);
    const projects = content.projects.filter(([name]) => has(name));
    const texts = content.texts.filter(([text]) => has(text));
    if (!inName && !projects.length && !texts.length) return null;
    const item = element("li", [
      element("h2", link(content.page, "", inName ? marked(content.name, words) : content.name)),
      element("p", content.about, "note"),
    ]);
    const list = document.createElement("ul");
    for (const [name, money, anchor] of projects.slice(0, PROJECTS)) {
      const line = element("li", [element("span", "项目", "tag"), " ", link(content.page, anchor, marked(name, words))]);
      if (money) line.append(" ", element("span", money, "note"));
      list.append(line);
    }
    for (const [text, anchor] of texts.slice(0, TEXTS)) list.append(element("li", link(content.page, anchor, marked(text, words, true))));
    const left = Math.max(0, projects.length - PROJECTS) + Math.max(0, texts.length - TEXTS);
    if (left) list.append(element("li", `另有 ${left} 处`, "note"));
    if (list.children.length) item.append(list);
    return item;
  };

  let turn = 0;
  const search = async () => {
    const mine = ++turn;
    const asked = new URLSearchParams(location.search);
    const text = (asked.get("q") ?? "").slice(0, LONGEST);
    form.elements.q.value = text;
    for (const name of ["region", "year"]) {
      form.elements[name].value = asked.get(name) ?? "";
      if (form.elements[name].selectedIndex < 0) form.elements[name].value = "";
    }
    results.replaceChildren();
    more.hidden = true;
    const words = text.split(/\s+/).map(folded).filter(Boolean);
    state.textContent = "";
    if (!words.length) return;
    if (words.some((word) => [...word].length < 2)) { state.textContent = "请至少输入两个字"; return; }
    state.textContent = "正在检索…";
    const index = await load("index");
    const inside = chosen(index, form.elements.region.value, form.elements.year.value);
    const numbers = (await candidates(words, index)).filter(inside);
    let next = 0, shown = 0;
    const page = async () => {
      more.hidden = true;
      let added = 0;
      const end = Math.min(numbers.length, next + LOOKED);
      while (next < end && added < PAGE) {
        const part = numbers.slice(next, Math.min(end, next + PAGE - added));
        next += part.length;
        const contents = await Promise.all(part.map((number) => load(`d/${number}`)));
        if (mine !== turn) return;
        for (const item of contents.map((content) => result(content, words))) if (item) { results.append(item); added += 1; }
      }
      shown += added;
      const left = numbers.length - next;
      state.textContent = left ? `已列出 ${shown} 份公开，另有 ${left} 份可能符合` : shown ? `共 ${shown} 份公开` : `没有找到“${text}”`;
      more.hidden = left === 0;
    };
    more.onclick = () => page().catch(failed);
    await page();
  };
  const failed = () => { state.textContent = "检索所用的文件没有取到，请检查网络后重试"; };
  const start = () => search().catch(failed);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) asked.set(name, value);
    history.pushState(null, "", `?${asked}`);
    start();
  });
  for (const field of form.querySelectorAll("select")) field.addEventListener("change", () => { if (form.elements.q.value) form.requestSubmit(); });
  addEventListener("popstate", start);
  start();
})();
