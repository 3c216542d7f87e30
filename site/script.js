"use strict";

/* The search of the home page: a result is a copy of the row of the table that tells of the body.
   Nothing is ever read as HTML. */

const SMALL = new Set("le la les l de du des d et a au aux en un une".split(" "));
const QUIET = 500; // milliseconds without typing before a result is announced
const [NAMED, FOUND, NEAR] = [3, 2, 1]; // by its name, by every word, by some words or misspelt ones

const fold = (text) => text.normalize("NFKD").toLowerCase().replace(/œ/gu, "oe").replace(/æ/gu, "ae")
  .replace(/[\u0300-\u036f]/gu, "").replace(/[\u02b9\u02bc]/gu, " ").match(/[\p{L}\p{N}]+/gu) ?? [];

/* A text as it is compared: its words without small ones, the key that they make in any order, and
   everything from each word on, run together, for lost spaces, hyphens and apostrophes. */
function parse(text, kind, proof) {
  const all = fold(text);
  const few = all.filter((word) => !SMALL.has(word));
  const words = few.length ? few : all;
  const ends = all.map((_, place) => all.slice(place).join(""));
  return { text, kind, proof, words, key: [...words].sort().join(" "), ends };
}

function read({ noms, libelles, autres, services, preuves }, row) {
  const names = [...noms.map((text) => parse(text, "nom")), ...autres.map((text) => parse(text, "autre")),
    ...services.map((text, place) => parse(text, "service", preuves[place]))];
  const keys = new Set(libelles.map((text) => parse(text).key));
  return { row, names, keys, words: [...new Set(names.flatMap(({ words }) => words))] };
}

/* From 0 to 1: 1 is the same word, .9 its beginning, less the share of the pairs of letters that both have. */
function likeness(typed, word) {
  if (word.startsWith(typed)) return word === typed ? 1 : 0.9;
  if (/\d/u.test(word) || Math.abs(word.length - typed.length) > typed.length / 4) return 0;
  const [some, others] = [typed, word].map((one) => Array.from(` ${one}`, (letter, place) => letter + (one[place] ?? " ")));
  const share = (2 * some.filter((pair) => others.includes(pair)).length) / (some.length + others.length);
  return share < 0.5 ? 0 : 0.8 * share;
}

/* How well a body answers to a query, and the name through which it does; `weigh` tells rare words. */
function match(body, query, weigh) {
  const [name] = body.names;
  const same = body.names.find(({ key }) => key === query.key);
  if (same || body.keys.has(query.key)) return { body, rank: NAMED, score: 1, via: same ?? name };
  const via = body.names.find(({ ends, words }) => ends.some((end) => end.startsWith(query.ends[0]))
    || query.words.every((typed) => words.some((word) => word.startsWith(typed))));
  if (via) return { body, rank: FOUND, score: (via.kind === "nom") + 1 / via.words.length, via };
  const best = query.words.map((typed) => body.words.map((word) => [likeness(typed, word), word])
    .reduce((one, other) => (other[0] > one[0] ? other : one), [0, typed]));
  const sum = (value) => best.reduce((total, [close, word]) => total + value(close) * weigh(word), 0);
  const rank = best.every(([close]) => close >= 0.9) ? FOUND : NEAR;
  return { body, rank, score: sum((close) => close) / sum(() => 1), via: name };
}

/* The bodies that a text may mean, best first, all of the same rank. */
function search(bodies, text) {
  const query = parse(text.replace(/(\d)[\s.\-]+(?=\d)/gu, "$1").replace(/^(\d{9})\d{5}$/u, "$1")); // the SIREN of a SIRET
  const having = (word) => bodies.filter(({ words }) => words.includes(word)).length || 1;
  const weigh = (word) => Math.log(1 + bodies.length / having(word));
  const found = query.words.length ? bodies.map((body) => match(body, query, weigh)) : [];
  const [rank, score] = ["rank", "score"].map((each) => Math.max(...found.map((one) => one[each])));
  const kept = found.filter((one) => one.rank === rank && (rank > NEAR || one.score >= Math.max(0.4, 0.8 * score)));
  return kept.sort((one, other) => other.score - one.score); // stable: the table's order decides
}

