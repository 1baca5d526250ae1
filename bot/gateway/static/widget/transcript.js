// The conversation as a text file: who said what, and when. Made here, so that no word leaves the browser for it.

/** `said`: Messages of the contract; the names in `words`, the times as people of `language` write them. */
function transcript(said, words, language) {
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'full' });
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const lines = [words.name, ''];
  let today = '';
  for (const message of [...said].sort((one, other) => one.id - other.id)) {
    const at = new Date(Date.parse(message.at) || Date.now());
    if (day.format(at) !== today) lines.push((today = day.format(at)), '');
    lines.push(`[${time.format(at)}] ${words[senderOf(message)]}: ${message.text}`);
    for (const article of message.articles || []) {
      lines.push(`${words.article}: ${article.title} ${webAddress(article.url) || ''}`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

/** Hand the browser a text to save. */
function saveFile(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  make('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
