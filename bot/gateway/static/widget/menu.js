// The menu at the head of the panel: save, sound, privacy, end, delete; what cannot be undone is asked first.

/** `does`: save(), sound(on), keep(days), end(), remove(); `back()` gives the focus to where it was. */
class Menu {
  constructor(does) {
    this.does = does;
    this.button = make('button', {
      type: 'button', 'aria-expanded': 'false', onclick: () => this.toggle(this.items.hidden),
    }, icon(ICONS.menu));
    const item = (act, attributes = {}) => make('button', { type: 'button', onclick: act, ...attributes });
    this.save = item(() => this.done(does.save));
    this.sound = item(() => this.switchSound(), { role: 'switch', 'aria-checked': String(soundIsOn()) });
    this.keep = item(() => this.switchKeep(), { role: 'switch' });
    this.privacy = make('a', { target: '_blank', rel: 'noopener', onclick: () => this.toggle(false) });
    this.end = item(() => this.ask('end', 'end_ask', does.end));
    this.remove = item(() => this.ask('delete', 'delete_ask', does.remove));
    this.items = make('div', { class: 'menu', hidden: true },
      ...[this.save, this.sound, this.keep, this.privacy, this.end, this.remove].map((one) => make('div', {}, one)));
    this.question = make('p', { id: 'question', tabindex: '-1' });
    this.yes = make('button', { type: 'button', class: 'danger', onclick: () => this.confirmed() });
    this.no = make('button', { type: 'button', onclick: () => this.toggle(false, true) });
    this.confirm = make('div', { class: 'confirm', role: 'group', 'aria-labelledby': 'question', hidden: true },
      this.question, this.yes, this.no);
    this.elements = [this.items, this.confirm];
    for (const element of this.elements) element.addEventListener('keydown', (event) => this.key(event));
  }

  speak(words, language) {
    this.words = words;
    for (const name of ['save', 'sound', 'keep', 'privacy', 'end', 'remove']) {
      const text = words[{ save: 'transcript', remove: 'delete' }[name] || name];
      if (text) this[name].replaceChildren(text);
    }
    if (words.new_tab) this.privacy.append(make('span', { class: 'unseen' }, ` ${words.new_tab}`));
    this.privacy.href = `${BASE}help/${language}/privacy`;
    this.no.textContent = words.cancel;
    if (!this.confirm.hidden) this.toggle(false);
  }

  /** `withFocus` gives the focus back to the button when it closes. */
  toggle(open, withFocus) {
    this.items.hidden = !open;
    this.confirm.hidden = true;
    this.button.setAttribute('aria-expanded', String(open));
    if (open) this.save.focus();
    else if (withFocus) this.button.focus();
  }

  done(act) {
    this.toggle(false, true);
    act();
  }

  switchSound() {
    forBrowser.set({ sound: !soundIsOn() });
    this.sound.setAttribute('aria-checked', String(soundIsOn()));
    if (soundIsOn()) chime();
  }

  /** Whether the chat is kept in this browser for days; the desk says so. */
  kept(on) {
    this.keep.setAttribute('aria-checked', String(on));
  }

  switchKeep() {
    this.does.keep(this.keep.getAttribute('aria-checked') !== 'true');
  }

  /** Ask before doing what cannot be undone. */
  ask(name, question, act) {
    this.toggle(false);
    this.act = act;
    this.question.textContent = this.words[question];
    this.yes.textContent = this.words[name];
    this.confirm.hidden = false;
    this.question.focus();
  }

  confirmed() {
    this.done(this.act);
  }

  /** Escape closes what is open here, and not the whole panel. */
  key(event) {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.toggle(false, true);
  }
}

const soundIsOn = () => Boolean(forBrowser.get('sound'));
let audio = null;

/** Two short soft tones, made here: no file is loaded. */
function chime() {
  try {
    audio ||= new AudioContext();
    audio.resume();
    [660, 880].forEach((pitch, place) => {
      const [tone, loudness] = [audio.createOscillator(), audio.createGain()];
      const from = audio.currentTime + place * 0.12;
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0.06, from);
      loudness.gain.exponentialRampToValueAtTime(0.001, from + 0.2);
      tone.connect(loudness).connect(audio.destination);
      tone.start(from);
      tone.stop(from + 0.2);
    });
  } catch {
    audio = null; // a browser without sound is no reason to stop
  }
}
