"use strict";

/* The search of the home page. Every word it shows is in the page already: a result is made of
   the row of the table that tells of the body. Nothing is ever read as HTML. */

const MOST_RESULTS = 8;
const QUIET = 500; // milliseconds without typing before a result is announced
const PAUSE = 100; // milliseconds before the address follows: it costs more than the search

/* The key of scripts/beneficiaires/labels.py, whose tables the page carries: the words of a text
   without case, accents, punctuation, sigle in parentheses and small words. */
function keyMaker(rules) {
  const sigle = new RegExp(rules.sigle, "gu");
  const accents = new RegExp(rules.accents, "gu");
  const smallWords = new Set(rules.smallWords);
  const spelling = new Map(Object.entries(rules.spelling));
  const fold = (letter) => {
    const folded = letter.toLowerCase().toUpperCase().toLowerCase(); // ß and ẞ are ss
    return spelling.get(folded) ?? folded;
  };
  const words = (text) => {
    const folded = Array.from(text.normalize("NFKD"), fold).join("");
    return folded.normalize("NFKD").replace(accents, "").match(/[\p{L}\p{N}]+/gu) ?? [];
  };
  const key = (text) => words(text.replace(sigle, " ")).filter((word) => !smallWords.has(word));
  return { words, key };
}

/* « lagriculture », « l4agriculture » (Caps Lock on a French keyboard): what may follow a lost apostrophe. */
function slipMaker(rules) {
  const letters = rules.smallWords.filter((word) => word.length === 1).join("");
  const elided = new RegExp(`^[${letters}]4?(?=.)`, "u");
  return (word) => (elided.test(word) ? [word, word.replace(elided, "")] : [word]);
}

function makeIndex(rows, rules) {
  const { key, words } = keyMaker(rules);
  const slips = slipMaker(rules);
  const entries = Array.from(rows, (row) => {
    const keys = row.dataset.keys.split("|");
    return {
      row,
      keys,
      names: keys.map((one) => one.split(" ")),
      sigle: words(row.dataset.sigle).join(" "),
      siren: row.dataset.siren,
    };
  });

  /* 5: named exactly, 4: the same words in another order, 3: the beginning of a name, 2: words of its
     name, 1: words of another label of its. */
  function score(entry, query) {
    if (query.number && entry.siren.startsWith(query.number)) return query.number.length === 9 ? 5 : 3;
    if (entry.sigle === query.key || entry.keys.includes(query.key)) return 5;
    let best = entry.sigle.startsWith(query.key) ? 3 : 0;
    for (const [rank, name] of entry.names.entries()) {
      if (!query.words.every((forms) => forms.some((form) => name.some((word) => word.startsWith(form))))) continue;
      const whole = query.words.every((forms) => forms.some((form) => name.includes(form)));
      if (whole && query.words.length === name.length) return 4;
      const begins = entry.keys[rank].startsWith(query.key);
      best = Math.max(best, begins ? 3 : rank === 0 ? 2 : 1);
    }
    return best;
  }

  function parse(text) {
    const found = key(text);
    const kept = found.length ? found : words(text);
    const digits = text.replace(/[\s.\-]/gu, "");
    return {
      key: kept.join(" "),
      words: kept.map(slips),
      number: /^\d{3,14}$/u.test(digits) ? digits.slice(0, 9) : "",
    };
  }

  /* The bodies that answer to a text, best first; `sure` when the first one is named without doubt. */
  function search(text) {
    const query = parse(text);
    if (!query.words.length) return { found: [], sure: false };
    const scored = entries.map((entry) => ({ entry, score: score(entry, query) })).filter((one) => one.score);
    scored.sort((one, other) => other.score - one.score); // stable: the table's order decides
    const [first, second] = scored;
    const sure = scored.length === 1 || (scored.length > 1 && first.score >= 4 && first.score > second.score);
    return { found: scored.map((one) => one.entry), sure };
  }

  /* The bodies whose names hold every word of a text with at most one slip in each. */
  function near(text) {
    const close = (forms, word) => forms.some((form) => word.startsWith(form) || oneSlip(form, word));
    const query = parse(text);
    return entries.filter(({ names, sigle }) =>
      query.words.length && [...names, [sigle]].some((name) => query.words.every((forms) => name.some((word) => close(forms, word)))));
  }

  return { search, near };
}

