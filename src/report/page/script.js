'use strict';
const form = document.getElementById('filter');
const rows = [...document.querySelectorAll('tr[data-says]')];
const told = document.getElementById('told');
function filter() {
  const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const says = form.elements.says.value;
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits = (!says || row.dataset.says === says) && words.every((word) => text.includes(word));
    row.hidden = !fits;
    shown += fits;
  }
  told.textContent = shown === rows.length ? '' : `${shown} of ${rows.length} rows are shown`;
}
form.hidden = false;
form.addEventListener('input', filter);
form.addEventListener('submit', (event) => event.preventDefault());
for (const head of document.querySelectorAll('th[data-sort]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of head.parentElement.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const body = head.closest('table').tBodies[0];
    const key = (row) => row.cells[head.cellIndex].dataset.key ?? row.cells[head.cellIndex].textContent;
    const compare = head.dataset.sort === 'number'
      ? (a, b) => (a === '') - (b === '') || (up ? a - b : b - a)
      : (a, b) => (up ? 1 : -1) * a.localeCompare(b);
    body.append(...[...body.rows].sort((a, b) => compare(key(a), key(b))));
  });
}
// A mark of a chart tells what it shows: to a pointer, to a screen reader, and to a keyboard. Each chart is one stop of the
// Tab key, and arrow keys go from mark to mark.
const percent = (share) => `${+(share * 100).toFixed(1)}%`;
const ends = (interval) => interval.split(' ').join(' to ');
function words(mark) {
  const own = mark.dataset;
  const around = mark.parentElement.dataset;
  const title = mark.querySelector(':scope > title');
  if (title) return title.textContent;
  if ('other' in own) return `${own.other} and ${around.who}: ${own.rho ? `${(+own.rho).toFixed(2)} [${ends(own.interval ?? 'not known')}]` : 'no number'}`;
  const chart = mark.closest('[data-options]').dataset;
  const options = chart.options.split('|');
  const parts = own.parts?.split(' ').map((part, at) => `${options[at]} ${part === '' ? 'not told' : percent(part)}`);
  const marked = `${chart.marked}: ${own.share ? `${percent(own.share)} [${own.interval.split(' ').map(percent).join(' to ')}]` : mark.lastElementChild.textContent}`;
  return `${around.item}, ${own.who}, n ${own.n}: ${parts ? `${parts.join(', ')}; ` : ''}${marked}`;
}
const tip = document.createElement('div');
tip.id = 'tip';
tip.hidden = true;
// What it says is the name of the mark, too.
tip.setAttribute('aria-hidden', 'true');
document.body.append(tip);
function show(mark) {
  tip.textContent = mark.getAttribute('aria-label');
  tip.hidden = false;
  const at = mark.getBoundingClientRect();
  const below = at.bottom + tip.offsetHeight + 8 < innerHeight;
  tip.style.top = `${scrollY + (below ? at.bottom + 6 : at.top - tip.offsetHeight - 6)}px`;
  tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8))}px`;
}
for (const chart of document.querySelectorAll('svg.fig, svg.shares')) {
  const marks = [...chart.querySelectorAll('[data-item] > [data-who], [data-other], [data-x], [data-before]')];
  if (!marks.length) continue;
  // An image has no parts, and a group has. What it scrolls in needs no stop of its own.
  chart.setAttribute('role', 'group');
  chart.closest('figure')?.querySelector('.wide').removeAttribute('tabindex');
  for (const mark of marks) {
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', words(mark));
    mark.setAttribute('tabindex', mark === marks[0] ? 0 : -1);
  }
  const go = (mark) => {
    for (const other of marks) other.setAttribute('tabindex', other === mark ? 0 : -1);
    mark.focus();
    mark.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    show(mark);
  };
  chart.addEventListener('focusin', (event) => show(event.target));
  chart.addEventListener('focusout', () => { tip.hidden = true; });
  chart.addEventListener('keydown', (event) => {
    const at = marks.indexOf(event.target);
    // In a table of cells, up and down stay in the column.
    const column = (mark) => mark.dataset.other === marks[at].dataset.other;
    const to = {
      ArrowRight: () => marks[at + 1],
      ArrowLeft: () => marks[at - 1],
      ArrowDown: () => marks.slice(at + 1).find(column),
      ArrowUp: () => marks.slice(0, Math.max(at, 0)).findLast(column),
      Home: () => marks[0],
      End: () => marks.at(-1),
    }[event.key];
    if (event.key === 'Escape') tip.hidden = true;
    if (!to || at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const mark = to();
    if (mark) go(mark);
  });
}
document.addEventListener('pointerover', (event) => {
  const mark = event.target.closest('svg [aria-label]');
  if (!mark || mark.querySelector(':scope > title')) return;
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = mark.getAttribute('aria-label');
  mark.prepend(title);
});
