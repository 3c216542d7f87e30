"use strict";

/*
 * The search of the home page. The JSON of the page holds the organisations and the sentences of
 * their answers, its templates hold the longer texts. Nothing that is typed or read is ever taken
 * for HTML.
 */

/** Words that never tell one organisation from another. */
const SMALL_WORDS = new Set("le la les l de du des d et a au aux en un une".split(" "));

/** Words that many public bodies share: alone, they are no sign that a name is near. */
const COMMON_WORDS = new Set((
  "agence autorite bureau caisse centre college comite commissariat conseil cour delegation"
  + " departement direction ecole etablissement francais francaise france general generale grand"
  + " haut haute hautes hopital institut institution interministerielle mairie ministere ministeres"
  + " ministre mission national nationale office prefecture public publique publiques publics"
  + " reseau secretariat service services superieur superieure territoire universite ville"
).split(" "));

/** Levels of a match, from the surest. */
const EXACT = 4; // the words of one of its names
const CONTAINED = 3; // one of its names or acronyms among other words
const PARTIAL = 2; // every word begins a word of its names
const NEAR = 1; // some words only, or misspelt ones
const NONE = 0;

const FULL_ANSWERS = 3; // up to this number of matches, answers are shown and announced in full
const ANNOUNCE_DELAY = 500; // milliseconds without typing before a result is announced
const NEAR_NAMES = 5;

/** The kinds of the answers that are no « oui ». */
const DOUBTFUL_KINDS = new Set(["verifier", "non-cite"]);

/* Words */

/** Return a text whose dotted acronyms have lost their dots: « A.N.S.S.I. » becomes « ANSSI ». */
function removeAcronymDots(text) {
  const dottedAcronym = /(?<![\p{L}\p{N}])(?:\p{L}\.){2,}(?:\p{L}(?![\p{L}\p{N}]))?/gu;
  return text.replace(dottedAcronym, (acronym) => acronym.replaceAll(".", ""));
}

