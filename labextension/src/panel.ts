// The panel beside the notebook: what the chosen cells would become, and what can be done.

import { Widget } from '@lumino/widgets';
import { attempts, conflicts, drift, el, job, neighbours, placeInput, preview, tagOf } from './components';
import { call, CallError, ICellState, IJob, INotebookState } from './api';
import { OpenNotebook } from './notebook';

export class Nb2pkgPanel extends Widget {
  private _open: OpenNotebook | null = null;
  private _state: INotebookState | null = null;
  private _asked = 0;
  private _head = el('div', { class: 'nb2pkg-head' });
  private _tools = el('div', { class: 'nb2pkg-tools' });
  private _work = el('div');
  private _conflicts = el('div');
  private _preview = el('div', { 'aria-label': 'Preview' });
  private _drift = el('div');
  private _attempts = el('div');
  private _message = el('p', { class: 'nb2pkg-message', role: 'status', 'aria-live': 'polite' });

  constructor() {
    super();
    this.id = 'nb2pkg-panel';
    this.title.label = 'nb2pkg';
    this.title.caption = 'nb2pkg: what the cells of this notebook become';
    this.addClass('nb2pkg-panel');
    this.node.append(this._head, this._message, this._tools, this._work, this._conflicts, this._preview, this._drift, this._attempts);
    this._nothing();
  }

  /** Show another notebook, or none. */
  async setNotebook(open: OpenNotebook | null): Promise<void> {
    this._open = open;
    this._state = null;
    this._work.replaceChildren();
    this._conflicts.replaceChildren();
    this._preview.replaceChildren();
    this._drift.replaceChildren();
    this._attempts.replaceChildren();
    this.say('');
    if (open) {
      await this.refresh();
    } else {
      this._nothing();
    }
  }

  /** Ask for the state again, and show it. */
  async refresh(): Promise<void> {
    const open = this._open;
    if (!open || open.panel.isDisposed) {
      return;
    }
    const asked = ++this._asked;
    try {
      const state = await open.state();
      if (asked !== this._asked || open !== this._open) {
        return; // somebody has typed since
      }
      const isFirst = this._state === null;
      this._state = state;
      this._showState(open, state);
      if (!state.error) {
        open.mark(state.cells);
        await this.showPreview();
      }
      if (isFirst) {
        await this.showConflicts();
      }
    } catch (error) {
      this._fail(error);
    }
  }

  /** What the chosen cells would become. */
  async showPreview(): Promise<void> {
    const open = this._open;
    if (!open || !this._state || this._state.error || !this.isVisible) {
      return;
    }
    const cells = open.chosen;
    const given = { path: open.path, text: open.text };
    const cell = open.panel.content.activeCellIndex;
    try {
      const answer = await call('preview', { ...given, cells });
      const near = this._state.cells[cell]?.kind === 'code' ? await call('neighbours', { ...given, cell }) : null;
      if (open === this._open && String(cells) === String(open.chosen)) {
        const jump = (index: number) => open.jump(index);
        this._preview.replaceChildren(preview(answer), ...(near ? [neighbours(near, jump)] : []));
      }
    } catch (error) {
      this._fail(error);
    }
  }

  /** What the notebook on disk and its package have both changed. */
  async showConflicts(): Promise<void> {
    const open = this._open;
    if (!open || !this._state?.package) {
      return;
    }
    const found = await call<{ conflicts: unknown[] }>('conflicts', { path: open.path });
    const element = conflicts(found.conflicts, (options: string[]) =>
      this.promote([...options, ...this._verifying()])
    );
    this._conflicts.replaceChildren(...(element ? [element] : []));
  }

  /** Tag the chosen cells. */
  async tag(tag: string): Promise<void> {
    await this._do(async open => {
      const count = await open.tag(tag);
      this.say(tag ? `Tagged ${count} as ${tag}.` : `Removed the tags of ${count}.`);
    });
  }

  /** Accept the proposed tags of the chosen cells. */
  async accept(): Promise<void> {
    await this._do(async open => this.say(`Accepted the tags of ${await open.accept()}.`));
  }

  /** Record that the chosen cells are validated. */
  async validate(): Promise<void> {
    await this._do(async open => {
      const given = { path: open.path, text: open.text, cells: open.chosen };
      const answer = await call<{ subjects: string[]; who: string }>('validate', given);
      this.say(`${answer.subjects.length} validated by ${answer.who}.`);
    });
  }