/* Whether a letter more, less, other or two swapped make one word of four letters or more the other. */
function oneSlip(one, other) {
  if (Math.min(one.length, other.length) < 4 || Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const [a, b] = [one.slice(start), other.slice(start)];
  const swapped = a.length > 1 && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1) || swapped;
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function copyOf(id) {
  return document.getElementById(id).content.cloneNode(true);
}

/* The name of a row's body, its link and sigle. */
function nameOf(row) {
  return row.cells[0].firstElementChild.cloneNode(true);
}

function answer(row) {
  const heads = row.closest("table").tHead.rows[0].cells;
  const facts = element("dl", "facts");
  for (const cell of Array.from(row.cells).slice(1)) {
    facts.append(element("dt", "", heads[cell.cellIndex].textContent));
    facts.append(element("dd", "", ...Array.from(cell.childNodes, (node) => node.cloneNode(true))));
  }
  const verdict = element("p", `verdict ${row.dataset.state}`, row.dataset.verdict);
  const relations = Array.from(row.querySelectorAll(".relation"), (one) => element("p", "", one.cloneNode(true)));
  const made = element("article", "answer", element("h2", "", nameOf(row)), verdict, ...relations, facts);
  if (row.dataset.marches) made.append(copyOf("contact"));
  return made;
}

function brief(row) {
  return element("li", "", nameOf(row), element("span", `verdict ${row.dataset.state}`, row.dataset.verdict));
}

function briefs(entries) {
  return entries.slice(0, MOST_RESULTS).map(({ row }) => brief(row));
}

function noAnswer(text, near) {
  const made = copyOf("aucun");
  made.querySelector("[data-query]").textContent = text;
  made.querySelector("[data-near]").hidden = !near.length;
  made.querySelector("[data-near] ul").append(...briefs(near));
  return made;
}

function plural(count, word) {
  return `${count.toLocaleString("fr-FR")} ${word}${count > 1 ? "s" : ""}`;
}

function several(found, title) {
  const made = element("div", "several", element("h2", "", title), element("ul", "others", ...briefs(found)));
  const left = found.length - MOST_RESULTS;
  if (left > 0) made.append(element("p", "hint", `Et ${plural(left, "autre")} : précisez le nom, ou parcourez la liste.`));
  return made;
}

/* What a search shows, and the sentence that says it aloud. */
function results(index, text) {
  const { found, sure } = index.search(text);
  if (!found.length) {
    const near = index.near(text);
    const said = near.length ? ` ${plural(near.length, "nom")} proche${near.length > 1 ? "s" : ""}.` : "";
    return { shown: [noAnswer(text, near)], said: `Aucun organisme trouvé.${said}` };
  }
  if (!sure) {
    const said = `${plural(found.length, "organisme")} ${found.length > 1 ? "correspondent" : "correspond"}`;
    return { shown: [several(found, said)], said: `${said}.` };
  }
  const [{ row }, ...others] = found;
  const shown = [answer(row)];
  if (others.length) shown.push(several(others, "Autres organismes qui correspondent"));
  const name = row.cells[0].firstElementChild.textContent.replace(/\s+/gu, " ").trim();
  return { shown, said: `${name}. ${row.dataset.verdict}` };
}

/* Does a work once, a while after the last of the calls that ask for it. */
function later(work) {
  let timer = 0;
  return (delay, ...values) => {
    clearTimeout(timer);
    timer = setTimeout(work, delay, ...values);
  };
}

/* The fields of the page are in its address, so that a result can be sent. */
function remember(fields) {
  const state = new URLSearchParams();
  for (const field of fields) if (field.value) state.set(field.name, field.value);
  const query = state.toString();
  try {
    history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
  } catch { /* too many changes in a row for this browser: the next one will do */ }
}

function recall(fields) {
  const state = new URLSearchParams(location.search);
  for (const field of fields) {
    field.value = state.get(field.name) ?? "";
    if (field.selectedIndex === -1) field.value = "";
  }
}

function start() {
  const [form, filters] = [document.getElementById("recherche"), document.getElementById("filtres")];
  const rows = Array.from(document.querySelector(".bodies").tBodies[0].rows);
  const index = makeIndex(rows, JSON.parse(form.dataset.rules));
  const place = document.getElementById("resultats");
  const spoken = document.getElementById("annonce");
  const announce = later((said) => { if (spoken.textContent !== said) spoken.textContent = said; });
  const { q } = form.elements;
  const { categorie, marche } = filters.elements;
  const fields = [q, categorie, marche];
  const save = later(() => remember(fields));

  function find(delay) {
    const text = q.value.trim();
    const { shown, said } = text ? results(index, text) : { shown: [], said: "" };
    place.replaceChildren(...shown);
    announce(delay, said);
  }

  function filter() {
    let count = 0;
    for (const row of rows) {
      const kept = (!categorie.value || row.dataset.categorie === categorie.value)
        && (!marche.value || row.dataset.marches.split(" ").includes(marche.value));
      row.hidden = !kept;
      count += kept;
    }
    const said = plural(count, "organisme");
    document.getElementById("compte").textContent = said;
    return said;
  }

  form.hidden = filters.hidden = false;
  recall(fields);
  filter();
  find(0);
  q.addEventListener("input", () => { find(QUIET); save(PAUSE); });
  filters.addEventListener("input", () => { announce(0, filter()); save(PAUSE); });
  filters.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    place.querySelector("a")?.focus();
  });
}

/* Opened from a disk, a link to a folder would show its files rather than its page. */
if (location.protocol === "file:") {
  for (const link of document.querySelectorAll("a[href]")) {
    const [path, anchor] = link.getAttribute("href").split("#");
    if (path.endsWith("/") && !path.includes(":")) {
      link.setAttribute("href", `${path}index.html${anchor ? `#${anchor}` : ""}`);
    }
  }
}

if (document.getElementById("recherche")) start();
