// What is seen: launcher, panel, conversation, input. It shows what it is told and reports what the family does.

// A panel that fills the whole screen must hold the focus; the style has the same sizes.
const WHOLE_SCREEN = matchMedia('(max-width: 480px), (max-height: 420px)');

/**
 * `does`: open(), close(), send(text), choose(button, element), rate(id, helpful, reason), person(), language(code),
 * draft(text), keep(days), prepare() when opening is near, again() for a new chat, and what the menu does.
 */
class Panel {
  constructor(host, does) {
    this.does = does;
    this.host = host;
    this.covered = [];
    this.menu = new Menu(does);
    this.shadow = host.attachShadow({ mode: 'open' });
    dress(this.shadow);
    this.build();
    this.follow();
  }

  build() {
    this.launcher = make('button', {
      type: 'button', class: 'launcher brand', 'aria-expanded': 'false', onclick: () => this.does.open(),
      onpointerenter: () => this.does.prepare(), onfocus: () => this.does.prepare(),
    }, icon(ICONS.chat), this.launcherText = make('span'), this.badge = make('span', { class: 'badge', hidden: true }));
    this.title = make('h2', { id: 'title', tabindex: '-1' });
    this.languageLabel = make('label', { for: 'language', class: 'unseen' });
    const choose = () => this.does.language(this.languages.value);
    this.languages = make('select', { id: 'language', onchange: choose },
      ...DESK.languages.map((code) => make('option', { value: code, lang: code }, DESK.texts[code].languageName)));
    this.close = make('button', { type: 'button', onclick: () => this.does.close() }, icon(ICONS.close));
    this.about = make('div', { class: 'about' });
    this.keepHere = make('button', { type: 'button', role: 'switch', onclick: () => this.menu.switchKeep() });
    this.log = make('div', { class: 'log', role: 'log', 'aria-live': 'polite', tabindex: '0' }, this.about);
    // No stop for the Tab key, which reaches what is below by itself and would lose the focus when the button goes.
    const aside = { type: 'button', class: 'below', hidden: true, tabindex: '-1' };
    this.below = make('button', aside, icon(ICONS.down), make('span'));
    this.alert = make('p', { class: 'alert', role: 'alert', id: 'alert' });
    this.status = make('p', { class: 'status', role: 'status' });
    this.input = make('textarea', {
      id: 'input', rows: '1', dir: 'auto', enterkeyhint: 'send', autocomplete: 'off', 'aria-describedby': 'alert',
      oninput: () => this.typed(), onkeydown: (event) => this.key(event),
    });
    this.sendButton = make('button', { class: 'brand' }, icon(ICONS.send));
    this.soonText = make('p', { role: 'alert' });
    this.stay = make('button', { type: 'button', onclick: () => this.does.keep(false) });
    this.soon = make('div', { class: 'soon', hidden: true }, this.soonText, this.stay);
    this.form = make('form', { onsubmit: (event) => this.submit(event) },
      this.inputLabel = make('label', { for: 'input', class: 'unseen' }), this.input, this.sendButton);
    this.person = make('button', { type: 'button', class: 'person', onclick: () => this.does.person() });
    this.again = make('button', { type: 'button', class: 'brand', hidden: true, onclick: () => this.does.again() });
    this.panel = make('div', {
      class: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true,
      onkeydown: (event) => event.key === 'Escape' && !event.isComposing && this.does.close(),
    },
    make('header', {}, this.title, this.languageLabel, this.languages, this.menu.button, this.close),
    ...this.menu.elements, this.soon, this.log,
    make('footer', {}, this.below, this.alert, this.status, this.person, this.form, this.again));
    this.scrolling = new Scrolling(this.panel, this.log, this.below);
    this.news = make('p', { class: 'unseen', 'aria-live': 'polite' });
    this.region = make('section', {}, this.launcher, this.news, this.panel);
    this.root = make('div', { class: 'root' }, this.region);
    this.root.classList.toggle('start', OPTIONS.position === 'start');
    this.root.classList.toggle('page', OPTIONS.open === 'page');
    this.root.style.setProperty('--brand', readableColor(OPTIONS.color));
    this.shadow.append(this.root);
    this.kept(false);
  }