/* What leads from a text to a body that it does not name. */
function reason({ body, rank, via }, alone) {
  const [name, typed] = [body.names[0].text, via.text].map((text) => `«\u00a0${text}\u00a0»`);
  if (via.kind === "service") return `La page ne nomme pas ${typed}, qui relève de ${name} d’après ${via.proof}.`;
  if (via.kind === "autre") return `${typed} est un autre nom de ${name}.`;
  return alone && rank === FOUND ? "C’est le seul nom de la liste qui corresponde." : "";
}

const count = (number) => `${number}\u00a0organisme${number > 1 ? "s" : ""}`;

/* What a search shows: a template, whose slots `data-NAME` take text or nodes, or go away for want of any. */
function results(table, bodies, text) {
  const found = search(bodies, text);
  const alone = found.length === 1;
  const rows = table.cloneNode(true);
  rows.tBodies[0].replaceChildren(...found.map(({ body }) => body.row.cloneNode(true)));
  const named = found.length > 0 && found[0].rank > NEAR;
  const unknown = !found.length && /^[\d\s.\-]{3,}$/u.test(text) ? "numero" : "aucun";
  const made = document.getElementById(named ? "trouve" : unknown).content.cloneNode(true);
  for (const [name, value] of Object.entries({
    query: text,
    title: alone ? "Réponse pour" : `${count(found.length)} correspondent à`,
    why: [...new Set(found.map((one) => reason(one, alone)))].join(" ").trim(),
    rows: found.length && rows,
  })) {
    made.querySelectorAll(`[data-${name}]`).forEach((slot) => (value ? slot.append(value) : slot.remove()));
  }
  return made;
}

function start(form, filters) {
  const table = document.querySelector(".bodies");
  const whole = table.cloneNode(true); // as it is before any filter
  const names = JSON.parse(document.getElementById("noms").textContent);
  const bodies = names.map((each, place) => read(each, whole.tBodies[0].rows[place]));
  const [place, spoken, counted] = ["resultats", "annonce", "compte"].map((id) => document.getElementById(id));
  const fields = [form.elements.q, filters.elements.marche, filters.elements.reponse];
  const [q, marche, reponse] = fields;
  let timer = 0;

  function find() {
    place.replaceChildren(q.value.trim() ? results(whole, bodies, q.value.trim()) : "");
    const told = place.querySelectorAll("h2, [data-why], tbody a[href^=organismes], .which, .said");
    return Array.from(told, (one) => one.textContent).join(". ");
  }

  function filter() {
    for (const cell of table.querySelectorAll("[data-marche]")) {
      cell.hidden = marche.value && cell.dataset.marche !== marche.value;
    }
    const wanted = `td:not([hidden])${reponse.value && `[data-statut=${reponse.value}]`}`;
    for (const row of table.tBodies[0].rows) row.hidden = !row.querySelector(wanted);
    counted.textContent = count(table.querySelectorAll("tbody tr:not([hidden])").length);
    return counted.textContent;
  }

  /* Once the typing stops: announces what is shown, and keeps what was asked in the address, to be sent. */
  function settle(said, delay) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      spoken.textContent = said;
      const asked = new URLSearchParams(fields.filter(({ value }) => value).map(({ name, value }) => [name, value]));
      history.replaceState(null, "", `${asked}` ? `?${asked}` : location.pathname);
    }, delay);
  }

  for (const field of fields) field.value = new URLSearchParams(location.search).get(field.name) ?? "";
  filter();
  find();
  form.addEventListener("input", () => settle(find(), QUIET));
  filters.addEventListener("input", () => settle(filter(), 0));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    place.querySelector("a")?.focus();
  });
}

/* Opened from a disk, a link to a folder would show its files rather than its page. */
if (location.protocol === "file:") {
  for (const link of document.querySelectorAll("a[href$='/'], a[href*='/#']")) {
    if (link.protocol === "file:") link.href = link.getAttribute("href").replace(/\/(#|$)/u, "/index.html$1");
  }
}

if (document.getElementById("recherche")) start(document.getElementById("recherche"), document.getElementById("filtres"));
