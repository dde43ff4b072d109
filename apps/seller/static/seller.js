// The one script of the page. Without it the form works all the same, and the screen does not renew itself.
"use strict";

(() => {
  const form = document.getElementById("search");
  if (!form) return;
  const field = document.getElementById("q");
  const result = document.getElementById("result");
  const told = document.getElementById("told");
  const EVERY_MS = 2000;
  let asked = 0;
  let timer = 0;

  const send = async (path, values) => {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, ...values });
    const response = await fetch(path, { method: "POST", body, headers: { "X-Fragment": "1" } });
    return { status: response.status, html: response.status === 204 ? "" : await response.text() };
  };

  const show = (html) => {
    result.replaceChildren(document.createRange().createContextualFragment(html));
    result.setAttribute("aria-busy", "false");
    watchPictures();
  };

  const failed = () => {
    const notice = document.createElement("div");
    notice.className = "notice unavailable";
    notice.setAttribute("role", "alert");
    notice.dataset.notice = "offline";
    const title = document.createElement("h2");
    title.textContent = "Sem conexão";
    const advice = document.createElement("p");
    advice.textContent = "Confira a rede e tente de novo.";
    notice.append(title, advice);
    result.replaceChildren(notice);
    result.setAttribute("aria-busy", "false");
  };

  // Whoever is on the screen goes; what is still being asked for is not shown any more.
  const clear = () => {
    asked += 1;
    clearTimeout(timer);
    field.value = "";
    told.textContent = "Tela limpa.";
    show(document.getElementById("empty").innerHTML);
    field.focus();
  };

  const lookUp = async () => {
    const mine = (asked += 1);
    clearTimeout(timer);
    const text = field.value;
    field.value = "";
    told.textContent = "Buscando…";
    result.setAttribute("aria-busy", "true");
    try {
      const answer = await send("/consulta", { q: text });
      if (mine !== asked) return;
      show(answer.html);
      const customer = document.getElementById("customer");
      told.textContent = customer ? `Encontrado: ${customer.getAttribute("aria-label")}` : "";
      if (customer) {
        timer = setTimeout(update, EVERY_MS, mine);
      } else if (!field.value && !result.querySelector("[data-notice=no_consent]")) {
        field.value = text; // to be mended
        field.select();
      }
    } catch {
      if (mine === asked) failed();
    }
  };

  const update = async (mine) => {
    const customer = document.getElementById("customer");
    if (mine !== asked || !customer) return;
    if (document.hidden) {
      timer = setTimeout(update, EVERY_MS, mine);
      return;
    }
    try {
      const { view, version } = customer.dataset;
      const answer = await send("/agora", { view, version });
      if (mine !== asked) return;
      live(answer.status < 300);
      if (answer.status === 200) renew(customer, answer.html);
      if ([401, 403, 410].includes(answer.status)) {
        told.textContent = "";
        show(answer.html);
        return;
      }
    } catch {
      if (mine !== asked) return;
      live(false);
    }
    timer = setTimeout(update, EVERY_MS, mine);
  };

  const live = (is) => {
    const sign = result.querySelector("[data-live]");
    if (!sign || sign.classList.contains("lost") === !is) return;
    sign.classList.toggle("lost", !is);
    sign.lastChild.textContent = is ? "ao vivo" : "sem conexão";
  };

  // Only what has changed is put anew, so that focus stays and readers are told of additions alone.
  const renew = (customer, html) => {
    const fresh = document.createRange().createContextualFragment(html).firstElementChild;
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = customer.querySelector(`[data-part="${part.dataset.part}"]`);
      if (old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes);
    }
    const list = customer.querySelector("#timeline");
    const items = [...fresh.querySelectorAll("#timeline > li")];
    const ids = new Set(items.map((item) => item.id));
    for (const old of [...list.children]) if (!ids.has(old.id)) old.remove();
    items.forEach((item, position) => {
      const old = list.querySelector(`#${CSS.escape(item.id)}`);
      if (!old) {
        item.classList.add("new");
        list.insertBefore(item, list.children[position] ?? null);
      } else if (old.innerHTML !== item.innerHTML) {
        old.innerHTML = item.innerHTML;
      }
    });
    customer.dataset.version = fresh.dataset.version;
    watchPictures();
  };

  // A picture that cannot be had gives way to the drawing behind it.
  const watchPictures = () => {
    for (const image of result.querySelectorAll(".picture img")) {
      image.addEventListener("error", () => image.remove(), { once: true });
      if (image.complete && !image.naturalWidth) image.remove();
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) lookUp();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      clear();
      return;
    }
    // A scanner types wherever the focus is.
    const isText = event.key.length === 1 && event.key !== " ";
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isText && isPlain && document.activeElement !== field) field.focus();
  });

  if (document.getElementById("customer")) timer = setTimeout(update, EVERY_MS, asked);
  watchPictures();
  field.focus();
})();
