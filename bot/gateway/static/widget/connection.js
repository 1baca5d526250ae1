// The talk with the desk: session, sending with repeats, live stream with polling behind it; nothing lost or doubled.

const PATIENCE = 20000; // milliseconds until a request counts as lost
const POLL_EVERY = 4000;
const POLL_HIDDEN = 20000;

/** An answer of the desk that is not a success; status 0 when nothing came back. */
class Refused extends Error {
  constructor(status, code, seconds) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.seconds = seconds;
  }

  /** Worth sending again as it is. */
  get passing() { return this.status === 0 || this.status === 429 || this.status >= 500; }
}

/**
 * `heard` is told what happens: message(message), state(state), status(name), sent(id), failed(id, code),
 * renewed() when the earlier session had ended, over(method) when another tab has ended or deleted it, ready() after the first connection;
 * it is asked language() of the interface, and to load its texts() before the first message.
 */
class Connection {
  constructor(heard) {
    this.heard = heard;
    this.outbox = forTab.get('outbox') || [];
    this.chosenLanguage = forBrowser.get('chosen') ? keptLanguage() : null;
    this.last = ''; // id of the newest message of the ordered sources (stream, history), not of answers to a POST
    this.failures = 0;
    this.pauses = new Pauses();
    addEventListener('online', () => {
      this.heard.status(this.flushing ? 'typing' : '');
      this.pauses.wake();
    });
    addEventListener('offline', () => this.heard.status('offline'));
    document.addEventListener('visibilitychange', () => document.hidden || this.pauses.wake());
  }

  /** Connect once; later calls wait for the same attempt. */
  start() {
    this.stopped = false;
    this.begun ||= this.begin();
    return this.begun;
  }

  async begin() {
    this.heard.status('connecting');
    await this.untilDone(() => this.heard.texts());
    await this.untilDone(() => (forBrowser.get('token') ? this.history() : this.newSession()));
    this.heard.status('');
    this.heard.ready();
    this.listen();
    this.flush();
  }

  /** Repeat until it works, with growing pauses; an ended session is followed by a new one. */
  async untilDone(work) {
    for (let attempt = 0; ; attempt += 1) {
      const token = forBrowser.get('token');
      try {
        return await work();
      } catch (refused) {
        if (!(refused instanceof Refused)) throw refused;
        // Unless another tab has begun the next one meanwhile.
        if (refused.status === 401) forBrowser.get('token') === token && this.forget();
        else this.heard.status(navigator.onLine ? 'unreachable' : 'offline');
        if (refused.status !== 401 || attempt > 1) await this.pauses.again(attempt, refused.seconds);
      }
    }
  }

  /** The tab's own token while it is of this conversation: it opens the chat after hours of sleep too. */
  get token() {
    const token = forBrowser.get('token');
    const [of, own] = forTab.get('own') || [];
    return (of === token && own) || token;
  }

