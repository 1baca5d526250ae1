"""What axe does not measure, measured in the browser from the colours and boxes that it really draws."""

from __future__ import annotations

# Light of a colour, the ground under an element, and every element of the page and of the widget.
_TOOLS = """
  const parts = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const solid = (color) => (parts(color)[3] ?? 1) === 1;
  const light = (color) => parts(color).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const contrast = (one, other) => {
    const [upper, lower] = [light(one), light(other)].sort((a, b) => b - a);
    return (upper + 0.05) / (lower + 0.05);
  };
  const above = (at) => at.parentElement || at.getRootNode().host;
  const blank = () => {
    const probe = document.createElement('div');
    probe.style.color = 'Canvas';
    document.documentElement.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const ground = (at) => {
    for (; at; at = above(at)) {
      const color = getComputedStyle(at).backgroundColor;
      if (solid(color)) return color;
    }
    return blank();
  };
  const host = document.querySelector('family-desk');
  const everything = () => [...document.body.querySelectorAll('*'),
    ...(host ? host.shadowRoot.querySelectorAll('.root *') : [])].filter((one) => one.checkVisibility());
"""

# Fields and buttons whose edge stands out from what is around them by less than 3 to 1 (WCAG 1.4.11).
PALE_EDGES = f"""() => {{
  {_TOOLS}
  return everything().filter((one) => one.matches('input:not([type=radio]), select, textarea, button'))
    .filter((one) => {{
      const style = getComputedStyle(one);
      // Words alone, a drawing alone: what identifies them is measured as text.
      const bare = parseFloat(style.borderTopWidth) === 0 && !solid(style.backgroundColor);
      if (bare) return false;
      const around = ground(above(one));
      const edge = parseFloat(style.borderTopWidth) ? contrast(style.borderTopColor, around) : 0;
      const own = solid(style.backgroundColor) ? contrast(style.backgroundColor, around) : 0;
      return Math.max(edge, own) < 3;
    }}).map((one) => one.outerHTML.slice(0, 120));
}}"""

# What reaches out of the page, or out of a box that does not show what does not fit in.
CUT_OFF = f"""() => {{
  {_TOOLS}
  const page = document.documentElement;
  const lost = page.scrollWidth > page.clientWidth ? [`the page is ${{page.scrollWidth}} wide`] : [];
  for (const one of everything()) {{
    if (one.closest('.unseen, .skip, svg, option, select')) continue;
    const style = getComputedStyle(one);
    const wide = one.scrollWidth - one.clientWidth > 1 && style.display !== 'inline';
    const high = one.scrollHeight - one.clientHeight > 1 && style.display !== 'inline';
    const hides = (way) => way === 'hidden' || way === 'clip';
    const scrolls = wide && style.overflowX !== 'visible' && !one.matches('input');
    if (scrolls) lost.push(`wide: ${{one.outerHTML.slice(0, 120)}}`);
    if (high && hides(style.overflowY) && !one.matches('.gap')) lost.push(`high: ${{one.outerHTML.slice(0, 120)}}`);
    const says = [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    for (const node of says) {{
      const range = document.createRange();
      range.selectNode(node);
      const out = [...range.getClientRects()].some((box) => box.left < -1 || box.right > page.clientWidth + 1);
      if (out) lost.push(`outside: ${{node.data.trim().slice(0, 60)}}`);
    }}
  }}
  return lost;
}}"""

_OVER = """(rule) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rule);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const root = document.querySelector('family-desk')?.shadowRoot;
  if (root) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}"""
SPACING = f"""() => ({_OVER})(`* {{ line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important; }} p {{ margin-block-end: 2em !important; }}`)"""
LARGE_LETTERS = "() => { document.documentElement.style.fontSize = '200%'; }"

# The focus: its name, its outline, and how that stands out from what it lies on; null where the browser has it.
FOCUSED = f"""() => {{
  {_TOOLS}
  const outer = document.activeElement;
  if (!outer || outer === document.body || outer === document.documentElement) return null;
  const one = outer.shadowRoot?.activeElement || outer;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const around = parseFloat(style.outlineOffset) < 0 ? ground(one) : ground(above(one));
  // A ring of two colours: the outer one is a shadow, and stands against what is around.
  const shadow = style.boxShadow.match(/^rgba?\\([^)]*\\)/)?.[0];
  const ring = [style.outlineColor, ...(shadow ? [shadow] : [])];
  return {{
    name: one.outerHTML.slice(0, 120),
    width: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    contrast: Math.max(...ring.map((color) => contrast(color, around))), colors: [...ring, around],
    on_screen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  }};
}}"""

# Words in a script that the language named for them is not written in (WCAG 3.1.1, 3.1.2).
ALIEN = f"""() => {{
  {_TOOLS}
  const scripts = {{ ar: /\\p{{Script=Arabic}}/u, ru: /\\p{{Script=Cyrillic}}/u, zh: /\\p{{Script=Han}}/u }};
  const language = (at) => {{
    for (; at; at = above(at)) if (at.getAttribute('lang')) return at.getAttribute('lang');
    return '';
  }};
  const alien = [];
  for (const one of everything()) for (const node of one.childNodes) {{
    if (node.nodeType !== 3) continue;
    for (const [code, script] of Object.entries(scripts)) {{
      if (script.test(node.data) !== (language(one) === code) && (script.test(node.data)
        || (/(\\p{{L}}+ ){{5}}\\p{{L}}/u.test(node.data) && !one.closest('bdi, [dir=ltr]')))) {{
        alien.push(`${{language(one)}}: ${{node.data.trim().slice(0, 60)}}`);
      }}
    }}
  }}
  return alien;
}}"""
