// The page of `nb2pkg ui`: what is in the folder, one notebook, one package.

import { attempts, badge, code, conflicts, diff, drift, el, job, neighbours, placeInput, preview, tagOf } from './components.js';

const main = document.getElementById('main');
const trail = document.getElementById('trail');
const messages = document.getElementById('messages');

/** Ask the service. What goes wrong is shown, and thrown. */
async function call(name, given = {}) {
  let answer;
  try {
    const response = await fetch(`/api/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(given)
    });
    answer = response.status === 403 ? { error: await response.text() } : await response.json();
  } catch {
    answer = { error: 'The server does not answer. Was nb2pkg ui ended?' };
  }
  if (answer.error && !('cells' in answer)) {
    say(`${answer.error}${answer.hint ? ` ${answer.hint}` : ''}`, 'bad');
    throw new Error(answer.error);
  }
  return answer;
}

function say(text, kind = '') {
  messages.replaceChildren(el('p', { class: kind }, text));
}

function show(title, steps, ...parts) {
  document.title = title ? `${title} – nb2pkg` : 'nb2pkg';
  trail.replaceChildren(...steps.flatMap(step => [' / ', step]));
  main.replaceChildren(...parts.flat().filter(Boolean));
}

const notebookLink = path => el('a', { href: `#/notebook/${encodeURIComponent(path)}` }, path);
const projectLink = (folder, name) =>
  el('a', { href: `#/package/${encodeURIComponent(folder)}/${encodeURIComponent(name)}` }, name);

// ---- the folder

async function showFolder() {
  const found = await call('folder');
  show('', [],
    el('h1', {}, 'Packages'),
    found.projects.length ? packageTable(found.projects) : el('p', { class: 'dim' }, 'No notebook of this folder is promoted yet.'),
    el('h1', {}, 'Notebooks'),
    el('ul', {}, found.notebooks.map(path => el('li', {}, notebookLink(path)))));
}

function packageTable(projects) {
  const head = ['package', 'notebook', 'symbols', 'not validated', 'not approved', 'not verified', 'out of step'];
  const rows = projects.map(each => each.error
    ? el('tr', {}, el('td', {}, each.folder), el('td', { colspan: 6, class: 'bad' }, each.error))
    : el('tr', {},
        el('td', {}, projectLink(each.folder, each.package)), el('td', {}, each.notebook), number(each.symbols),
        ...['validated', 'approved', 'verified'].map(what => number(each.lacking[what], 'warn')),
        number(each.drift.length, 'warn')));
  return el('table', {}, el('thead', {}, el('tr', {}, head.map((text, n) => el('th', { scope: 'col', class: n > 1 ? 'number' : '' }, text)))), el('tbody', {}, rows));
}

function number(count, kind = '') {
  return el('td', { class: `number ${count ? kind : ''}` }, String(count));
}

// ---- a notebook

async function showNotebook(path) {
  const [state, sources] = await Promise.all([call('state', { path }), call('sources', { path })]);
  if (state.error) {
    show(path, [path], el('h1', {}, path), el('p', { class: 'bad' }, state.error));
    return;
  }
  const page = { path, state, chosen: new Set(), side: el('div', { class: 'side', 'aria-label': 'Preview' }), work: el('div') };
  const rows = state.cells.filter(cell => cell.kind === 'code')
    .map(cell => cellRow(page, cell, sources.cells[cell.index].text));
  page.side.append(el('p', { class: 'dim' }, 'Choose cells to see what they would become.'));
  const tried = el('a', { href: `#/attempts/${encodeURIComponent(path)}` }, 'Attempts');
  const parts = [el('h1', {}, path), el('p', {}, tried), toolbar(page), page.work];
  if (state.package) {
    const found = await call('conflicts', { path });
    const take = options => start(page, 'promote', [...options, ...(state.package.is_verified ? ['--verify'] : [])]);
    parts.push(conflicts(found.conflicts, take));
  }
  show(path, [path], parts, el('div', { class: 'columns' }, el('ol', { class: 'cells' }, rows), page.side));
}

function cellRow(page, cell, text) {
  const choose = el('input', {
    type: 'checkbox', 'aria-label': `Cell ${cell.index + 1}`,
    onchange: () => {
      page.chosen[choose.checked ? 'add' : 'delete'](cell.index);
      showPreview(page);
    }
  });
  return el('li', { id: `cell-${cell.index}`, class: 'cell' },
    el('label', {}, choose, el('span', { class: 'dim' }, `[${cell.index + 1}]`)),
    el('div', {},
      el('div', { class: 'head' }, el('code', {}, cell.tag), badge(cell)),
      cell.badge && cell.why.length ? el('p', { class: 'why' }, cell.why.join('; ')) : null,
      code(text)));
}

async function showPreview(page) {
  const cells = [...page.chosen];
  if (!cells.length) {
    page.side.replaceChildren(el('p', { class: 'dim' }, 'Choose cells to see what they would become.'));
    return;
  }
  const answer = await call('preview', { path: page.path, cells });
  const near = cells.length === 1 ? await call('neighbours', { path: page.path, cell: cells[0] }) : null;
  if (cells.length === page.chosen.size) {
    const jump = index => document.getElementById(`cell-${index}`)?.scrollIntoView({ block: 'center' });
    page.side.replaceChildren(preview(answer), ...(near ? [neighbours(near, jump)] : []));
  }
}

function toolbar(page) {
  const place = placeInput(page.state.modules, tag => call('check_tag', { tag }));
  const tag = async text => {
    if (!page.chosen.size) {
      say('Choose cells first.');
      return;
    }
    await call('write_tags', { path: page.path, cells: [...page.chosen], tag: text });
    say(text ? `Tagged ${page.chosen.size} cells as ${text}.` : 'Tags removed.');
    await showNotebook(page.path);
  };
  place.input.addEventListener('keydown', event => event.key === 'Enter' && tag(tagOf(place.input.value.trim())));
  return el('div', { class: 'buttons toolbar', role: 'toolbar', 'aria-label': 'Chosen cells, and the notebook' },
    place.element,
    el('button', { onclick: () => tag(tagOf(place.input.value.trim())) }, 'Tag'),
    el('button', { onclick: () => tag('') }, 'Remove tag'),
    page.state.package ? el('button', { onclick: () => validate(page) }, 'Validate') : null,
    el('span', { class: 'gap' }),
    el('button', { onclick: () => start(page, 'promote', ['--dry-run']) }, 'Dry run'),
    page.state.package?.is_verified ? null : el('button', { onclick: () => start(page, 'promote', []) }, 'Promote'),
    el('button', { class: 'main', onclick: () => start(page, 'promote', ['--verify']) }, 'Promote and verify'));
}

async function validate(page) {
  const answer = await call('validate', { path: page.path, cells: [...page.chosen] });
  say(`${answer.subjects.length} cells are validated by ${answer.who}.`);
  await showNotebook(page.path);
}

async function start(page, command, options) {
  const started = await call('start', { command, path: page.path, options });
  const work = page.work;
  work.replaceChildren(job(call, started, async ended => {
    say(`nb2pkg ${command}: ${ended.state}`);
    if (!options.includes('--dry-run')) {
      await showNotebook(page.path);
      main.querySelector('.toolbar').after(work);
    }
  }));
}

// ---- what was tried in it

async function showAttempts(path) {
  const found = await call('attempts', { path });
  const again = async (name, given, text) => {
    await call(name, { path, ...given });
    say(text);
    await showAttempts(path);
  };
  show(`Attempts at ${path}`, [notebookLink(path), 'attempts'], el('h1', {}, `Attempts at ${path}`), attempts(found, {
    record: why => again('record_attempt', { why }, 'Recorded.'),
    comment: (attempt, comment) => again('comment_attempt', { attempt, comment }, 'Comment added.'),
    restore: attempt => again('restore_attempt', { attempt }, 'Restored. What was there is an attempt now.'),
    compare: old => call('attempt_diff', { path, old })
  }));
}

// ---- a package

async function showPackage(folder, name) {
  const given = { project: folder, notebook: name };
  const [status, found] = await Promise.all([call('status', given), call('symbols', given)]);
  const jump = index => {
    location.hash = `#/notebook/${encodeURIComponent(found.notebook)}`;
    setTimeout(() => document.getElementById(`cell-${index}`)?.scrollIntoView({ block: 'center' }), 800);
  };
  show(name, [name],
    el('h1', {}, name),
    found.notebook ? el('p', {}, 'From ', notebookLink(found.notebook)) : null,
    status.drift.length ? [el('h2', {}, 'Not in step'), drift(status.drift, jump)] : el('p', { class: 'good' }, 'All in step.'),
    el('h2', {}, 'Functions'),
    found.symbols.map(symbol => symbolView(given, symbol)));
}

function symbolView(given, symbol) {
  const why = el('input', { placeholder: 'Comment', 'aria-label': `Comment on ${symbol.symbol}` });
  const decide = async what => {
    const answer = await call('review', { ...given, symbols: [symbol.symbol], what, why: why.value });
    say(`${symbol.symbol}: ${what === 'approve' ? 'approved' : 'rejected'} by ${answer.who}.`);
    await showPackage(given.project, given.notebook);
    document.getElementById(symbol.symbol)?.querySelector('summary').focus();
  };
  const kind = symbol.is_approved ? 'good' : symbol.is_rejected ? 'bad' : '';
  return el('details', { class: 'symbol', id: symbol.symbol },
    el('summary', {},
      el('code', {}, symbol.symbol), el('span', {}, symbol.state),
      el('span', {}, `validated: ${symbol.validated}`), el('span', { class: kind }, `approved: ${symbol.approved}`),
      el('span', {}, `verified: ${symbol.verified}`)),
    symbol.reasons.map(text => el('p', { class: 'warn' }, text)),
    code(symbol.code),
    symbol.diff.length ? [el('h3', {}, 'What the notebook gives (−), and what the package has (+)'), diff(symbol.diff)] : null,
    el('div', { class: 'buttons' }, why,
      el('button', { onclick: () => decide('approve') }, 'Approve'),
      el('button', { onclick: () => decide('reject') }, 'Reject')));
}

// ---- addresses

async function route() {
  const [, kind, ...rest] = location.hash.split('/');
  const names = rest.map(decodeURIComponent);
  try {
    if (kind === 'notebook') {
      await showNotebook(names[0]);
    } else if (kind === 'attempts') {
      await showAttempts(names[0]);
    } else if (kind === 'package') {
      await showPackage(names[0], names[1]);
    } else {
      await showFolder();
    }
    main.focus({ preventScroll: true });
  } catch {
    main.querySelector('.dim')?.remove(); // what went wrong is shown already
  }
}

window.addEventListener('hashchange', route);
route();
