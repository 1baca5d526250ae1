// The custom element: what the family does goes to the connection, what the desk says goes to the panel.

/** Whether the desk's text of a message is what was written here; the desk masks passwords and the like. */
function sameWords(kept, written) {
  return kept === written || (kept !== '' && MASK.test(kept));
}

class FamilyDesk extends HTMLElement {
  connectedCallback() {
    if (this.panel) { // moved within the page, or put back into it
      this.connection.go();
      return;
    }
    this.said = new Map(); // the messages of the desk by id, for the transcript
    this.known = new Set(); // ids of the messages shown
    this.own = []; // messages of this tab that the desk has not given an id yet
    this.news = 0;
    this.panel = new Panel(this, {
      open: () => this.open(true),
      close: () => this.close(),
      send: (text) => this.send(text),
      choose: (button, tapped) => this.choose(button, tapped),
      rate: (id, helpful, reason) => this.rate(id, helpful, reason),
      prepare: () => loadTexts(this.panel.language).catch(() => {}),
      save: () => this.save(),
      keep: (days) => this.keep(days),
      end: () => this.leave(['POST', 'end']),
      remove: () => this.leave(['DELETE', 'conversation']),
      again: () => this.again(),
      person: () => this.send(this.words.person_text, false),
      language: (code) => this.chooseLanguage(code),
      draft: (draft) => forTab.set({ draft }),
    });
    this.speak(firstLanguage());
    this.connection = new Connection({
      language: () => this.panel.language,
      message: (message) => this.message(message),
      state: (state) => this.state(state),
      status: (name) => this.status(name),
      sent: (id) => this.sent(id),
      failed: (id, code) => this.failed(id, code),
      renewed: () => this.renewed(),
      // The family has written that all is to go: nothing of it stays on the screen either.
      deleted: () => this.leave(['DELETE', 'conversation']),
      over: (how) => this.over(how),
      ready: () => this.ready(),
      texts: () => this.allTexts(),
    });
    this.panel.fillIn(forTab.get('draft') || '');
    this.resume();
  }

  /** A site that changes its pages without loading them takes our element out with the rest: put it back. */
  disconnectedCallback() {
    setTimeout(() => {
      if (this.isConnected) return;
      if (this.ours && !document.querySelector(NAME)) document.body.append(this);
      else this.connection.stop();
    });
  }

  /** All texts of the language that is spoken; those of the script alone do not show a message. */
  async allTexts() {
    const { language } = this.panel;
    await loadTexts(language);
    if (this.panel.language === language) this.panel.speak(language);
  }

  get words() { return this.panel.words; }

  /** Open again what was open before the page was loaded anew, and stay in touch where a person may write. */
  resume() {
    const wasOpen = forTab.get('open');
    if (OPTIONS.open === 'page') this.open(false);
    else if (wasOpen || (wasOpen === undefined && OPTIONS.open === 'true')) this.open(false);
    else if (forBrowser.get('token') && forBrowser.get('person')) this.connect();
  }

  connect() {
    if (this.connection.begun) return;
    this.panel.hush(Boolean(forBrowser.get('token')));
    this.connection.start();
  }

  /** Messages written before the page was loaded anew and still unsent come after the history. */
  ready() {
    const last = [...this.panel.log.querySelectorAll('.own .text')].pop()?.textContent || '';
    for (const message of this.connection.outbox) {
      const text = message.text || message.title;
      // The desk may have it although its answer never reached us.
      if (!sameWords(last, text)) this.showOwn(message.id, text);
    }
    requestAnimationFrame(() => this.panel.hush(false));
  }

  open(withFocus) {
    this.news = 0;
    this.panel.unread(0);
    this.panel.show(withFocus);
    forTab.set({ open: true });
    this.connect();
  }

  close() {
    if (OPTIONS.open === 'page') return;
    this.panel.hide();
    forTab.set({ open: false });
  }

  speak(language) {
    this.panel.speak(language);
    if (this.connection?.begun) this.allTexts().catch(() => {});
    if (this.mode) this.status('');
  }

  /** `typed`: the words are those in the input, which is emptied. */
  send(text, typed = true) {
    const words = tidy(text);
    const count = [...words].length;
    if (!words) return this.panel.complain(this.words.empty);
    if (count > LONGEST_MESSAGE) {
      return this.panel.complain(fill(this.words.too_long, { count, limit: LONGEST_MESSAGE }));
    }
    const id = newId();
    this.panel.complain('');
    this.showOwn(id, words);
    if (typed) this.panel.fillIn('');
    return this.connection.send({ id, text: words });
  }

  choose(button, tapped) {
    const id = newId();
    this.panel.settle(tapped);
    this.showOwn(id, button.title);
    this.connection.send({ id, choice: button.id }, button.title);
  }

  showOwn(id, text) {
    const element = this.panel.add({ from: 'family', kind: 'text', text }, null);
    element.classList.add('sending');
    this.own.push({ id, text, element });
  }

  sent(id) {
    this.own.find((message) => message.id === id)?.element.classList.remove('sending');
  }

  failed(id, code) {
    const own = this.own.find((message) => message.id === id);
    if (!own) return;
    this.own = this.own.filter((message) => message !== own);
    own.element.classList.replace('sending', 'failed');
    this.panel.fate(own.element, this.words.failed);
    const reasons = {
      message_too_long: fill(this.words.too_long, { count: [...own.text].length, limit: LONGEST_MESSAGE }),
      unknown_choice: this.words.choice_gone,
    };
    this.panel.complain(reasons[code] || this.words.not_sent);
    if (code !== 'unknown_choice' && !this.panel.input.value) this.panel.fillIn(own.text);
  }

