import { type Asking, type Entry, isUnseen, listed } from '../base/asking.ts';
import { isModelName } from '../base/names.ts';
import { type Copy, filesBelow } from './files-below.ts';
import { toldByFile } from './told-by-file.ts';
import { toldBySavedModel } from './told-by-savedmodel.ts';
import { isRefused, type Refused, type Told } from './told.ts';

/** A model that stands alone, as a training job left it, and the files that a version's folder needs of it. */
export type LoneModel = { readonly told: Told; readonly name: string; readonly copies: readonly Copy[] };

/** Looks at a file, or at a folder that is one model; `none` where a folder is something else. */
export function* lookAtLoneModel(path: string): Asking<LoneModel | Refused | 'none'> {
  const entries = yield* listed(path);
  if (isUnseen(entries)) return entries.unseen === 'it is a file' ? yield* lookAtFile(path) : unseenAt(entries.unseen);
  if (!entries.some(({ name, kind }) => name === 'saved_model.pb' && kind === 'file')) return 'none';
  const told = yield* toldBySavedModel(path);
  if (isRefused(told)) return told;
  const copies = yield* filesBelow(path, told.name);
  return isRefused(copies) ? copies : { told, name: modelNameOf(path), copies };
}

function* lookAtFile(path: string): Asking<LoneModel | Refused> {
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  const entry = yield* entryAt(folder, path.slice(path.lastIndexOf('/') + 1));
  if (entry === undefined) return unseenAt('its folder cannot be listed');
  if (entry.kind !== 'file') return { says: 'it is neither a file nor a folder', fix: 'name the model itself' };
  const told = yield* toldByFile(path, entry.size);
  if (isRefused(told)) return told;
  const beside = told.beside.map((one): Copy => ({ from: `${folder}/${one.path}`, to: one.as }));
  return { told, name: modelNameOf(path), copies: [{ from: path, to: told.name }, ...beside] };
}

function* entryAt(folder: string, name: string): Asking<Entry | undefined> {
  const entries = yield* listed(folder);
  return isUnseen(entries) ? undefined : entries.find((entry) => entry.name === name);
}

const unseenAt = (why: string): Refused =>
  why === 'absent'
    ? { says: 'there is nothing at this path', fix: 'check the path' }
    : { says: `it cannot be looked at: ${why}`, fix: 'make it readable, or name it as someone who may read it' };

/** After the file or folder; what lies in a version's folder by its usual name is called after the folder of its model. */
export function modelNameOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  const own = (parts.at(-1) ?? '').replace(/\.(onnx|plan|engine|trt|pt2?|ts|xml|py|dali|savedmodel)$/, '');
  const isInVersion = own === 'model' && /^\d+$/.test(parts.at(-2) ?? '') && parts.length > 2;
  return asName(isInVersion ? (parts.at(-3) ?? own) : own);
}

/** What a model's name may not have in it becomes an underscore. */
function asName(text: string): string {
  const name = text
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+/, '')
    .slice(0, 128);
  return isModelName(name) ? name : 'model';
}
