// "Was this helpful?" under an answer, with a reason for whoever wants to give one.

/** `rate(helpful, reason)` is called at each change; the reason is asked for only after a no. */
function rating(message, words, rate) {
  if (message.from !== 'bot' || message.kind !== 'answer' || !message.id) return null;
  const button = (text, helpful) => make('button', {
    type: 'button', 'aria-pressed': String(given() === helpful), onclick: () => press(helpful),
  }, text);
  const given = () => forBrowser.get('rated')?.[message.id];
  const yes = button(words.helpful_yes, true);
  const no = button(words.helpful_no, false);
  const id = `reason${message.id}`;
  const field = make('textarea', { id, rows: '2', maxlength: '500', dir: 'auto' });
  const send = make('button', { type: 'submit' }, words.send);
  const reason = make('form', { hidden: true, onsubmit: (event) => submit(event) },
    make('label', { for: id }, words.reason), field, send);
  const press = (helpful) => {
    reason.hidden = helpful;
    reason.scrollIntoView({ block: 'nearest' });
    if (given() === helpful) return; // said already; saying it again would lose the reason
    forBrowser.set({ rated: { ...forBrowser.get('rated'), [message.id]: helpful } });
    yes.setAttribute('aria-pressed', String(helpful));
    no.setAttribute('aria-pressed', String(!helpful));
    rate(helpful);
  };
  const submit = (event) => {
    event.preventDefault();
    reason.hidden = true;
    no.focus();
    if (tidy(field.value)) rate(false, tidy(field.value));
  };
  return make('div', { class: 'rating' },
    make('div', { class: 'rate', role: 'group', 'aria-label': words.helpful },
      make('span', { 'aria-hidden': 'true' }, words.helpful), yes, no), reason);
}
