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
  const parts = own.parts?.split(' ').flatMap((part, at) => (part ? [`${options[at]} ${percent(part)}`] : []));
  if (parts && parts.length < options.length) parts.push('others not told');
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
const charts = new Map();
for (const chart of document.querySelectorAll('svg.fig, svg.shares')) {
  const marks = [...chart.querySelectorAll('[data-item] > [data-who], [data-other], [data-x], [data-before]')];
  if (!marks.length) continue;
  charts.set(chart, marks);
  // An image has no parts, and a group has. What it scrolls in needs no stop of its own.
  chart.setAttribute('role', 'group');
  chart.closest('figure')?.querySelector('.wide').removeAttribute('tabindex');
  for (const mark of marks) {
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', words(mark));
    mark.setAttribute('tabindex', mark === marks[0] ? 0 : -1);
  }
}
// Listeners are the document's: a chart that listens for the focus can have it in some browsers.
const around = (mark) => charts.get(mark.closest('svg')) ?? [];
document.addEventListener('focusin', (event) => {
  if (around(event.target).includes(event.target)) show(event.target);
});
document.addEventListener('focusout', () => { tip.hidden = true; });
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') tip.hidden = true;
  const marks = around(event.target);
  const at = marks.indexOf(event.target);
  if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  // In a table of cells, up and down stay in the column.
  const column = (mark) => mark.dataset.other === marks[at].dataset.other;
  const to = {
    ArrowRight: () => marks[at + 1],
    ArrowLeft: () => marks[at - 1],
    ArrowDown: () => marks.slice(at + 1).find(column),
    ArrowUp: () => marks.slice(0, at).findLast(column),
    Home: () => marks[0],
    End: () => marks.at(-1),
  }[event.key];
  if (!to) return;
  event.preventDefault();
  const mark = to();
  if (!mark) return;
  marks[at].setAttribute('tabindex', -1);
  mark.setAttribute('tabindex', 0);
  mark.focus();
  mark.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  show(mark);
});
document.addEventListener('pointerover', (event) => {
  const mark = event.target.closest('svg [aria-label]');
  if (!mark || mark.querySelector(':scope > title')) return;
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = mark.getAttribute('aria-label');
  mark.prepend(title);
});