/** Return the words of a text without case, accents or punctuation. */
function splitWords(text) {
  const folded = removeAcronymDots(text).normalize("NFKD").toLowerCase()
    .replaceAll("œ", "oe").replaceAll("æ", "ae")
    .replace(/[\u0300-\u036f]/gu, "")
    .replace(/[\u02b9\u02bc]/gu, " ");
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Return a text in the forms that are compared: its words without small ones, these words in
 * alphabetical order, all its letters, and its letters from each word on.
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

/** Return whether all the words of one list follow each other in the other list. */
function includesWords(words, searched) {
  return ` ${words.join(" ")} `.includes(` ${searched.join(" ")} `);
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

/* Organisations */

/** Return a name ready to be compared. Its kind is "name", "other", "wording" or "service". */
function makeName(text, kind, evidence) {
  const isAcronym = /^[\p{Lu}\d]{3,}$/u.test(text);
  return { text, kind, evidence, isAcronym, ...analyse(text) };
}

/** Return an answer of the page's JSON: a place in its list of answers, and a line (0 for none). */
function readAnswer([position, line], answers) {
  return { ...answers[position], line };
}

/**
 * Return an organisation with its names, the strongest first, all their words, and its answers.
 * The wordings of the page that say more than a name count only when they are typed in full.
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
  const serviceAnswers = organisation.serviceAnswers ?? organisation.answers;
  return {
    ...organisation,
    address: `organismes/${organisation.slug}/`,
    firstWord: ownNames[0].words[0],
    names,
    ownNames,
    exactNames,
    words: new Set(names.flatMap(({ words }) => words)),
    answers: organisation.answers.map((pair) => readAnswer(pair, answers)),
    serviceAnswers: serviceAnswers.map((pair) => readAnswer(pair, answers)),
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
  return number === siren || (number.length >= 14 && number.includes(siren));
}

/** Return what remains of a text without its numbers and the words that announce them. */
function removeNumbers(text) {
  return text.replace(/\b(?:siren|siret|nic|num[ée]ro|n°)(?!\p{L})/giu, " ")
    .replace(/[./_:,–—-]*\d[\d./_:,–—-]*/gu, " ").trim();
}

/* Matches: an organisation, and the name of it that leads there */

/** Return the organisations that have one of these numbers. */
function findByNumber(numbers, organisations) {
  const matches = [];
  for (const organisation of organisations) {
    const { siren, names } = organisation;
    const hasNumber = siren && numbers.some((number) => isNumberOf(number, siren));
    if (hasNumber) matches.push({ organisation, name: names[0] });
  }
  return matches;
}

/** Return the organisations of which a name has just the words that are typed. */
function findExact(query, organisations) {
  const matches = [];
  for (const organisation of organisations) {
    const name = organisation.exactNames.find(({ key, letters }) => (
      key === query.key || letters === query.letters));
    if (name) matches.push({ organisation, name });
  }
  return matches;
}

/** Return the organisations of which a whole name or an acronym stands among the words. */
function findContained(query, organisations) {
  const matches = [];
  for (const organisation of organisations) {
    const names = organisation.names.filter(({ words, isAcronym }) => (
      (isAcronym || words.length > 1) && includesWords(query.words, words)));
    names.sort((first, second) => second.words.length - first.words.length);
    if (names.length) matches.push({ organisation, name: names[0] });
  }
  const isPartOfAnother = ({ name }) => matches.some((match) => (
    match.name.words.length > name.words.length && includesWords(match.name.words, name.words)));
  return matches.filter((match) => !isPartOfAnother(match));
}

/** Return the name of an organisation that every typed word begins, alone or with the others. */
function findPartialName(query, { names, ownNames }) {
  const isBegun = (name, typed) => name.words.some((word) => beginsWith(word, typed));
  const begunName = names.find((name) => (
    name.endings.some((ending) => ending.startsWith(query.letters))
    || query.words.every((typed) => isBegun(name, typed))));
  if (begunName) return begunName;
  const isKnown = (typed) => ownNames.some((name) => isBegun(name, typed));
  if (!query.words.every(isKnown)) return undefined;
  const elsewhere = query.words.find((typed) => !isBegun(ownNames[0], typed));
  return ownNames.find((name) => isBegun(name, elsewhere));
}

/** Return the organisations whose names every typed word begins, those of short names first. */
function findPartial(query, organisations) {
  const matches = [];
  for (const organisation of organisations) {
    const name = findPartialName(query, organisation);
    if (name) matches.push({ organisation, name });
  }
  const measure = ({ name }) => Number(name.kind === "name") + 1 / name.words.length;
  return matches.sort((first, second) => measure(second) - measure(first));
}

/** Return the word of an organisation that is nearest to a typed one, and their likeness. */
function findNearestWord(typed, organisation) {
  let nearest = { typed, word: typed, likeness: 0 };
  for (const word of organisation.words) {
    const likeness = measureLikeness(typed, word);
    if (likeness > nearest.likeness) nearest = { typed, word, likeness };
  }
  return nearest;
}

/** Return whether a typed word is like one that tells an organisation from others. */
function isDistinctive({ typed, word, likeness }) {
  return likeness > 0 && typed.length > 3 && !COMMON_WORDS.has(word);
}

/** Return how near comparisons of words are, from 0 to 1: rare words count more. */
function scoreComparisons(comparisons, organisations) {
  let weight = 0;
  let weightedLikeness = 0;
  for (const { word, likeness } of comparisons) {
    const holderCount = organisations.filter(({ words }) => words.has(word)).length;
    const wordWeight = Math.log(1 + organisations.length / Math.max(1, holderCount));
    weight += wordWeight;
    weightedLikeness += likeness * wordWeight;
  }
  return weightedLikeness / weight;
}

/**
 * Return the organisations whose names are only near, the nearest first. A common word by which
 * names begin asks for organisations of that kind: an agency is not near a ministry.
 */
function findNear(query, organisations) {
  const kind = query.words.find((typed) => (
    COMMON_WORDS.has(typed) && organisations.some(({ firstWord }) => firstWord === typed)));
  const matches = [];
  for (const organisation of organisations) {
    if (kind && organisation.firstWord !== kind) continue;
    const comparisons = query.words.map((typed) => findNearestWord(typed, organisation));
    if (!comparisons.some(isDistinctive)) continue;
    const score = scoreComparisons(comparisons, organisations);
    matches.push({ organisation, name: organisation.names[0], score });
  }
  matches.sort((first, second) => second.score - first.score);
  const bound = matches.length ? Math.max(0.4, 0.8 * matches[0].score) : 0;
  return matches.filter(({ score }) => score >= bound).slice(0, NEAR_NAMES);
}

/** Return the organisations that a query names, all at the same level, the likeliest first. */
function searchNames(query, organisations) {
  if (!query.words.length) return { level: NONE, matches: [] };
  const exact = findExact(query, organisations);
  if (exact.length) return { level: EXACT, matches: exact };
  const contained = findContained(query, organisations);
  if (contained.length) return { level: CONTAINED, matches: contained };
  const partial = findPartial(query, organisations);
  if (partial.length) return { level: PARTIAL, matches: partial };
  const near = findNear(query, organisations);
  return { level: near.length ? NEAR : NONE, matches: near };
}

/** Return the result of a search: the organisations that a text may mean, by number or by name. */
function search(text, organisations) {
  const numbers = listNumbers(text);
  const numbered = findByNumber(numbers, organisations);
  if (numbered.length) return { level: EXACT, matches: numbered };
  const hasLongNumber = numbers.some((number) => number.length >= 9);
  const isNumber = hasLongNumber || /^[\d\s./_–—-]{3,}$/u.test(text);
  const result = searchNames(analyse(hasLongNumber ? removeNumbers(text) : text), organisations);
  if (isNumber && result.level < CONTAINED) return { level: NONE, matches: [], isNumber };
  return result;
}

/* Sentences */

function quote(text) {
  return `«\u00a0${text}\u00a0»`;
}

/** Return the title of the result of a search. */
function describeResult({ level, matches, isNumber }, text) {
  if (isNumber) return `La liste n’a pas le numéro ${quote(text)}`;
  if (level <= NEAR) return `La liste ne cite pas ${quote(text)}`;
  if (matches.length > 1) return `${matches.length}\u00a0organismes correspondent à ${quote(text)}`;
  if (level === PARTIAL) return `1\u00a0organisme correspond à ${quote(text)}`;
  return `Réponse pour ${quote(text)}`;
}

/** Return how a name that is not the official one leads to organisations, "" for that one. */
function describeName(name, organisationNames, level) {
  const organisations = organisationNames.map((text) => `l’organisme ${quote(text)}`);
  if (name.kind === "service") {
    const owners = organisations.join(" et de ");
    return `${quote(name.text)} est un service de ${owners}, d’après ${name.evidence}.`;
  }
  if (name.kind !== "name") return `${quote(name.text)} désigne ${organisations.join(" et ")}.`;
  return level === CONTAINED ? `Votre recherche contient ${quote(name.text)}.` : "";
}

/** Return the sentences that stand before the answers, one for each name that leads to them. */
function listNotes({ level, matches }) {
  if (matches.length > FULL_ANSWERS || level <= NEAR) return [];
  const leads = new Map();
  for (const { organisation, name } of matches) {
    const lead = leads.get(name.text) ?? { name, organisationNames: [] };
    lead.organisationNames.push(organisation.name);
    leads.set(name.text, lead);
  }
  const notes = [];
  for (const { name, organisationNames } of leads.values()) {
    notes.push(describeName(name, organisationNames, level));
  }
  if (level === PARTIAL && matches.length === 1) {
    notes.push("Vérifiez que cet organisme est bien le vôtre.");
  }
  return notes.filter((note) => note);
}

/** Return the answers that a match gives: those for its services may be other ones. */
function selectAnswers({ organisation, name }) {
  return name.kind === "service" ? organisation.serviceAnswers : organisation.answers;
}

/** Return what is announced of a result to those who do not see it. */
function writeAnnouncement(result, text, contracts) {
  const { level, matches } = result;
  const title = `${describeResult(result, text)}.`;
  if (level === NONE) return `${title} Ce n’est pas un refus.`;
  if (level === NEAR) {
    const names = matches.map(({ organisation }) => organisation.name).join("\u00a0; ");
    return `${title} Ce n’est pas un refus. Noms proches seulement\u00a0: ${names}.`;
  }
  if (matches.length > FULL_ANSWERS) return title;
  const sentences = [title, ...listNotes(result)];
  for (const match of matches) {
    sentences.push(`${match.organisation.name}.`);
    selectAnswers(match).forEach(({ sentence }, position) => {
      sentences.push(`${contracts[position].name}\u00a0: ${sentence}.`);
    });
  }
  return sentences.join(" ");
}

/* Page */

function findElement(id) {
  return document.getElementById(id);
}

/** Return a copy of what a template of the page holds. */
function copyTemplate(id) {
  return findElement(id).content.cloneNode(true);
}

/** Return an element with a text, and with an address when it is a link. */
function makeElement(tag, text, address) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (address) element.href = address;
  return element;
}

/** Return an answer in full, its first words apart: « Oui » of « Oui, par le groupe … ». */
function renderAnswer(answer, contract, pageAddress) {
  const fragment = copyTemplate("modele-reponse");
  const [contractSlot, sentenceSlot, sinceSlot] = fragment.querySelectorAll("[data-slot]");
  contractSlot.textContent = contract.name;
  sentenceSlot.classList.add(answer.kind);
  const [words] = answer.sentence.split(/, |\u00a0: /u, 1);
  sentenceSlot.append(makeElement("strong", words), answer.sentence.slice(words.length));
  sinceSlot.append(answer.since);
  if (answer.line) {
    const lineText = `ligne\u00a0${answer.line} de la page`;
    const lineElement = pageAddress
      ? makeElement("a", lineText, `${pageAddress}#L${answer.line}`)
      : lineText;
    sinceSlot.append(answer.since ? ", " : "", lineElement);
  }
  return fragment;
}

/** Return an answer in a word or two. */
function renderShortAnswer(answer, contract) {
  const fragment = copyTemplate("modele-reponse");
  const [contractSlot, sentenceSlot] = fragment.querySelectorAll("[data-slot]");
  contractSlot.textContent = contract.shortName;
  sentenceSlot.classList.add(answer.kind);
  sentenceSlot.textContent = answer.word;
  return fragment;
}

/** Return an organisation with its answers, in full when there are few. */
function renderMatch(match, isFull, contracts, pageAddress) {
  const { name, acronym, address } = match.organisation;
  const fragment = copyTemplate("modele-organisme");
  const title = acronym ? `${name} (${acronym})` : name;
  fragment.querySelector("h3").append(makeElement("a", title, address));
  const render = isFull ? renderAnswer : renderShortAnswer;
  const answers = selectAnswers(match).map((answer, position) => (
    render(answer, contracts[position], pageAddress)));
  fragment.querySelector("dl").append(...answers);
  return fragment;
}

/** Return the links to organisations whose names are only near, without any answer. */
function renderNearNames(matches) {
  const list = document.createElement("ul");
  for (const { organisation } of matches) {
    const item = document.createElement("li");
    item.append(makeElement("a", organisation.name, organisation.address));
    list.append(item);
  }
  return [makeElement("p", "Les noms les plus proches\u00a0:"), list];
}

/** Return all that a search shows. */
function renderResult(result, text, contracts, pageAddress) {
  const { level, matches, isNumber } = result;
  const title = makeElement("h2", describeResult(result, text));
  title.tabIndex = -1;
  const parts = [title];
  for (const note of listNotes(result)) parts.push(makeElement("p", note));
  if (isNumber) parts.push(copyTemplate("modele-numero"));
  if (level === NEAR) parts.push(...renderNearNames(matches));
  if (level <= NEAR) return [...parts, copyTemplate("modele-absent")];
  const isFull = matches.length <= FULL_ANSWERS;
  for (const match of matches) parts.push(renderMatch(match, isFull, contracts, pageAddress));
  const kinds = matches.flatMap(selectAnswers).map(({ kind }) => kind);
  const isDoubtful = (kind) => DOUBTFUL_KINDS.has(kind);
  if (!kinds.every(isDoubtful)) parts.push(copyTemplate("modele-beneficiaire"));
  if (kinds.some(isDoubtful)) parts.push(copyTemplate("modele-doute"));
  return parts;
}

/** Make the search of the home page work. */
function startSearch(form) {
  const field = form.elements.q;
  const section = findElement("resultats");
  const announcement = findElement("annonce");
  const { answers, contracts, organisations: entries } = JSON.parse(
    findElement("organismes").textContent);
  const organisations = entries.map((entry) => indexOrganisation(entry, answers));
  let timer = 0;

  /** Show the result of what is typed. Return what is to be announced. */
  function showResult() {
    const text = field.value.trim();
    if (!text) {
      section.replaceChildren();
      return "";
    }
    const result = search(text, organisations);
    section.replaceChildren(...renderResult(result, text, contracts, section.dataset.page));
    section.classList.toggle("short", result.matches.length > FULL_ANSWERS);
    return writeAnnouncement(result, text, contracts);
  }

  /** Show the result; once the typing stops, announce it and keep the search in the address. */
  function update() {
    const message = showResult();
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (announcement.textContent !== message) announcement.textContent = message;
      const query = field.value ? `?${new URLSearchParams({ q: field.value })}` : location.pathname;
      history.replaceState(null, "", query);
    }, ANNOUNCE_DELAY);
  }

  field.value = new URLSearchParams(location.search).get("q") ?? "";
  showResult();
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    update();
    section.querySelector("h2")?.focus();
  });
}

if (findElement("recherche")) startSearch(findElement("recherche"));