  /** Whether the chat is kept in this browser for days. */
  kept(on) {
    this.menu.kept(on);
    this.keepHere.setAttribute('aria-checked', String(on));
  }

  /** That the chat's hours are nearly over, with a way to have more of them; the focus stays where it is. */
  warn(soon) {
    if (this.soon.hidden !== soon) return;
    if (!soon && this.soon.contains(this.shadow.activeElement)) this.input.focus();
    this.soon.hidden = !soon;
    this.soonText.textContent = soon ? this.words.closes_soon : '';
  }

  /** Keep the panel inside what an on-screen keyboard leaves free. */
  follow() {
    const seen = window.visualViewport;
    const fit = () => {
      // Who has pinched the page larger sees a part of it, and the rest must stay as it is.
      const free = seen.scale > 1.01 ? {} : {
        '--seen': `${seen.height}px`,
        '--seen-top': `${seen.offsetTop}px`,
        '--keyboard': `${Math.max(0, innerHeight - seen.height - seen.offsetTop)}px`,
      };
      for (const name of ['--seen', '--seen-top', '--keyboard']) this.panel.style.setProperty(name, free[name] || '');
      this.scrolling.follow();
    };
    seen?.addEventListener('resize', fit);
    seen?.addEventListener('scroll', fit);
    WHOLE_SCREEN.addEventListener('change', () => this.cover());
  }

  /** While the panel fills the screen, the page behind it is out of reach, or the focus would go where nobody sees. */
  cover() {
    for (const element of this.covered) element.inert = false;
    this.covered = [];
    const whole = this.isOpen && (OPTIONS.open === 'page' || WHOLE_SCREEN.matches);
    this.panel.setAttribute('aria-modal', String(whole));
    for (let at = this.host; whole && at.parentElement; at = at.parentElement) {
      if (at === document.body) break;
      this.covered.push(...[...at.parentElement.children].filter((other) => other !== at && !other.inert));
    }
    for (const element of this.covered) element.inert = true;
  }

  speak(language) {
    this.language = language;
    // Until all texts of this language are here, those of the language before stand in.
    this.words = { ...this.words, ...DESK.texts[language] };
    const { words } = this;
    this.root.lang = language;
    this.root.dir = words.direction;
    this.region.setAttribute('aria-label', words.name);
    this.title.textContent = words.title;
    this.languageLabel.textContent = words.language;
    this.languages.value = language;
    this.label(this.close, words.close);
    this.label(this.sendButton, words.send);
    this.log.setAttribute('aria-label', words.log);
    this.inputLabel.textContent = words.input;
    this.input.placeholder = words.placeholder;
    this.person.textContent = words.person;
    this.again.textContent = words.new_chat;
    this.below.lastChild.textContent = words.more_below;
    this.label(this.menu.button, words.menu);
    this.menu.speak(words, language);
    const privacy = { href: `${BASE}help/${language}/privacy`, target: '_blank', rel: 'noopener' };
    this.keepHere.textContent = words.keep || '';
    this.keepHere.hidden = !words.keep;
    this.stay.textContent = words.stay || '';
    this.about.replaceChildren(words.notice, ' ', make('a', privacy, words.privacy), this.keepHere);
    this.unread(0);
    this.complain('');
  }

  label(button, text) {
    button.setAttribute('aria-label', text);
    button.title = text;
  }

  unread(count) {
    this.launcherText.textContent = this.words.launcher;
    this.badge.hidden = !count;
    this.badge.textContent = count || '';
    const news = count ? ` (${this.words.new_messages}: ${count})` : '';
    this.news.textContent = count ? `${this.words.new_messages}: ${count}` : '';
    this.launcher.setAttribute('aria-label', `${this.words.launcher} – ${this.words.open}${news}`);
  }

  get isOpen() { return !this.panel.hidden; }

