"use strict";

/*
 * The search of the home page. What it knows of the organisations, and the sentences of their
 * answers, are in the JSON of the page; the longer texts are in its templates. Nothing that is
 * typed or read is ever taken for HTML.
 */

/** Words that never tell one organisation from another. */
const SMALL_WORDS = new Set("le la les l de du des d et a au aux en un une".split(" "));

/** Words that many public bodies share: alone, they are no sign that a name is near. */
const COMMON_WORDS = new Set((
  "agence autorite bureau caisse centre college comite commissariat conseil cour delegation"
  + " departement direction ecole etablissement francais francaise france general generale grand"
  + " haut haute hautes hopital institut institution interministerielle mairie ministere"
  + " ministre mission national nationale office prefecture public publique publiques publics"
  + " secretariat service services superieur superieure territoire universite ville"
).split(" "));

/** Levels of a match, from the surest. */
const EXACT = 4; // the words of one of its names
const CONTAINED = 3; // one of its names or acronyms among other words
const PARTIAL = 2; // every word begins a word of its names
const NEAR = 1; // some words only, or misspelt ones

const FULL_ANSWERS = 3; // up to this number of results, answers are shown and announced in full
const ANNOUNCE_DELAY = 500; // milliseconds without typing before a result is announced
const NEAR_NAMES = 5;

/* Words */

