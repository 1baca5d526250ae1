// How the widget looks, for its own shadow root; no inline style, so that a strict Content-Security-Policy is met.

const STYLE = `
:host { all: initial; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.root {
  --ground: #fff; --soft: #eef1f3; --ink: #1c2327; --quiet: #4a555c; --line: #7b878e; --link: #0b5394;
  --alarm: #b3261e; --alarm-ground: #fdecea; --note: #fff6dc; --on-brand: #fff; --accent: var(--brand);
  font: max(1rem, 16px)/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Naskh Arabic", sans-serif;
  color: var(--ink); color-scheme: light dark; text-align: start; overflow-wrap: anywhere;
}
@media (prefers-color-scheme: dark) {
  .root {
    --ground: #14191c; --soft: #262f34; --ink: #eef2f4; --quiet: #b9c4ca; --line: #83919a; --link: #8ec5ff;
    --alarm: #ff9d94; --alarm-ground: #3b1513; --note: #33290c; --accent: #8fdcab;
  }
}
.unseen { position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, select, textarea { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; min-block-size: 44px; min-inline-size: 44px; border-radius: 22px; padding: 8px 16px; }
svg { inline-size: 24px; block-size: 24px; fill: none; stroke: currentcolor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.brand { background: var(--brand); color: var(--on-brand); border: 2px solid var(--on-brand); font-weight: 600; }
.launcher { position: fixed; z-index: 2147483000; inset-block-end: 16px; inset-inline-end: 16px; display: flex; gap: 8px; align-items: center; padding: 12px 20px; min-block-size: 56px; border-radius: 28px; box-shadow: 0 2px 10px #0006; }
.launcher:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #0b5394; }
.badge { background: #fff; color: #8c1d18; border-radius: 12px; min-inline-size: 24px; padding-inline: 6px; text-align: center; font-weight: 700; }
.start .launcher, .start .panel { inset-inline: 16px auto; }
.panel {
  position: fixed; z-index: 2147483000; inset-block-end: calc(16px + var(--keyboard, 0px)); inset-inline-end: 16px;
  inline-size: min(420px, calc(100vw - 32px)); block-size: min(680px, calc(var(--seen, 100vh) - 32px));
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--ground); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 8px 32px #0007;
}
header { display: flex; align-items: center; gap: 8px; padding-block: 6px; padding-inline: 16px 8px; background: var(--brand); color: var(--on-brand); }
h2 { font-size: 1.1em; line-height: 1.25; margin: 0; flex: 1 0 6em; min-inline-size: min-content; overflow-wrap: normal; }
h2:focus, .confirm p:focus { outline: none; }
header :focus-visible, h2:focus-visible { outline-color: currentcolor; outline-offset: 1px; }
header select { background: var(--brand); color: var(--on-brand); border: 1px solid currentcolor; border-radius: 8px; min-block-size: 44px; padding-inline: 8px; max-inline-size: 9.5em; min-inline-size: 0; flex: 0 1 auto; }
header option { background: var(--ground); color: var(--ink); }
header [aria-expanded] svg { stroke-width: 4; }
header button { background: none; border: 0; color: inherit; padding: 10px; border-radius: 8px; }
.menu { padding: 8px; background: var(--soft); border-block-end: 1px solid var(--line); flex: none; }
.menu button, .menu a { display: flex; align-items: center; inline-size: 100%; min-block-size: 44px; padding: 4px 12px; border: 0; border-radius: 8px; background: none; color: var(--ink); text-align: start; }
.menu button:hover, .menu a:hover { background: var(--ground); }
[role="switch"] { justify-content: space-between; gap: 12px; }
[role="switch"]::after { content: ""; flex: none; inline-size: 40px; block-size: 24px; border-radius: 12px; border: 2px solid var(--line); background: radial-gradient(circle, var(--line) 7px, transparent 8px) -8px 0 no-repeat; }
[role="switch"][aria-checked="true"]::after { border-color: var(--accent); background: radial-gradient(circle, var(--accent) 7px, transparent 8px) 8px 0 no-repeat; }
.confirm, .soon { padding: 12px 16px; background: var(--note); border-block-end: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 8px; flex: none; }
.confirm p, .soon p { margin: 0; inline-size: 100%; }
.confirm button, .soon button { background: var(--ground); border: 2px solid var(--line); }
.confirm .danger { border-color: var(--alarm); color: var(--alarm); font-weight: 600; }
.about { margin: 0; font-size: 0.875em; color: var(--quiet); }
.about a { display: inline-block; padding-block: 3px; }
.about button { display: flex; align-items: center; padding: 4px 0; border: 0; border-radius: 8px; background: none; text-align: start; }
.rate { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; font-size: 0.9em; color: var(--quiet); }
.rate button { background: none; border: 1px solid var(--line); color: var(--ink); padding-block: 4px; }
.rate [aria-pressed="true"] { background: var(--soft); border: 2px solid var(--accent); font-weight: 600; }
.rating form { flex-direction: column; align-items: stretch; margin-block-start: 8px; }
.rating form button { align-self: flex-start; display: block; padding-inline: 20px; }
.log { flex: 1 1 auto; min-block-size: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px 14px; display: flex; flex-direction: column; gap: 12px; position: relative; scroll-padding-block-end: 60px; }
.log:focus-visible { outline-offset: -3px; }
.message { max-inline-size: 92%; display: flex; flex-direction: column; gap: 8px; align-items: flex-start; align-self: flex-start; }
.message.own { align-self: flex-end; align-items: flex-end; max-inline-size: 85%; }
.bubble { background: var(--soft); border: 1px solid transparent; border-radius: 14px; border-start-start-radius: 4px; padding: 10px 14px; max-inline-size: 100%; }
.own .bubble { background: var(--brand); color: var(--on-brand); border-radius: 14px; border-end-end-radius: 4px; }
.own a { color: inherit; }
.staff .bubble { background: var(--ground); border: 2px solid var(--accent); }
.sender { display: block; font-size: 0.875em; font-weight: 700; }
.text { margin: 0; white-space: pre-wrap; }
.number { white-space: nowrap; }
.gap { display: block; block-size: 0.5em; overflow: hidden; }
.sending .bubble { opacity: 0.85; }
.failed .bubble { border: 2px dashed var(--alarm); background: var(--ground); color: var(--ink); }
.fate { margin: 4px 0 0; font-size: 0.875em; color: var(--quiet); }
.failed .fate { color: var(--alarm); font-weight: 600; }
.kind-crisis .bubble { background: var(--alarm-ground); border: 2px solid var(--alarm); border-inline-start-width: 8px; }
.alarm { display: block; color: var(--alarm); margin-block-end: 4px; }
.call { display: inline-flex; align-items: center; min-block-size: 44px; margin-block-end: 8px; margin-inline-end: 8px; padding: 4px 16px; border-radius: 22px; border: 2px solid var(--alarm); color: var(--alarm); font-weight: 700; background: var(--ground); }
.kind-notice .bubble { background: var(--note); }
progress { inline-size: 100%; block-size: 8px; margin-block: 2px 8px; display: block; accent-color: var(--accent); }
.card { border: 1px solid var(--line); border-inline-start: 4px solid var(--accent); border-radius: 8px; padding: 4px 12px 8px; background: var(--ground); max-inline-size: 100%; }
.card a, .card > .card-title { display: flex; flex-wrap: wrap; align-items: center; min-block-size: 44px; font-weight: 600; }
.card-note { font-size: 0.875em; color: var(--quiet); display: block; }
summary { display: list-item; min-block-size: 44px; padding: 10px 4px; cursor: pointer; color: var(--link); font-weight: 600; }
details .card { margin-block-end: 8px; }
.below { position: absolute; inset-block-end: calc(100% + 8px); inset-inline: 0; margin-inline: auto; inline-size: max-content; max-inline-size: 90%; display: flex; gap: 8px; align-items: center; box-shadow: 0 2px 8px #0005; }
.below svg { inline-size: 20px; block-size: 20px; }
.choices { display: flex; flex-wrap: wrap; gap: 8px; }
.choices button, .person, .below, .rating form button { background: var(--ground); border: 2px solid var(--accent); color: var(--accent); font-weight: 600; text-align: start; }
.choices button:hover, .person:hover { text-decoration: underline; }
.choices button:disabled, .choices [aria-disabled="true"] { border: 1px dashed var(--line); color: var(--quiet); background: none; cursor: default; font-weight: 400; }
.choices [aria-pressed="true"] { border: 2px solid var(--quiet); font-weight: 600; }
.divider { align-self: stretch; text-align: center; color: var(--quiet); font-size: 0.875em; border-block-start: 1px solid var(--line); padding-block-start: 8px; margin: 0; }
footer { position: relative; border-block-start: 1px solid var(--line); padding: 8px 14px 12px; display: flex; flex-direction: column; gap: 8px; align-items: stretch; }
.status, .alert { margin: 0; font-size: 0.9em; min-block-size: 0; }
.status { color: var(--quiet); }
.alert { color: var(--alarm); font-weight: 600; }
.status:empty, .alert:empty { position: absolute; }
form { display: flex; gap: 8px; align-items: flex-end; margin: 0; }
textarea { flex: 1 1 auto; min-inline-size: 0; inline-size: 100%; resize: none; min-block-size: 48px; max-block-size: 8em; padding: 10px 12px; border: 2px solid var(--line); border-radius: 12px; background: var(--ground); color: var(--ink); }
textarea::placeholder { color: var(--quiet); opacity: 1; }
textarea[aria-invalid="true"] { border-color: var(--alarm); }
form button { padding: 10px; min-block-size: 48px; min-inline-size: 48px; border-radius: 24px; display: grid; place-items: center; }
[dir="rtl"] form svg, [dir="rtl"] [role="switch"]::after { transform: scaleX(-1); }
.person { align-self: flex-start; padding-block: 4px; }
.page .panel { inset: 0; inline-size: 100%; block-size: var(--seen, 100dvh); border: 0; border-radius: 0; }
.page .log, .page footer { padding-inline: max(14px, 50% - 24rem); }
@media (max-width: 480px), (max-height: 420px) {
  .root .panel {
    inset: var(--seen-top, 0) 0 auto; inline-size: 100%; block-size: var(--seen, 100dvh); border: 0; border-radius: 0;
  }
}
@media (max-width: 400px) {
  header { gap: 2px; padding-inline: 12px 4px; }
  header select { padding-inline: 4px 0; }
}
@media (max-height: 420px) {
  .panel { overflow-y: auto; }
  .log { flex: 1 0 auto; min-block-size: 120px; overflow: visible; }
  .panel { scroll-padding-block-end: 120px; }
  footer { padding-block: 6px; position: sticky; inset-block-end: 0; background: var(--ground); flex-flow: row wrap; }
  footer > p { inline-size: 100%; }
  footer > form { flex: 1 1 220px; }
}
@media (prefers-reduced-motion: no-preference) {
  .message.new { animation: arrive 0.18s ease-out; }
  @keyframes arrive { from { opacity: 0; transform: translateY(6px); } }
}
@media (forced-colors: active) {
  .own .bubble, .bubble, header { border: 1px solid CanvasText; }
  [aria-pressed="true"] { outline: 2px solid Highlight; outline-offset: -4px; }
  [role="switch"]::after { forced-color-adjust: none; border-color: CanvasText; background: Canvas; }
  [role="switch"][aria-checked="true"]::after { background: CanvasText; }
  .launcher:focus-visible { outline: 3px solid Highlight; }
}
@media print { .root { display: none; } }
`;

/** The style as a sheet that several roots share; a style element where a browser has no such sheets. */
function dress(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(make('style', {}, STYLE));
  }
}
