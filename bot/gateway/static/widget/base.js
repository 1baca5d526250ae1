// What everything else stands on: the desk's address, the options on the script tag, what is kept, small helpers.

const SCRIPT = document.currentScript;
// The desk is where this script came from, whatever site embeds it.
const BASE = new URL('.', SCRIPT ? SCRIPT.src : location.href).href;
const OPTIONS = { ...(SCRIPT ? SCRIPT.dataset : {}) };
const NAME = 'family-desk';
const LONGEST_MESSAGE = 2000;
const MASK = /\[[^\]]+ removed\]/;
// What the page says of the conversation: the device whose label was scanned, the school.
const HINTS = { asset_tag: OPTIONS.tag || undefined, school: OPTIONS.school || undefined };
const DEFAULT_COLOR = '#14532d';

/** The object that a text is of; null where it is of none: damaged on its way, or written by somebody else. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** Storage that still works, until the page is left, where a browser or a visitor forbids keeping anything. */
class Keeper {
  constructor(find) {
    this.values = {};
    try {
      this.storage = find();
      this.values = parsed(this.storage.getItem(`${NAME} ${BASE}`)) || {};
    } catch {
      this.storage = null;
    }
    // Another tab of this site may end the chat or begin one.
    addEventListener('storage', (event) => {
      if (event.storageArea === this.storage && event.key === `${NAME} ${BASE}`) {
        this.values = parsed(event.newValue) || {};
      }
    });
  }

  get(name) { return this.values[name]; }

  set(changes) {
    Object.assign(this.values, changes);
    try {
      this.storage?.setItem(`${NAME} ${BASE}`, JSON.stringify(this.values));
    } catch {
      this.storage = null; // full or forbidden: memory alone from here on
    }
  }
}

const forBrowser = new Keeper(() => localStorage); // token and language: shared by all tabs of this site
const forTab = new Keeper(() => sessionStorage); // open or closed, draft, unsent messages

const loading = {};

/** All texts of a language. The script itself carries only those that an empty panel shows. */
function loadTexts(code) {
  loading[code] ||= fetch(`${BASE}widget/${code}.json?${DESK.version}`, { credentials: 'omit' })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
    .then((texts) => Object.assign(DESK.texts[code], texts))
    .catch(() => {
      loading[code] = null;
      throw new Refused(0, 'texts');
    });
  return loading[code];
}

/** A new element: `make('p', { class: 'x', onclick }, 'text', child)`; text never becomes markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A drawing of one path, hidden from screen readers: the words beside it say the same. */
function icon(path) {
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  drawing.append(line);
  return drawing;
}

const ICONS = {
  chat: 'M4 4h16v12H9l-5 4z',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M4 12L20 4l-5 16-4-6z',
  down: 'M12 4v15M5 13l7 7 7-7',
  menu: 'M12 5v.01M12 12v.01M12 19v.01',
};

/** Pauses that whoever is back can cut short. */
class Pauses {
  constructor() { this.wakers = new Set(); }

  /** Wait longer each time, 1 to 30 s with some chance in it, or as many seconds as the desk asked for. */
  again(attempt, seconds) {
    const longest = Math.min(30, 2 ** Math.min(attempt, 5));
    return this.sleep(1000 * (seconds || longest * (0.5 + Math.random() / 2)));
  }

  sleep(milliseconds) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.wakers.add(done);
    });
  }

  wake() {
    for (const done of [...this.wakers]) done();
  }
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));

/** 128 bits from the browser's own source of chance, as text. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Text as the desk keeps it: composed, one kind of line end, no control characters. */
function tidy(text) {
  return text.replace(/\r\n?/g, '\n').replace(/[\p{Cs}\p{Cc}]/gu, (one) => ('\n\t'.includes(one) ? one : ''))
    .normalize('NFC').trim();
}

/** An address that a link may lead to, or null: web pages only. */
function webAddress(text) {
  try {
    const address = new URL(text, BASE);
    return address.protocol === 'https:' || address.protocol === 'http:' ? address.href : null;
  } catch {
    return null;
  }
}

function luminance(color) {
  const digits = color.length === 4 ? [...color.slice(1)].map((digit) => digit + digit).join('') : color.slice(1);
  const [red, green, blue] = [0, 2, 4].map((place) => {
    const part = parseInt(digits.slice(place, place + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The district's colour, if white words can be read on it (WCAG 1.4.3, 4.5 to 1); else our own. */
function readableColor(color) {
  const refused = (why) => {
    console.warn(`${NAME}: data-color ${color} ${why}; the standard colour is used.`);
    return DEFAULT_COLOR;
  };
  if (!color) return DEFAULT_COLOR;
  if (!/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(color)) return refused(`is no colour such as ${DEFAULT_COLOR}`);
  const contrast = 1.05 / (luminance(color) + 0.05);
  return contrast < 4.5 ? refused(`has a contrast of ${contrast.toFixed(1)} to white and needs 4.5`) : color;
}

/** What was kept of an earlier language, unless the site has since turned to another one. */
function keptLanguage() {
  return forBrowser.get('site') === (OPTIONS.language || '') ? forBrowser.get('language') : null;
}

/** The offered language that best fits: the conversation's, the site's, the page's, the browser's. */
function firstLanguage() {
  const wishes = [keptLanguage(), OPTIONS.language, document.documentElement.lang, ...navigator.languages];
  const codes = wishes.filter(Boolean).map((wish) => wish.toLowerCase().split('-')[0]);
  return codes.find((code) => DESK.languages.includes(code)) || DESK.languages[0];
}