  /** Save the notebook, and promote it. */
  async promote(options: string[]): Promise<void> {
    await this._do(async open => {
      await open.panel.context.save();
      const started = await call<IJob>('start', { command: 'promote', path: open.path, options });
      const ended = async () => {
        await this.refresh();
        await this.showConflicts();
      };
      this._work.replaceChildren(job(call, started, ended));
    });
  }

  /** Show what was tried in the notebook, with ways to record, compare and go back. */
  async showAttempts(): Promise<void> {
    await this._do(async open => {
      const found = await call('attempts', { path: open.path });
      const change = (name: string, given: object, text: string) =>
        this._do(async () => {
          await open.panel.context.save();
          await call(name, { path: open.path, ...given });
          if (name === 'restore_attempt') {
            await open.panel.context.revert();
          }
          await this.showAttempts();
          this.say(text);
        });
      const element = attempts(found, {
        record: (why: string) => change('record_attempt', { why }, 'Recorded.'),
        comment: (attempt: string, comment: string) => change('comment_attempt', { attempt, comment }, 'Comment added.'),
        restore: (attempt: string) =>
          change('restore_attempt', { attempt }, 'Restored. What was there is an attempt now.'),
        compare: async (old: string) => {
          await open.panel.context.save();
          return call('attempt_diff', { path: open.path, old });
        }
      });
      this._attempts.replaceChildren(el('h3', {}, 'Attempts'), element);
    });
  }

  say(text: string): void {
    this._message.textContent = text;
  }

  private async _do(what: (open: OpenNotebook) => Promise<void>): Promise<void> {
    if (!this._open) {
      return;
    }
    try {
      await what(this._open);
      await this.refresh();
    } catch (error) {
      this._fail(error);
    }
  }

  private _fail(error: unknown): void {
    this.say(error instanceof CallError ? error.message : 'The Jupyter server does not answer.');
  }

  private _verifying(): string[] {
    return this._state?.package?.is_verified ? ['--verify'] : [];
  }

  private _nothing(): void {
    this._tools.replaceChildren();
    this._head.replaceChildren(el('p', { class: 'dim' }, 'Open a notebook to see what its cells become.'));
  }

  private _showState(open: OpenNotebook, state: INotebookState): void {
    this._head.replaceChildren(el('h2', {}, open.path), el('p', { class: 'dim' }, state.error || summary(state)));
    this._drift.replaceChildren(...drifted(open, state.cells));
    if (this._tools.contains(document.activeElement)) {
      return; // somebody types a place
    }
    const place = placeInput(state.modules, (tag: string) => call('check_tag', { tag }));
    const tag = () => this.tag(tagOf(place.input.value.trim()));
    place.input.addEventListener('keydown', (event: KeyboardEvent) => {
      if (event.key === 'Enter') {
        event.stopPropagation();
        void tag();
      }
    });
    const button = (label: string, run: () => unknown) => el('button', { onclick: run }, label);
    this._tools.replaceChildren(
      el('div', { class: 'buttons' }, place.element, button('Tag', tag), button('Remove tag', () => this.tag(''))),
      el('div', { class: 'buttons' },
        state.cells.some(cell => cell.badge === 'proposed') ? button('Accept', () => this.accept()) : null,
        state.package && !state.package.is_story ? button('Validate', () => this.validate()) : null,
        state.package?.is_verified ? null : button('Promote', () => this.promote([])),
        button('Promote and verify', () => this.promote(['--verify'])),
        button('Attempts', () => this.showAttempts()))
    );
  }
}

const DRIFTED = ['conflict', 'changed', 'stale', 'stays'];

/** What is not in step or no longer holds, with a way to each cell. */
function drifted(open: OpenNotebook, cells: ICellState[]): HTMLElement[] {
  const found = cells.filter(cell => DRIFTED.includes(cell.badge)).map(cell => ({
    index: cell.index, symbol: cell.symbols.join(', ') || cell.tag, state: cell.badge, reasons: cell.why
  }));
  return found.length ? [el('h3', {}, 'To look at'), drift(found, (index: number) => open.jump(index))] : [];
}

function summary(state: INotebookState): string {
  const counts = new Map<string, number>();
  for (const cell of state.cells) {
    if (cell.badge) {
      counts.set(cell.badge, (counts.get(cell.badge) ?? 0) + 1);
    }
  }
  const parts = [...counts].map(([badge, count]) => `${count} ${badge}`);
  const name = state.package ? `Package ${state.package.name}: ` : 'Not promoted yet: ';
  return name + (parts.join(', ') || 'no cell is tagged');
}
