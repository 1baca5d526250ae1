// Where the conversation stands in its box: what is new begins in view, and a tap shows what comes below.

/** Moves `log`, or on tiny screens the whole `panel`; `more` is the button that says that something is below. */
class Scrolling {
  constructor(panel, log, more) {
    Object.assign(this, { panel, log, more, turn: null, placed: 0 });
    for (const box of [log, panel]) box.addEventListener('scroll', () => this.tell());
    more.addEventListener('click', () => this.onward());
    new ResizeObserver(() => this.follow()).observe(log); // the input grows, a line of status comes
  }

  get box() { return this.log.scrollHeight > this.log.clientHeight + 1 ? this.log : this.panel; }

  get end() { return this.box.scrollHeight - this.box.clientHeight; }

  /** Where a message must stand in the box to be seen from its beginning. */
  placeOf(message) { return message.offsetTop + (this.box === this.log ? 0 : this.log.offsetTop) - 12; }

  /** How much of the conversation is in view; on tiny screens the foot stands over it. */
  get room() { return this.box.clientHeight - (this.box === this.log ? 0 : this.panel.lastElementChild.offsetHeight); }

  /**
   * To the end, but never past where the newest reply begins: a long answer is read from its beginning, under the
   * words it answers as far as they leave it room. Who has scrolled back to read is left in peace.
   */
  follow(evenIfAway) {
    const { box, turn } = this;
    if (evenIfAway || Math.abs(box.scrollTop - this.placed) <= 60) {
      const reply = turn?.classList.contains('own') ? turn.nextElementSibling : turn;
      const begins = reply ? this.placeOf(reply) : this.end;
      const long = reply && begins < this.end;
      box.scrollTop = long ? Math.max(this.placeOf(turn), begins - this.room / 3) : this.end;
      this.placed = box.scrollTop;
    }
    this.tell();
  }

  tell() { this.more.hidden = !this.turn || this.end - this.box.scrollTop < 24; }

  /** To the first message that is not wholly in view, or a screen further where it fills the screen. */
  onward() {
    const { box } = this;
    const top = box.scrollTop;
    const below = [...this.log.children].find((one) => this.placeOf(one) + 12 + one.offsetHeight > top + this.room);
    const begins = below ? this.placeOf(below) : this.end;
    const place = Math.min(this.end, begins > top + 24 ? begins : top + this.room * 0.8);
    this.placed = place;
    // The button goes when nothing is below any more, and must not take the focus with it.
    this.log.focus({ preventScroll: true });
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    box.scrollTo({ top: place, behavior: calm ? 'instant' : 'smooth' });
    this.tell();
  }
}
