// One notebook that is open: what the service says of it, badges on its cells, and its tags.

import { ICodeCellModel } from '@jupyterlab/cells';
import { NotebookPanel } from '@jupyterlab/notebook';
import { ServiceManager } from '@jupyterlab/services';
import { badge } from './components';
import { call, ICellState, ICellTags, INotebookState } from './api';

const HOST = 'nb2pkg-host';

interface ICell {
  source: string | string[];
  outputs?: unknown[];
}

/** A notebook that is open, as the panel and the commands see it. */
export class OpenNotebook {
  constructor(
    readonly panel: NotebookPanel,
    private _contents: ServiceManager.IManager['contents']
  ) {}

  /** Its path below the folder of the server, without the name of a drive. */
  get path(): string {
    return this._contents.localPath(this.panel.context.path);
  }

  /** Its text as it stands here, saved or not. Outputs decide nothing, and are large: but for those of
   * tests, unless the cell has changed since they ran. */
  get text(): string {
    const model = this.panel.content.model!;
    const content = model.toJSON() as unknown as { cells: ICell[] };
    content.cells.forEach((cell, index) => {
      const source = Array.isArray(cell.source) ? cell.source.join('') : cell.source;
      const isTest = source.trimStart().startsWith('%%nbtest');
      const isDirty = (model.cells.get(index) as ICodeCellModel).isDirty;
      if (cell.outputs && (!isTest || isDirty)) {
        cell.outputs = [];
      }
    });
    return JSON.stringify(content);
  }

  /** Places of the cells that are selected, and of the active one. */
  get chosen(): number[] {
    const notebook = this.panel.content;
    return notebook.widgets
      .map((cell, index) => (notebook.isSelectedOrActive(cell) ? index : -1))
      .filter(index => index >= 0);
  }

  state(): Promise<INotebookState> {
    return call('state', { path: this.path, text: this.text });
  }

  /** Set tags on the chosen cells; an empty tag takes them away. */
  async tag(tag: string): Promise<number> {
    const given = { path: this.path, text: this.text, cells: this.chosen };
    return this._set((await call<{ cells: ICellTags[] }>('tag', { ...given, tag })).cells);
  }

  /** Accept the proposed tags of the chosen cells. */
  async accept(): Promise<number> {
    const given = { path: this.path, text: this.text, cells: this.chosen };
    return this._set((await call<{ cells: ICellTags[] }>('accept', given)).cells);
  }

  private _set(cells: ICellTags[]): number {
    const notebook = this.panel.content;
    notebook.model!.sharedModel.transact(() => {
      for (const each of cells) {
        const model = notebook.widgets[each.index].model;
        if (each.tags.length) {
          model.setMetadata('tags', each.tags);
        } else {
          model.deleteMetadata('tags');
        }
        if (Object.keys(each.own).length) {
          model.setMetadata('nb2pkg', each.own);
        } else {
          model.deleteMetadata('nb2pkg');
        }
      }
    });
    return cells.length;
  }

  /** Show a badge on each cell that has one. */
  mark(cells: ICellState[]): void {
    this.panel.content.widgets.forEach((widget, index) => {
      let host = widget.node.querySelector(`:scope > .${HOST}`);
      const element = cells[index] ? badge(cells[index]) : null;
      if (!host && element) {
        host = document.createElement('div');
        host.className = HOST;
        widget.node.append(host);
      }
      host?.replaceChildren(...(element ? [element] : []));
    });
  }

  /** Go to a cell. */
  jump(index: number): void {
    this.panel.content.activeCellIndex = index;
    void this.panel.content.scrollToItem(index, 'center');
  }
}
