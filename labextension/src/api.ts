// The answers of the service (nb2pkg/service/model.py), and how they are asked for.

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

export interface ICellState {
  index: number;
  id: string;
  kind: string;
  tag: string;
  badge: string;
  why: string[];
  symbols: string[];
}

export interface IPackageState {
  folder: string;
  name: string;
  story: string;
  is_story: boolean;
  is_verified: boolean;
  out_of_step: number;
}

export interface INotebookState {
  cells: ICellState[];
  package: IPackageState | null;
  modules: Record<string, string[]>;
  error: string;
}

export interface ICellTags {
  index: number;
  tags: string[];
  own: Record<string, string>;
}

export interface IJob {
  id: string;
  command: string[];
  state: string;
  exit: number | null;
  lines: string[];
  next: number;
}

export class CallError extends Error {}

/** Ask the service through the Jupyter server, whose login is asked for with it. */
export async function call<T>(name: string, given: object = {}): Promise<T> {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, 'nb2pkg', 'api', name);
  const response = await ServerConnection.makeRequest(
    url,
    { method: 'POST', body: JSON.stringify(given) },
    settings
  );
  if (response.status === 404) {
    throw new CallError('nb2pkg is not enabled in this Jupyter server.');
  }
  const answer = await response.json();
  if (!response.ok) {
    throw new CallError([answer.error ?? answer.message, answer.hint].filter(Boolean).join(' '));
  }
  return answer as T;
}