  async ask(method, path, body) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    // The site's language is a wish; only the family's own choice is sent as the language of the conversation.
    const headers = { 'Accept-Language': this.heard.language() };
    if (body) headers['Content-Type'] = 'application/json';
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    try {
      const response = await fetch(`${BASE}api/chat/${path}`, {
        method, headers, body: body && JSON.stringify(body), signal: abort.signal, credentials: 'omit',
        cache: 'no-store',
      });
      const answer = await response.json().catch(() => null);
      if (!response.ok) {
        throw new Refused(response.status, answer?.error?.code, Number(response.headers.get('Retry-After')) || 0);
      }
      if (!answer) throw new Refused(0, 'unreadable');
      return answer;
    } catch (problem) {
      throw problem instanceof Refused ? problem : new Refused(0, 'unreachable');
    } finally {
      clearTimeout(timer);
    }
  }

  /** What carries messages. Something between us and the desk may answer in its place: that is no answer. */
  async talk(method, path, body) {
    const answer = await this.ask(method, path, body);
    if (!Array.isArray(answer.messages)) throw new Refused(0, 'unreadable');
    return answer;
  }

  async newSession() {
    const answer = await this.talk('POST', 'sessions', { language: this.chosenLanguage || null, ...HINTS });
    forTab.set({ own: [answer.token, answer.tab_token] });
    forBrowser.set({ token: answer.token, hints: JSON.stringify(HINTS), over: null });
    this.take(answer, true);
  }

  async history() {
    const after = this.last ? `?after=${encodeURIComponent(this.last)}` : '';
    this.take(await this.talk('GET', `messages${after}`), true);
    // A label scanned, or a school's page opened, while a conversation goes on.
    const hints = JSON.stringify(HINTS);
    if (hints !== '{}' && hints !== forBrowser.get('hints')) {
      await this.ask('POST', 'hints', HINTS);
      forBrowser.set({ hints });
    }
  }

  async rate(message, helpful, reason) {
    this.take(await this.ask('POST', 'feedback', { message, helpful, reason }), false);
  }

  /** Stay open for hours more, or with `days` as long as chats are kept. */
  async keep(days) {
    await this.begun;
    this.take(await this.ask('POST', 'keep', { days }), false);
  }

  /** Leave the conversation for good: `how` is ['POST', 'end'] or ['DELETE', 'conversation']. */
  async leave(how) {
    const token = forBrowser.get('token');
    this.stop(); // or the end of the stream would be taken for a session to be renewed
    forBrowser.set({ over: how[0] }); // other tabs hear of the end before we do
    try {
      if (token) await this.ask(...how);
    } catch (refused) {
      if (refused.status !== 401) { // else it is over already
        forBrowser.set({ over: null });
        this.go();
        throw refused;
      }
    }
    this.begun = null;
    this.last = '';
    this.outbox.length = 0;
    forTab.set({ outbox: [], draft: '' });
    // Another tab may have begun the next one meanwhile.
    if (forBrowser.get('token') === token) forBrowser.set({ token: null, person: false, rated: {}, hints: null });
  }

  /** How the chat was left, unless something waits to be sent: that goes to the next one. */
  get over() { return !this.outbox.length && forBrowser.get('over'); }

  /** Another tab has left the conversation, or has begun the next one. */
  leftElsewhere() {
    if (!this.begun || !this.over) return;
    this.begun = null;
    this.last = '';
    this.heard.over(this.over);
  }

  /** Be silent while the widget is not in the page. */
  stop() {
    this.stopped = true;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.pauses.wake();
  }

  /** Go on from where it was. */
  go() {
    if (!this.stopped) return;
    this.stopped = false;
    if (this.begun) this.begun.then(() => this.listen());
  }

  take(answer, ordered) {
    for (const message of answer.messages || []) this.hear(message, ordered);
    if (answer.state) this.heard.state(answer.state);
  }

  hear(message, ordered) {
    try {
      if (ordered && Number(message.id) > Number(this.last)) this.last = message.id;
      this.heard.message(message);
    } catch (problem) { // one that cannot be shown must not take the others and the chat with it
      console.error(`${NAME}: a message could not be shown`, problem);
    }
  }

  /** The session is over: drop its token, so that the next request opens a new one. */
  forget() {
    forBrowser.set({ token: null });
    this.last = '';
    this.heard.renewed();
  }

  /** Open a new session after 401; only the first of several who noticed does it. */
  async renew(token) {
    if (forBrowser.get('token') !== token || this.over) return this.leftElsewhere();
    this.forget();
    this.renewing = this.untilDone(() => this.newSession());
    await this.renewing;
    const old = this.socket;
    this.socket = null; // its end is not waited for, or nobody would listen until then
    old?.close();
    this.listen();
  }

  /** Begin again in the language that the family chose. */
  async restart() {
    await this.begun;
    await this.renew(forBrowser.get('token'));
  }

  /** Put a message in the queue; it leaves in order and is repeated under the same id until the desk has it. */
  send(message, title) {
    this.outbox.push({ ...message, title });
    forTab.set({ outbox: this.outbox });
    this.flush();
  }

  async flush() {
    if (this.flushing || !this.begun) return;
    this.flushing = true;
    await this.begun;
    for (let attempt = 0; this.outbox.length; attempt += 1) {
      const wait = await this.deliver(this.outbox[0], attempt);
      if (wait === null) attempt = -1;
      else await this.pauses.again(attempt, wait);
    }
    this.flushing = false;
  }

  /** Send one message. Null when it is done with, else the seconds the desk asked to wait (0: as we like). */
  async deliver(message, attempt) {
    const token = forBrowser.get('token');
    if (navigator.onLine && !attempt) this.heard.status('typing'); // said once, not at every try
    try {
      const { title, ...sent } = message; // the title of a choice is only for showing it again
      const answer = await this.talk('POST', 'messages', sent);
      this.done();
      this.heard.sent(message.id);
      this.take(answer, false);
      this.heard.status('sent');
      if (answer.deleted) this.heard.deleted();
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      if (refused.status === 401) {
        await this.renew(token);
        await this.renewing;
        if (!message.choice) return 0; // the same words go to the new session; a choice belonged to the old one
      }
      if (refused.passing) {
        const busy = refused.status === 429 ? 'too_many' : 'unreachable';
        this.heard.status(navigator.onLine ? busy : 'offline');
        return refused.seconds || 0;
      }
      this.done();
      this.heard.status('');
      this.heard.failed(message.id, message.choice ? 'unknown_choice' : refused.code);
    }
    return null;
  }

  done() {
    this.outbox.shift();
    forTab.set({ outbox: this.outbox });
  }

  /** The live stream. Where no WebSocket gets through, polling takes over while we go on trying. */
  listen() {
    if (this.socket || this.stopped) return;
    const token = forBrowser.get('token');
    let socket;
    try {
      socket = new WebSocket(`${BASE.replace(/^http/, 'ws')}api/chat/stream`);
    } catch { // forbidden by the site's policy
      this.listenAgain();
      return;
    }
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ token: this.token, after: this.last || undefined }));
    socket.onmessage = (event) => {
      const frame = parsed(event.data);
      if (!frame) { // damaged on its way: what it held is asked for again, without haste
        this.failures = Math.max(this.failures, 2);
        socket.close();
        return;
      }
      this.failures = 0;
      if (frame.message) this.hear(frame.message, true);
      if (frame.state) this.heard.state(frame.state);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.socket = null;
      else if (this.stopped) return;
      if (token !== forBrowser.get('token')) return this.leftElsewhere(); // a new session has its own stream
      if (event.code === 4401) this.recheck(token);
      else this.listenAgain();
    };
  }

  /** The stream refused the token, or only came too late with it: the history tells which. */
  async recheck(token) {
    try {
      await this.history();
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      if (refused.status === 401) return this.renew(token);
    }
    return this.listenAgain();
  }

  async listenAgain() {
    this.failures += 1;
    if (this.failures > 1) this.poll();
    await this.pauses.again(this.failures - 1, 0);
    this.listen();
  }

  async poll() {
    if (this.polling) return;
    this.polling = true;
    while (this.failures > 1 && !this.stopped) {
      const token = forBrowser.get('token');
      try {
        await this.history();
        if (!this.flushing) this.heard.status('');
      } catch (refused) {
        if (!(refused instanceof Refused)) throw refused;
        if (refused.status === 401) await this.renew(token);
        else this.heard.status(navigator.onLine ? 'reconnecting' : 'offline');
      }
      await this.pauses.sleep(document.hidden ? POLL_HIDDEN : POLL_EVERY);
    }
    this.polling = false;
  }
}
