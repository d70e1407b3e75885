// What the pages do beyond htmx: dropping files, telling what is chosen and how far it is sent.
(() => {
  "use strict";
  const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`);
  const line = (file, largest) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = file.name;
    const told = document.createElement("span");
    told.className = file.size && file.size <= largest ? "size" : "size bad";
    told.textContent = file.size ? (file.size <= largest ? size(file.size) : `${size(file.size)}，太大`) : "空文件";
    item.append(name, told);
    return item;
  };

  document.querySelectorAll("[data-drop]").forEach((drop) => {
    const form = drop.closest("form");
    const input = drop.querySelector("input[type=file]");
    const chosen = drop.querySelector("[data-chosen]");
    const pick = drop.querySelector(".pick-name");
    const first = pick.textContent;
    const most = Number(form.dataset.mostBytes);
    const show = () => {
      chosen.replaceChildren(...[...input.files].map((file) => line(file, most)));
      chosen.hidden = !input.files.length;
      pick.textContent = input.files.length ? "重新选择" : first;
    };
    input.addEventListener("change", show);
    ["dragenter", "dragover"].forEach((kind) => drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    }));
    ["dragleave", "drop"].forEach((kind) => drop.addEventListener(kind, () => drop.classList.remove("over")));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      show();
    });

    // Sending
    const told = form.querySelector("#told");
    const bar = form.querySelector(".sent");
    const button = form.querySelector("button.main");
    const refuse = (event, text) => {
      event.preventDefault();
      const box = document.createElement("div");
      box.className = "refused";
      box.setAttribute("role", "alert");
      box.textContent = text;
      told.replaceChildren(box);
    };
    form.addEventListener("htmx:beforeRequest", (event) => {
      const files = [...form.querySelectorAll("input[type=file]")].flatMap((one) => [...one.files]);
      const whole = files.reduce((sum, file) => sum + file.size, 0);
      if (whole > most) return refuse(event, `一次上传不能超过 ${Math.floor(most / 1e6)} MB，现在是 ${size(whole)}，请分几次上传`);
      if (files.length > Number(form.dataset.mostFiles)) return refuse(event, `一次最多上传 ${form.dataset.mostFiles} 个文件，请分几次上传`);
      told.replaceChildren();
      bar.hidden = false;
      button.disabled = true;
      return undefined;
    });
    form.addEventListener("htmx:xhr:progress", (event) => {
      if (event.detail.lengthComputable) bar.value = (100 * event.detail.loaded) / event.detail.total;
    });
    form.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) return;
      bar.hidden = true;
      button.disabled = false;
    });
    form.addEventListener("htmx:sendError", (event) => refuse(event, "没有传上去，请检查网络和文件大小后重试"));
  });

  // What is to be filled in when a finding is accepted comes into view, ready to be typed.
  document.querySelectorAll("details.accept").forEach((box) => box.addEventListener("toggle", () => {
    if (!box.open) return;
    box.scrollIntoView({ block: "nearest" });
    [...box.querySelectorAll("input:not([type=hidden]), textarea")].find((field) => !field.value)?.focus();
  }));

  // A menu closes when something else is clicked, or with Escape.
  document.addEventListener("click", (event) => document.querySelectorAll(".menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll(".menu[open]").forEach((menu) => { menu.open = false; });
  });
})();
