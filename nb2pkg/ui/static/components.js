// What the page of `nb2pkg ui` and the panel of JupyterLab share: elements, made from answers of
// the service. Texts of notebooks become text nodes and never markup.

/** An element. Attributes that start with "on" are listeners; children are elements or texts. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (value === true) {
      element.setAttribute(key, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

const MARKS = {
  conflict: ['bad', '⨯'],
  'tests fail': ['bad', '✗'],
  'tests pass': ['good', '✓'],
  changed: ['warn', '≠'],
  stale: ['warn', '⟲'],
  stays: ['warn', '◻'],
  waiting: ['plain', '…'],
  proposed: ['plain', '?'],
  validated: ['good', '✓'],
  'in step': ['good', '=']
};

/** The badge of a cell: a word and a mark; why is its description. */
export function badge(cell) {
  if (!cell.badge) {
    return null;
  }
  const [kind, mark] = MARKS[cell.badge];
  const why = cell.why.join('; ');
  const label = why ? `${cell.badge}: ${why}` : cell.badge;
  return el('span', { class: `nb2pkg-badge ${kind}`, title: label, 'aria-label': label }, `${mark} ${cell.badge}`);
}

/** Lines of a unified diff. */
export function diff(lines) {
  const kinds = { '+': 'added', '-': 'removed', '@': 'place' };
  return el('pre', { class: 'nb2pkg-code', tabindex: 0 }, lines.map(line =>
    el('span', { class: `line ${kinds[line[0]] ?? ''}` }, `${line}\n`)));
}

/** Code, with the name of what it is. */
export function code(text) {
  return el('pre', { class: 'nb2pkg-code', tabindex: 0 }, text);
}

/** Functions as they would be, and what stands against them. */
export function preview(answer) {
  const parts = [];
  for (const remark of answer.remarks) {
    parts.push(el('p', { class: 'nb2pkg-remark' },
      el('strong', {}, remark.code), ` cell ${remark.index + 1}, line ${remark.line}: ${remark.message}`,
      remark.hint ? el('span', { class: 'dim' }, ` ${remark.hint}`) : null));
  }
  for (const each of answer.functions) {
    const cells = each.cells.map(index => index + 1).join(', ');
    parts.push(el('h3', {}, each.symbol, el('span', { class: 'dim' }, ` from cell ${cells}`)), code(each.code));
  }
  if (!parts.length) {
    parts.push(el('p', { class: 'dim' }, 'Nothing of this would be promoted.'));
  }
  return el('div', { class: 'nb2pkg-preview' }, parts);
}

/** The places that notebook and package have both changed, side by side, with a choice for each.
 * take(options) promotes with what was chosen. */
export function conflicts(found, take) {
  if (!found.length) {
    return null;
  }
  const chosen = new Map();
  const named = () => [...chosen].map(([name, way]) => `--settle=${name}=${way}`);
  const settle = el('button', { disabled: true, onclick: () => take(named()) }, 'Settle as chosen');
  const choose = (name, way) => {
    chosen.set(name, way);
    settle.disabled = chosen.size < found.length;
  };
  const sides = found.map((each, n) => {
    const side = (label, way, text) => el('div', {},
      el('label', {}, el('input', { type: 'radio', name: `side-${n}`, onchange: () => choose(each.name, way) }), ` ${label}`),
      code(text));
    return el('div', {},
      el('h3', {}, each.symbol || each.path, el('span', { class: 'dim' }, ` ${each.reason}`)),
      el('div', { class: 'nb2pkg-sides', role: 'radiogroup', 'aria-label': each.name },
        side("Take the notebook's", 'ours', each.notebook), side("Take the package's", 'theirs', each.package)));
  });
  return el('section', { class: 'nb2pkg-conflicts', 'aria-label': 'Conflicts' },
    el('h2', {}, found.length === 1 ? 'One conflict' : `${found.length} conflicts`), sides,
    el('div', { class: 'buttons' },
      settle, el('button', { onclick: () => take(['--conflicts=markers']) }, 'Write both into the files')));
}

/** What is not in step, each with a button that goes to its cell. */
export function drift(found, jump) {
  return el('ul', { class: 'nb2pkg-drift' }, found.map(each => el('li', {},
    each.index >= 0
      ? el('button', { class: 'link', onclick: () => jump(each.index) }, `cell ${each.index + 1}`)
      : el('span', { class: 'dim' }, 'no cell'),
    ` ${each.symbol || each.state}: ${each.reasons.join('; ')}`)));
}