/** Return the words of a text without case, accents or punctuation; « A.N.S.I. » is one word. */
function splitWords(text) {
  const withoutDots = text.replace(/(?<![\p{L}\p{N}])(?:\p{L}\.){2,}(?:\p{L}(?![\p{L}\p{N}]))?/gu,
    (acronym) => acronym.replaceAll(".", ""));
  const folded = withoutDots.normalize("NFKD").toLowerCase()
    .replaceAll("œ", "oe").replaceAll("æ", "ae")
    .replace(/[\u0300-\u036f]/gu, "")
    .replace(/[\u02b9\u02bc]/gu, " ");
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Return a text in the forms that are compared: its words without small ones; these words in
 * alphabetical order; all its letters; and its letters from each word on.
 */
function analyse(text) {
  const allWords = splitWords(text);
  const longWords = allWords.filter((word) => !SMALL_WORDS.has(word));
  const words = longWords.length ? longWords : allWords;
  const endings = allWords.map((_, position) => allWords.slice(position).join(""));
  return { words, key: [...words].sort().join(" "), letters: allWords.join(""), endings };
}

/** Return whether a word begins with what was typed, in the singular or in the plural. */
function beginsWith(word, typed) {
  if (word.startsWith(typed)) return true;
  return typed.length > 4 && /[sx]$/u.test(typed) && word.startsWith(typed.slice(0, -1));
}

/** Return the pairs of letters that follow each other in a word, blanks at both ends. */
function listLetterPairs(word) {
  const letters = [" ", ...word, " "];
  return letters.slice(0, -1).map((letter, position) => letter + letters[position + 1]);
}

/** Return how like a word is what was typed: 1 the same, 0.9 its beginning, less when misspelt. */
function measureLikeness(typed, word) {
  if (word === typed) return 1;
  if (beginsWith(word, typed)) return 0.9;
  if (/\d/u.test(word) || Math.abs(word.length - typed.length) > typed.length / 4) return 0;
  const typedPairs = listLetterPairs(typed);
  const wordPairs = listLetterPairs(word);
  const sharedCount = typedPairs.filter((pair) => wordPairs.includes(pair)).length;
  const share = (2 * sharedCount) / (typedPairs.length + wordPairs.length);
  const bound = typed.length > 6 ? 0.65 : 0.5;
  return share < bound ? 0 : 0.8 * share;
}

/* Names */

function makeName(text, kind, evidence) {
  const isAcronym = /^[\p{Lu}\d]{3,}$/u.test(text);
  return { text, kind, evidence, isAcronym, ...analyse(text) };
}

/**
 * Return an organisation with its names, the strongest first, all their words, and its answers:
 * those of the page are pairs of a place in `answers` and a line. The wordings of the page that say
 * more than a name count only when they are typed in full.
 */
function indexOrganisation(organisation, answers) {
  const { name, acronym, formerAcronyms = [], otherNames = [], services = [] } = organisation;
  const ownNames = [makeName(name, "name")];
  if (acronym) ownNames.push(makeName(acronym, "name"));
  for (const text of formerAcronyms) ownNames.push(makeName(text, "name"));
  for (const text of otherNames) ownNames.push(makeName(text, "other"));
  const names = [...ownNames];
  for (const [text, evidence] of services) names.push(makeName(text, "service", evidence));
  const exactNames = [...names];
  for (const text of organisation.wordings ?? []) exactNames.push(makeName(text, "wording"));
  const readAnswer = ([position, line]) => ({ ...answers[position], line });
  return {
    ...organisation,
    names,
    ownNames,
    exactNames,
    words: new Set(names.flatMap(({ words }) => words)),
    answers: organisation.answers.map(readAnswer),
    serviceAnswers: (organisation.serviceAnswers ?? organisation.answers).map(readAnswer),
  };
}

/* Numbers */

/** Return the runs of digits of a text, whatever separates the digits of one run. */
function listNumbers(text) {
  const joined = text.normalize("NFKC").replace(/(\d)[\s./_–—-]+(?=\d)/gu, "$1");
  return joined.match(/\d+/gu) ?? [];
}

/** Return whether a run of digits is a SIREN, or holds it as a SIRET does. */
function isNumberOf(number, siren) {
  if (!siren) return false;
  return number === siren || (number.length >= 14 && number.includes(siren));
}

/** Return what remains of a text without its numbers and the words that announce them. */
function removeNumbers(text) {
  return text.replace(/\b(?:siren|siret|nic|num[ée]ro|n°)(?![\p{L}])/giu, " ")
    .replace(/[\d./_:,–—-]+/gu, (part) => (/\d/u.test(part) ? " " : part)).trim();
}

/* Matching */

function findExact(query, organisations) {
  const results = [];
  for (const organisation of organisations) {
    const name = organisation.exactNames.find(({ key, letters }) => (
      key === query.key || letters === query.letters));
    if (name) results.push({ organisation, name });
  }
  return results;
}

/** Return whether all the words of one list follow each other in the other list. */
function includesWords(words, searched) {
  return ` ${words.join(" ")} `.includes(` ${searched.join(" ")} `);
}

/** Return the organisations of which a whole name or an acronym stands among the words. */
function findContained(query, organisations) {
  const results = [];
  for (const organisation of organisations) {
    const contained = organisation.names.filter(({ words, isAcronym }) => (
      (isAcronym || words.length > 1) && includesWords(query.words, words)));
    contained.sort((first, second) => second.words.length - first.words.length);
    if (contained.length) results.push({ organisation, name: contained[0] });
  }
  const isPartOfAnother = ({ name }) => results.some((result) => (
    result.name.words.length > name.words.length && includesWords(result.name.words, name.words)));
  return results.filter((result) => !isPartOfAnother(result));
}

/** Return the name of an organisation that every typed word begins, alone or with the others. */
function findPartialName(query, organisation) {
  const isBegun = (name, typed) => name.words.some((word) => beginsWith(word, typed));
  const whole = organisation.names.find((name) => (
    name.endings.some((ending) => ending.startsWith(query.letters))
    || query.words.every((typed) => isBegun(name, typed))));
  if (whole) return whole;
  const { ownNames } = organisation;
  const isKnown = (typed) => ownNames.some((name) => isBegun(name, typed));
  if (!query.words.every(isKnown)) return undefined;
  const missing = query.words.find((typed) => !isBegun(ownNames[0], typed));
  return ownNames.find((name) => isBegun(name, missing));
}

function findPartial(query, organisations) {
  const results = [];
  for (const organisation of organisations) {
    const name = findPartialName(query, organisation);
    if (name) results.push({ organisation, name });
  }
  const measure = ({ name }) => Number(name.kind === "name") + 1 / name.words.length;
  return results.sort((first, second) => measure(second) - measure(first));
}

/** Return the likeness of each typed word to the nearest word of an organisation. */
function compareWords(query, organisation) {
  return query.words.map((typed) => {
    const nearest = { typed, word: typed, likeness: 0 };
    for (const word of organisation.words) {
      const likeness = measureLikeness(typed, word);
      if (likeness > nearest.likeness) Object.assign(nearest, { word, likeness });
    }
    return nearest;
  });
}

/** Return the organisations whose names are only near, the nearest first. */
function findNear(query, organisations) {
  const countHolders = (word) => organisations.filter(({ words }) => words.has(word)).length || 1;
  const weigh = (word) => Math.log(1 + organisations.length / countHolders(word));
  const isHeld = (word) => organisations.some(({ words }) => words.has(word));
  const kind = query.words.find((typed) => COMMON_WORDS.has(typed) && isHeld(typed));
  const results = [];
  for (const organisation of organisations) {
    const comparisons = compareWords(query, organisation);
    const hasDistinctiveWord = comparisons.some(({ typed, word, likeness }) => (
      likeness > 0 && typed.length > 3 && !COMMON_WORDS.has(word)));
    if (!hasDistinctiveWord || (kind && !organisation.words.has(kind))) continue;
    let weight = 0;
    let weightedLikeness = 0;
    for (const { word, likeness } of comparisons) {
      weight += weigh(word);
      weightedLikeness += likeness * weigh(word);
    }
    results.push({ organisation, name: organisation.names[0], score: weightedLikeness / weight });
  }
  const best = Math.max(...results.map(({ score }) => score));
  return results.filter(({ score }) => score >= Math.max(0.4, 0.8 * best))
    .sort((first, second) => second.score - first.score).slice(0, NEAR_NAMES);
}

/** Return the organisations that have one of these numbers. */
function findByNumber(numbers, organisations) {
  const results = [];
  for (const organisation of organisations) {
    const isNumbered = numbers.some((number) => isNumberOf(number, organisation.siren));
    if (isNumbered) results.push({ organisation, name: organisation.names[0] });
  }
  return results;
}

const FINDERS = [
  [EXACT, findExact],
  [CONTAINED, findContained],
  [PARTIAL, findPartial],
  [NEAR, findNear],
];

/** Return the organisations that a text may mean, all at the same level, the likeliest first. */
function search(organisations, text) {
  const numbers = listNumbers(text);
  const numbered = findByNumber(numbers, organisations);
  if (numbered.length) return { level: EXACT, results: numbered };
  const hasLongNumber = numbers.some((number) => number.length >= 9);
  const query = analyse(hasLongNumber ? removeNumbers(text) : text);
  const isNumber = numbers.length > 0 && (hasLongNumber || /^[\d\s./_–—-]{3,}$/u.test(text));
  if (query.words.length) {
    for (const [level, find] of FINDERS) {
      const results = find(query, organisations);
      if (results.length && !(isNumber && level < CONTAINED)) return { level, results, isNumber };
    }
  }
  return { level: 0, results: [], isNumber };
}

/* Sentences */

const quote = (text) => `«\u00a0${text}\u00a0»`;

function countMatches(count, text) {
  if (count === 1) return `1\u00a0organisme correspond à ${quote(text)}`;
  return `${count}\u00a0organismes correspondent à ${quote(text)}`;
}

/** Return the title of the results of a search. */
function describeSearch({ level, results, isNumber }, text) {
  if (!results.length && isNumber) return `La liste n’a pas le numéro ${quote(text)}`;
  if (level <= NEAR) return `La liste ne cite pas ${quote(text)}`;
  if (level >= CONTAINED && results.length === 1) return `Réponse pour ${quote(text)}`;
  return countMatches(results.length, text);
}

/** Return what leads from a text to organisations that it does not name outright. */
function describeName(name, organisationNames, level) {
  const official = organisationNames.map(quote).join(" et ");
  if (name.kind === "service") {
    return `${quote(name.text)} est un service de ${official}, d’après ${name.evidence}.`;
  }
  if (name.kind === "other") return `${quote(name.text)} est un autre nom de ${official}.`;
  if (name.kind === "wording") return `${quote(name.text)} désigne dans la liste ${official}.`;
  return level === CONTAINED ? `Votre recherche contient ${quote(name.text)}.` : "";
}

/** Return the notes that stand before the results, one for each name that leads to some of them. */
function listNotes({ level, results }) {
  if (results.length > FULL_ANSWERS || level <= NEAR) return [];
  const namesByText = new Map();
  for (const { organisation, name } of results) {
    const known = namesByText.get(name.text) ?? { name, organisationNames: [] };
    known.organisationNames.push(organisation.name);
    namesByText.set(name.text, known);
  }
  const notes = [];
  for (const { name, organisationNames } of namesByText.values()) {
    notes.push(describeName(name, organisationNames, level));
  }
  if (level === PARTIAL && results.length === 1) {
    notes.push("Vérifiez que cet organisme est bien le vôtre.");
  }
  return notes.filter(Boolean);
}

/** Return the answers that a result gives: those for its services may be other ones. */
function selectAnswers({ organisation, name }) {
  return name.kind === "service" ? organisation.serviceAnswers : organisation.answers;
}

/** Return what is announced of the results to those who do not see them. */
function announce(found, text, contracts) {
  const { level, results } = found;
  const title = `${describeSearch(found, text)}.`;
  if (!results.length) return `${title} Ce n’est pas un refus.`;
  if (level === NEAR) {
    const names = results.map(({ organisation }) => organisation.name).join("\u00a0; ");
    return `${title} Ce n’est pas un refus. Noms proches seulement\u00a0: ${names}.`;
  }
  if (results.length > FULL_ANSWERS) return title;
  const sentences = [title, ...listNotes(found)];
  for (const result of results) {
    sentences.push(`${result.organisation.name}.`);
    selectAnswers(result).forEach(({ sentence }, position) => {
      sentences.push(`${contracts[position]}\u00a0: ${sentence}.`);
    });
  }
  return sentences.join(" ");
}

/* Page */

const findElement = (id) => document.getElementById(id);

/** Return a copy of what a template holds. */
function copyTemplate(template) {
  return template.content.cloneNode(true);
}

function makeElement(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/** Return the answer of an organisation under a contract: in full, or its first words alone. */
function renderAnswer({ kind, sentence, since, line }, template, isFull, pageAddress) {
  const fragment = copyTemplate(template);
  const sentenceSlot = fragment.querySelector("[data-slot=sentence]");
  const sinceSlot = fragment.querySelector("[data-slot=since]");
  sentenceSlot.classList.add(kind);
  const [, word, details] = sentence.match(/^(.*?)((?:, |\u00a0:).*)?$/u);
  const wordElement = makeElement("span", word);
  wordElement.className = "word";
  sentenceSlot.append(wordElement, isFull && details ? details : "");
  if (isFull && since) sinceSlot.append(since);
  if (isFull && line) {
    const lineText = `ligne\u00a0${line} de la page`;
    const lineElement = makeElement(pageAddress ? "a" : "span", lineText);
    if (pageAddress) lineElement.href = `${pageAddress}#L${line}`;
    sinceSlot.append(since ? ", " : "", lineElement);
  }
  if (!sinceSlot.hasChildNodes()) sinceSlot.remove();
  return fragment;
}

function renderOrganisation(result, isFull, pageAddress) {
  const { organisation } = result;
  const fragment = copyTemplate(findElement("modele-organisme"));
  const link = fragment.querySelector("[data-slot=name]");
  link.href = organisation.address;
  link.textContent = organisation.name + (organisation.acronym ? ` (${organisation.acronym})` : "");
  const templates = document.querySelectorAll("template[data-contract]");
  const answers = selectAnswers(result).map((answer, position) => (
    renderAnswer(answer, templates[position], isFull, pageAddress)));
  fragment.querySelector("[data-slot=answers]").append(...answers);
  return fragment;
}

/** Return the links to organisations whose names are only near, without any answer. */
function renderNearNames(results) {
  const list = document.createElement("ul");
  for (const { organisation } of results) {
    const link = makeElement("a", organisation.name);
    link.href = organisation.address;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  return [makeElement("p", "Les noms les plus proches\u00a0:"), list];
}

/** Return all that a search shows. */
function renderResults(found, text, pageAddress) {
  const { level, results, isNumber } = found;
  const title = makeElement("h2", describeSearch(found, text));
  title.tabIndex = -1;
  const parts = [title];
  for (const note of listNotes(found)) parts.push(makeElement("p", note));
  if (level === NEAR) parts.push(...renderNearNames(results));
  if (!results.length && isNumber) parts.push(copyTemplate(findElement("modele-numero")));
  if (level <= NEAR) return [...parts, copyTemplate(findElement("modele-absent"))];
  const isFull = results.length <= FULL_ANSWERS;
  for (const result of results) parts.push(renderOrganisation(result, isFull, pageAddress));
  const isCovered = results.some((result) => selectAnswers(result).some(({ since }) => since));
  const isDoubtful = results.some((result) => selectAnswers(result).some(({ since }) => !since));
  if (isCovered) parts.push(copyTemplate(findElement("modele-beneficiaire")));
  if (isDoubtful) parts.push(copyTemplate(findElement("modele-doute")));
  return parts;
}

/** Make the search of the home page work. */
function startSearch(form) {
  const field = form.elements.q;
  const section = findElement("resultats");
  const announcement = findElement("annonce");
  const data = JSON.parse(findElement("organismes").textContent);
  const organisations = data.organisations.map((organisation) => (
    indexOrganisation(organisation, data.answers)));
  const templates = document.querySelectorAll("template[data-contract]");
  const contracts = Array.from(templates, (template) => template.dataset.contract);
  let timer = 0;

  function showResults() {
    const text = field.value.trim();
    if (!text) {
      section.replaceChildren();
      return "";
    }
    const found = search(organisations, text);
    section.replaceChildren(...renderResults(found, text, section.dataset.page));
    section.classList.toggle("short", found.results.length > FULL_ANSWERS);
    return announce(found, text, contracts);
  }

  /** Announce the results and keep the search in the address, once the typing stops. */
  function settle(message) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      announcement.textContent = message;
      const query = field.value ? `?${new URLSearchParams({ q: field.value })}` : location.pathname;
      history.replaceState(null, "", query);
    }, ANNOUNCE_DELAY);
  }

  field.value = new URLSearchParams(location.search).get("q") ?? "";
  showResults();
  form.addEventListener("input", () => settle(showResults()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    settle(showResults());
    section.querySelector("h2")?.focus();
  });
}

/** Lead to pages rather than folders where the site is opened from a disk. */
function repairDiskLinks() {
  for (const link of document.querySelectorAll("a[href$='/'], a[href*='/#']")) {
    if (link.protocol === "file:") {
      link.href = link.getAttribute("href").replace(/\/(#|$)/u, "/index.html$1");
    }
  }
}

if (findElement("recherche")) startSearch(findElement("recherche"));
if (location.protocol === "file:") {
  repairDiskLinks();
  new MutationObserver(repairDiskLinks).observe(document.body, { childList: true, subtree: true });
}