  show(withFocus) {
    this.panel.hidden = false;
    this.launcher.hidden = true;
    this.launcher.setAttribute('aria-expanded', 'true');
    this.close.hidden = OPTIONS.open === 'page';
    this.cover();
    // On a phone the keyboard would at once hide half of the welcome, so the heading takes the focus there.
    if (withFocus) (matchMedia('(pointer: coarse)').matches ? this.title : this.input).focus();
    this.grow();
    this.scrolling.follow(true);
  }

  hide() {
    this.panel.hidden = true;
    this.launcher.hidden = false;
    this.launcher.setAttribute('aria-expanded', 'false');
    this.menu.toggle(false);
    this.cover();
    this.launcher.focus();
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  complain(text) {
    this.alert.textContent = text;
    this.input.setAttribute('aria-invalid', String(Boolean(text)));
  }

  /** Show a message in its place by id; those that the desk does not have yet stand last. */
  add(message, id, startsTurn = message.from === 'family') {
    const element = messageElement(message, {
      words: this.words,
      language: this.language,
      choose: (button, tapped) => this.does.choose(button, tapped),
      rate: (...given) => this.does.rate(...given),
    });
    if (id) element.dataset.id = id;
    const later = id && [...this.log.children].find((other) => Number(other.dataset.id) > Number(id));
    if (!this.quiet) element.classList.add('new');
    this.log.insertBefore(element, later || null);
    if (startsTurn) this.scrolling.turn = element;
    if (message.buttons?.length) this.outdate();
    this.scrolling.follow(message.from === 'family');
    return element;
  }

  /** Give a message that is on show the desk's id; false where it does not stand in its place by id. */
  place(element, id) {
    element.dataset.id = id;
    element.classList.remove('sending');
    const ids = [...this.log.children].map((one) => one.dataset.id).filter(Boolean);
    return ids.every((one, at) => !at || one - ids[at - 1] > 0);
  }

  divide(text) {
    this.log.append(make('p', { class: 'divider' }, text));
    this.scrolling.follow();
  }

  clear() {
    this.log.replaceChildren(this.about);
    this.scrolling.turn = null;
  }

  /** The chat is over: nothing can be written until a new one is begun. */
  finish(over, text = '') {
    this.form.hidden = over;
    this.person.hidden = over;
    this.again.hidden = !over;
    this.keepHere.disabled = over;
    if (over) {
      this.warn(false);
      this.say(text);
      this.settle(null);
      this.again.focus();
    }
  }

  /** History is not news: it is not read out. */
  hush(quiet) {
    this.quiet = quiet;
    this.log.setAttribute('aria-live', quiet ? 'off' : 'polite');
  }

  fate(element, text) {
    element.querySelector('.fate')?.remove();
    if (text) element.append(make('p', { class: 'fate' }, text));
  }

  /** Close the choices that stand before now; the one just tapped keeps the focus that it has. */
  settle(tapped) {
    for (const button of this.log.querySelectorAll('.choices button:not(:disabled)')) {
      if (button === tapped) {
        button.setAttribute('aria-disabled', 'true');
        button.setAttribute('aria-pressed', 'true');
      } else button.disabled = true;
    }
  }

  /** A new question closes the choices of the turns before: they would answer what is no longer asked. */
  outdate() {
    const { turn } = this.scrolling;
    for (const button of this.log.querySelectorAll('.choices button:not(:disabled)')) {
      if (!turn || !(turn.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_PRECEDING)) continue;
      if (button === this.shadow.activeElement) button.setAttribute('aria-disabled', 'true'); // keeps the focus
      else button.disabled = true;
    }
  }

  typed() {
    if (this.alert.textContent) this.complain('');
    this.grow();
    this.does.draft(this.input.value);
  }

  grow() {
    this.input.style.blockSize = 'auto';
    this.input.style.blockSize = `${this.input.scrollHeight + 4}px`;
  }

  fillIn(text) {
    this.input.value = text;
    this.grow();
    this.does.draft(text);
  }

  key(event) {
    // Its code is another one where it ends a word that is being composed, as in Chinese; Safari tells it by that alone.
    if (event.keyCode === 13 && !event.shiftKey) this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    this.does.send(this.input.value);
  }
}