/** Where a cell gets its values from, and who gets some from it. */
export function neighbours(found, jump) {
  const line = (label, cells) => cells.length
    ? el('p', {}, el('span', { class: 'dim' }, `${label} `), cells.flatMap((each, n) => [
        n ? ', ' : null,
        el('button', { class: 'link', onclick: () => jump(each.index) }, `cell ${each.index + 1}`),
        ` (${each.names.join(', ')})`]))
    : null;
  return el('div', { class: 'nb2pkg-neighbours' },
    graph(found, jump), line('Fed by', found.before), line('Feeds', found.behind));
}

const SVG = 'http://www.w3.org/2000/svg';
const GRAPH = { width: 300, row: 30, box: 64, height: 22, most: 8 }; // pixels, and cells on a side

function drawn(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** The cell in the middle, with lines from those that feed it and to those that it feeds. The list
 * below says the same, so it is nothing for a screen reader. */
function graph(found, jump) {
  const sides = [found.before.slice(0, GRAPH.most), found.behind.slice(0, GRAPH.most)];
  const rows = Math.max(sides[0].length, sides[1].length);
  if (!rows) {
    return null;
  }
  const height = rows * GRAPH.row;
  const centre = GRAPH.width / 2;
  const box = (x, y, text, attributes = {}) => drawn('g', attributes,
    drawn('rect', { x: x - GRAPH.box / 2, y: y - GRAPH.height / 2, width: GRAPH.box, height: GRAPH.height, rx: 4 }),
    drawn('text', { x, y: y + 4, 'text-anchor': 'middle' }, text));
  const parts = sides.flatMap((cells, side) => cells.map((each, n) => {
    const x = side ? GRAPH.width - GRAPH.box / 2 - 1 : GRAPH.box / 2 + 1;
    const y = (height / cells.length) * (n + 0.5);
    const [from, to] = side ? [centre + GRAPH.box / 2, x - GRAPH.box / 2] : [x + GRAPH.box / 2, centre - GRAPH.box / 2];
    const ends = side ? [height / 2, y] : [y, height / 2];
    const middle = (from + to) / 2;
    const line = drawn('path', { d: `M${from} ${ends[0]} C${middle} ${ends[0]} ${middle} ${ends[1]} ${to} ${ends[1]}` });
    const cell = box(x, y, `cell ${each.index + 1}`, { class: 'jump' });
    cell.append(drawn('title', {}, each.names.join(', ')));
    cell.addEventListener('click', () => jump(each.index));
    return drawn('g', {}, line, cell);
  }));
  return drawn('svg', { class: 'nb2pkg-graph', viewBox: `0 0 ${GRAPH.width} ${height}`, 'aria-hidden': 'true' },
    ...parts, box(centre, height / 2, 'this cell', { class: 'here' }));
}

/** A metric over the attempts, the oldest on the left. */
function chart(name, values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = n => 4 + (n * 152) / Math.max(values.length - 1, 1);
  const y = value => (high === low ? 20 : 36 - ((value - low) * 32) / (high - low));
  const points = values.map((value, n) => `${x(n)},${y(value)}`).join(' ');
  const last = values.length - 1;
  return el('figure', { class: 'nb2pkg-chart' },
    el('figcaption', {}, `${name} ${values[last]}`, el('span', { class: 'dim' }, ` from ${low} to ${high}`)),
    drawn('svg', { viewBox: '0 0 160 40', 'aria-hidden': 'true' },
      drawn('polyline', { points }), drawn('circle', { cx: x(last), cy: y(values[last]), r: 3 })));
}

function charts(rows) {
  const values = new Map();
  for (const row of [...rows].reverse()) {
    for (const [name, value] of Object.entries(row.metrics)) {
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  return [...values].map(([name, found]) => chart(name, found));
}

/** A button that does something only when it is pressed twice. */
function sure(label, run) {
  const button = el('button', {
    onclick: () => {
      if (button.textContent === label) {
        button.textContent = `${label}: sure?`;
      } else {
        button.textContent = label;
        run();
      }
    },
    onblur: () => { button.textContent = label; }
  }, label);
  return button;
}

const SHOWN = 50; // attempts at first

/** What was tried, the last attempt first. actions: record(why), compare(id), restore(id), comment(id, text). */
export function attempts(found, actions) {
  const why = el('input', { placeholder: 'What was tried', 'aria-label': 'What was tried' });
  const record = () => actions.record(why.value.trim());
  why.addEventListener('keydown', event => { event.stopPropagation(); event.key === 'Enter' && record(); });
  const list = el('ol', { class: 'nb2pkg-attempts' }, found.rows.slice(0, SHOWN).map(row => attempt(row, actions)));
  const rest = found.rows.slice(SHOWN);
  const more = el('button', {
    onclick: () => { list.append(...rest.map(row => attempt(row, actions))); more.remove(); }
  }, `Show ${rest.length} more`);
  return el('section', { 'aria-label': 'Attempts' },
    el('div', { class: 'buttons' }, why, el('button', { onclick: record }, 'Record an attempt')),
    el('div', { class: 'buttons' }, charts(found.rows)),
    found.rows.length ? list : el('p', { class: 'dim' }, 'No attempt was recorded yet.'), rest.length ? more : null);
}

function attempt(row, actions) {
  const difference = el('div', { 'aria-live': 'polite' });
  const comment = el('input', { placeholder: 'Comment', 'aria-label': `Comment on attempt ${row.number}` });
  comment.addEventListener('keydown', event => {
    event.stopPropagation();
    event.key === 'Enter' && comment.value.trim() && actions.comment(row.id, comment.value.trim());
  });
  const compare = async () => {
    const answer = await actions.compare(row.id);
    difference.replaceChildren(...(answer ? changes(answer) : []));
  };
  const metrics = Object.entries(row.metrics).map(([name, value]) => `${name} ${value}`).join(', ');
  return el('li', {},
    el('p', {}, el('strong', {}, `#${row.number}`), ` ${row.why || (row.trigger ? `at ${row.trigger}` : '')} `,
      el('span', { class: 'dim' }, [row.branch, row.when.slice(0, 16).replace('T', ' '), row.who, metrics, row.result]
        .filter(Boolean).join(' · '))),
    row.comments.map(text => el('p', { class: 'dim' }, text)),
    row.symbols.length ? el('p', { class: 'dim' }, `Promoted from it: ${row.symbols.join(', ')}`) : null,
    el('div', { class: 'buttons' },
      el('button', { onclick: compare }, 'Compare with now'), sure('Restore', () => actions.restore(row.id)), comment),
    difference);
}

/** What differs between two attempts. */
function changes(answer) {
  if (!answer.parts.length) {
    return [el('p', { class: 'dim' }, 'Nothing differs.')];
  }
  return answer.parts.flatMap(part => [el('p', {}, part.words), part.lines.length ? diff(part.lines) : null].filter(Boolean));
}

/** A field for the place of code, module.function, with what there is to complete it to. */
export function placeInput(modules, check, label = 'module.function') {
  const names = Object.entries(modules).flatMap(([module, inner]) =>
    [module, ...inner.map(name => `${module}.${name}`)]);
  const id = `places-${Math.random().toString(36).slice(2)}`;
  const problem = el('span', { class: 'nb2pkg-problem', role: 'alert' });
  const input = el('input', {
    list: id, placeholder: label, 'aria-label': 'Where the code goes', spellcheck: 'false', autocomplete: 'off',
    oninput: async () => {
      const place = input.value.trim();
      const answer = place ? await check(tagOf(place)) : { problem: '' };
      if (input.value.trim() === place) {
        problem.textContent = answer.problem;
        input.setAttribute('aria-invalid', String(Boolean(answer.problem)));
      }
    }
  });
  const list = el('datalist', { id }, names.map(value => el('option', { value })));
  return { element: el('span', { class: 'nb2pkg-place' }, input, list, problem), input };
}

/** The tag for a place; without a place nb2pkg chooses it. */
export function tagOf(place) {
  return place ? `nb2pkg:${place}` : 'nb2pkg';
}

const POLL = 400; // milliseconds

/** A job while it runs: its lines, and a button that stops it. ended(job) is called once. */
export function job(call, started, ended) {
  const state = el('strong', {}, started.state);
  const lines = el('pre', { class: 'nb2pkg-log', tabindex: 0, 'aria-label': 'What it says' });
  const stop = el('button', { onclick: () => call('cancel', { job: started.id }) }, 'Stop');
  const title = `nb2pkg ${started.command[0]}`;
  const element = el('section', { class: 'nb2pkg-job', 'aria-label': title },
    el('div', { class: 'buttons' }, el('strong', {}, title), ' ', state, stop), lines);
  const look = async since => {
    const now = await call('job', { job: started.id, since });
    lines.append(...now.lines.map(line => `${line}\n`));
    lines.scrollTop = lines.scrollHeight;
    state.textContent = now.state;
    if (now.state === 'running') {
      setTimeout(() => look(now.next), POLL);
      return;
    }
    stop.remove();
    ended(now);
  };
  look(0);
  return element;
}
