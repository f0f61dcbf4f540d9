// The plugin: the panel, the commands and their keys.

import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { OpenNotebook } from './notebook';
import { Nb2pkgPanel } from './panel';

const QUIET = 300; // milliseconds without a key, before the state is asked for again
const SELECTOR = '.jp-Notebook.jp-mod-commandMode:not(.jp-mod-readWrite)';

/** Call it when nothing has happened for so long. */
function later(run: () => void, milliseconds: number): () => void {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(run, milliseconds);
  };
}

function activate(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null
): void {
  const panel = new Nb2pkgPanel();
  app.shell.add(panel, 'right', { rank: 900 });
  restorer?.add(panel, panel.id);

  const changed = later(() => void panel.refresh(), QUIET);
  const chosen = later(() => void panel.showPreview(), QUIET / 2);
  const known = new WeakSet<NotebookPanel>();
  const show = async (current: NotebookPanel | null) => {
    if (!current) {
      await panel.setNotebook(null);
      return;
    }
    await current.context.ready;
    if (!known.has(current)) {
      known.add(current);
      current.content.model?.contentChanged.connect(changed);
      current.content.selectionChanged.connect(chosen);
      current.content.activeCellChanged.connect(chosen);
      current.context.fileChanged.connect(changed);
    }
    if (current === tracker.currentWidget) {
      await panel.setNotebook(new OpenNotebook(current, app.serviceManager.contents));
    }
  };
  tracker.currentChanged.connect((_, current) => void show(current));
  void app.restored.then(() => show(tracker.currentWidget));

  const add = (name: string, label: string, execute: () => unknown, keys: string[] = []) => {
    const command = `nb2pkg:${name}`;
    const isEnabled = () => tracker.currentWidget !== null;
    app.commands.addCommand(command, { label, execute, isEnabled });
    palette?.addItem({ command, category: 'nb2pkg' });
    if (keys.length) {
      app.commands.addKeyBinding({ command, keys, selector: SELECTOR });
    }
  };
  add('tag', 'Tag selected cells for promotion', () => panel.tag('nb2pkg'), ['Alt T']);
  add('remove-tag', 'Remove tags of selected cells', () => panel.tag(''), ['Alt Shift T']);
  add('accept', 'Accept proposed tags of selected cells', () => panel.accept(), ['Alt A']);
  add('validate', 'Validate selected cells', () => panel.validate(), ['Alt V']);
  add('promote', 'Promote this notebook', () => panel.promote([]));
  add('verify', 'Promote and verify this notebook', () => panel.promote(['--verify']));
  add('attempts', 'Show what was tried in this notebook', () => panel.showAttempts());
  add('show', 'Show the panel', () => app.shell.activateById(panel.id));
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'nb2pkg-jupyterlab:plugin',
  description: 'Badges on cells, previews of functions, tags, promotion.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILayoutRestorer],
  activate
};

export default plugin;