  /** Note whether an answer helped. */
  async rate(id, helpful, reason) {
    try {
      await this.connection.rate(id, helpful, reason);
      this.panel.say(this.words.thanks);
    } catch {
      this.panel.complain(this.words.again);
    }
  }

  /** Have the chat kept for hours or days more. */
  async keep(days) {
    try {
      await this.connection.keep(days);
    } catch {
      this.panel.complain(this.words.again);
    }
  }

  save() {
    const day = new Date().toISOString().slice(0, 10);
    saveFile(`chat-${day}.txt`, transcript(this.said.values(), this.words, this.panel.language));
  }

  /** End the chat, or have it deleted. */
  async leave(how) {
    try {
      await this.connection.leave(how);
    } catch (refused) {
      const reasons = { still_needed: 'delete_later', on_hold: 'delete_held' };
      this.panel.complain(this.words[reasons[refused.code] || 'again']);
      return;
    }
    this.panel.fillIn('');
    this.over(how[0]);
  }

  /** The chat was ended, or deleted: nothing of it stays on the screen then. */
  over(how) {
    if (how === 'DELETE') {
      this.panel.clear();
      this.said.clear();
      this.known.clear();
    } else this.panel.divide(this.words.ended);
    this.own = [];
    this.mode = null;
    this.panel.finish(true, how === 'DELETE' ? this.words.deleted : ''); // said once
  }

  /** Begin a new chat where the last one has ended. */
  again() {
    this.conversationLanguage = null;
    this.panel.finish(false);
    this.connection.start();
    this.panel.input.focus();
  }

  message(message) {
    this.said.set(message.id, message);
    if (this.known.has(message.id)) return;
    this.known.add(message.id);
    if (message.from === 'family' && this.recognised(message)) return;
    // What comes by itself, and not as the answer to a message under way, begins a turn of its own.
    const startsTurn = message.from === 'family' || !(this.connection.flushing || this.panel.quiet);
    this.panel.add(message, message.id, startsTurn);
    if (message.from === 'family') this.settleChosen(message.text);
    else if (!this.panel.quiet) this.announce();
  }

  /** Something new that the family did not write. */
  announce() {
    if (!this.panel.isOpen) this.panel.unread(this.news += 1);
    if (soundIsOn() && (document.hidden || !this.panel.isOpen)) chime();
  }

  /** Our own words coming back with their id, perhaps with a password masked: give the one on show that id. */
  recognised(message) {
    const own = this.own.find((waiting) => message.text === waiting.text)
      || this.own.find((waiting) => sameWords(message.text, waiting.text));
    if (!own) return false;
    this.own = this.own.filter((other) => other !== own);
    // What is put in anew is read out again.
    if (message.text === own.text && this.panel.place(own.element, message.id)) return true;
    own.element.remove();
    this.panel.add(message, message.id);
    return true;
  }

  /** In a history, a choice shows as its title: the choices up to there are closed. */
  settleChosen(text) {
    const titles = [...this.panel.log.querySelectorAll('.choices button')].map((button) => button.textContent);
    if (titles.includes(text)) this.panel.settle(null);
  }

  state(state) {
    this.mode = state.mode;
    forBrowser.set({ person: state.mode === 'waiting' || state.mode === 'human' });
    this.panel.person.hidden = forBrowser.get('person');
    this.panel.kept(Boolean(state.kept));
    this.panel.warn(Boolean(state.closes_soon));
    const before = this.conversationLanguage;
    this.conversationLanguage = state.language;
    const changed = before ? before !== state.language : !forBrowser.get('chosen');
    if (changed && state.language !== this.panel.language && DESK.texts[state.language]) {
      forBrowser.set({ language: state.language, site: OPTIONS.language || '' });
      this.speak(state.language);
    }
    if (!this.connection.flushing) this.status('');
  }

  async chooseLanguage(code) {
    await loadTexts(code).catch(() => {});
    forBrowser.set({ language: code, site: OPTIONS.language || '', chosen: true });
    this.connection.chosenLanguage = code;
    this.speak(code);
    if (this.panel.log.querySelector('.own')) this.send(this.words.language_text, false);
    else {
      this.startingOver = true;
      this.connection.restart();
    }
  }

  renewed() {
    this.conversationLanguage = null;
    if (this.startingOver) this.panel.clear();
    else {
      this.panel.settle(null);
      this.panel.hush(false); // this is news
      this.panel.divide(this.words.renewed);
    }
    this.startingOver = false;
  }

  /** One line says what goes on and, when a person is concerned, who is in the conversation. */
  status(name) {
    const standing = ['waiting', 'human', 'closed'].includes(this.mode) ? this.words[this.mode] : '';
    const withPerson = this.mode === 'waiting' || this.mode === 'human';
    // The assistant's answer already shows that a message arrived; a person's may take a while.
    const told = name === 'sent' && !withPerson ? '' : name;
    const shown = told === 'typing' && withPerson ? 'sending' : told;
    this.panel.say([this.words[shown], standing].filter(Boolean).join(' · '));
  }
}

if (!customElements.get(NAME)) {
  customElements.define(NAME, FamilyDesk);
  const mount = () => {
    if (document.querySelector(NAME)) return;
    const element = document.createElement(NAME);
    element.ours = true;
    document.body.append(element);
  };
  if (document.body) mount();
  else document.addEventListener('DOMContentLoaded', mount);
}
