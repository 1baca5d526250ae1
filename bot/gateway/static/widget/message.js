// One message as the family sees it; every text goes in as text, links are made from web addresses only.

const LINK = /https?:\/\/[^\s<>"'“”«»]+/g;
// What must keep its order inside right-to-left text: phone, ticket and tag numbers, e-mail addresses.
const ISOLATED = /[\w.+-]*@[\w-]+\.[\w.-]+|\b(?:FD-|CB)\d+\b|\+?\(?\d[\d() .-]{5,}\d/g;
// "Step 2 of 7", "2/7", "第 2 步（共 7 步）": two small numbers at the beginning, whatever the language says between.
const STEP = /^\D{0,16}(\d{1,2})(?!\d)\D{1,9}?(\d{1,2})(?!\d)/;

/** The text cut into strings, links and isolated numbers, ready to append. */
function withLinks(text, words) {
  const parts = [];
  let place = 0;
  for (const found of text.matchAll(LINK)) {
    const shown = withoutTail(found[0]);
    const address = webAddress(shown);
    if (!address) continue;
    parts.push(...isolated(text.slice(place, found.index)));
    parts.push(link(address, make('bdi', { dir: 'ltr' }, shown), words));
    place = found.index + shown.length;
  }
  return [...parts, ...isolated(text.slice(place))];
}

/** An address without the full stop or bracket of the sentence around it. */
function withoutTail(address) {
  const short = address.replace(/[.,;:!?…。，、；：！？؟،]+$/u, '');
  return short.endsWith(')') && !short.includes('(') ? withoutTail(short.slice(0, -1)) : short;
}

/** The text with its numbers isolated; an empty line becomes a gap of half a line, and stays one when copied. */
function isolated(text) {
  const gap = (lines) => make('span', { class: 'gap' }, lines);
  return text.split(/(\n\n+)/).flatMap((part) => (part.startsWith('\n\n') ? [gap(part)] : withNumbers(part)));
}

function withNumbers(text) {
  const parts = [];
  let place = 0;
  for (const found of text.matchAll(ISOLATED)) {
    const kind = found[0].includes('@') ? null : 'number';
    parts.push(text.slice(place, found.index), make('bdi', { dir: 'ltr', class: kind }, found[0]));
    place = found.index + found[0].length;
  }
  return [...parts, text.slice(place)].filter((part) => part !== '');
}

function link(address, content, words) {
  return make(
    'a', { href: address, target: '_blank', rel: 'noopener noreferrer' },
    content, make('span', { class: 'unseen' }, ` ${words.new_tab}`),
  );
}

const directionOf = (language, given) => given || DESK.texts[language]?.direction || 'auto';

/** A step's place in the repair, as its text says it at its beginning. */
function stepOf(message) {
  if (message.kind !== 'step') return null;
  const [number, of] = (STEP.exec(message.text) || []).slice(1).map(Number);
  return number > 0 && number <= of ? { number, of } : null;
}

function progress(step, words) {
  return make(
    'progress', { max: step.of, value: step.number, 'aria-label': fill(words.step, step) },
  );
}

/** `words`, `language`: those of the interface; `choose(button, element)` and `rate(id, helpful, reason)` on a tap. */
function messageElement(message, { words, language, choose, rate }) {
  const own = message.from === 'family';
  const kind = `message ${own ? 'own' : 'theirs'} ${message.from} ${kindOf(message)}`;
  const element = make('div', { class: kind, lang: language });
  const seen = message.from === 'staff' ? 'sender' : 'unseen';
  const sender = make('span', { class: seen }, `${words[senderOf(message)]}: `);
  const bubble = make('div', { class: 'bubble' }, sender);
  const text = make('p', { class: 'text', dir: own ? 'auto' : directionOf(message.lang, message.dir) });
  if (message.lang && !own) text.lang = message.lang;
  text.append(...withLinks(message.text, words));
  const step = stepOf(message);
  if (step) bubble.append(progress(step, words));
  if (message.kind === 'crisis') { // on a small screen the numbers to tap must not stand below a long text
    bubble.append(make('strong', { class: 'alarm' }, words.crisis), ...emergencyLinks(message.text, words));
  }
  bubble.append(text);
  element.append(bubble);
  // What is asked stands with its question, what else can be read behind it.
  if (message.buttons?.length) element.append(choices(message.buttons, words, choose));
  element.append(...articleCards(message, language, words));
  const asked = rating(message, words, (helpful, reason) => rate(message.id, helpful, reason));
  if (asked) element.append(asked);
  return element;
}

const senderOf = (message) => ({ family: 'you', staff: 'staff' })[message.from] || 'bot';
const kindOf = (message) => (/^[a-z]+$/.test(message.kind) ? `kind-${message.kind}` : '');

/** In danger, a tap should be enough; the numbers are ours, never taken from a text. */
function emergencyLinks(text, words) {
  const numbers = ['911', '988'].filter((number) => new RegExp(`\\b${number}\\b`).test(text));
  return numbers.map((number) => make('a', { class: 'call', href: `tel:${number}` }, words[`call_${number}`]));
}

/** The page an answer is from as a card; others, which it only resembles, are folded up. */
function articleCards(message, language, words) {
  const cards = (message.articles || []).map((article) => articleCard(article, language, words));
  if (message.kind !== 'answer' || cards.length < 2) return cards;
  const others = make('summary', {}, fill(words.more_pages, { count: cards.length - 1 }));
  return [cards[0], make('details', {}, others, ...cards.slice(1))];
}

function articleCard(article, language, words) {
  const address = webAddress(article.url);
  const { lang } = article;
  const title = make('span', { class: 'card-title', lang, dir: directionOf(lang) }, article.title);
  const notes = [words.article];
  if (lang !== language) {
    notes.push(fill(words.in_language, { language: words.languages[lang] || lang }));
  }
  if (article.translation === 'machine') notes.push(words.machine);
  const note = make('span', { class: 'card-note' }, notes.join(' · '));
  const card = make('div', { class: 'card' });
  card.append(...(address ? [link(address, title, words), note] : [title, note]));
  return card;
}

function choices(buttons, words, choose) {
  const group = make('div', { class: 'choices', role: 'group', 'aria-label': words.choices });
  for (const button of buttons) {
    const onclick = () => element.hasAttribute('aria-disabled') || choose(button, element);
    const element = make('button', { type: 'button', dir: 'auto', onclick }, button.title);
    group.append(element);
  }
  return group;
}
