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
// A bar of a chart tells its parts when a pointer comes.
document.addEventListener('pointerover', (event) => {
  const bar = event.target.closest('g[data-parts]');
  if (!bar || bar.querySelector('title')) return;
  const options = bar.closest('g[data-options]').dataset.options.split('|');
  const told = bar.dataset.parts.split(' ').map((part, at) => `${options[at]} ${part === '' ? 'not told' : `${+(part * 100).toFixed(1)}%`}`);
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = told.join(', ');
  bar.prepend(title);
});
