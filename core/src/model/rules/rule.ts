import type { Finding, Place } from '../../base/finding.ts';
import type { Path } from '../../pbtxt/nodes.ts';
import type { Subject } from '../subject.ts';

/** What there is to know of one finding; `conch explain` and the guide are made of it. */
export type Explanation = {
  readonly code: Finding['code'];
  readonly severity: Finding['severity'];
  /** What is wrong, and what happens then. */
  readonly means: string;
  /** What Triton says of it, with … for what differs. */
  readonly triton?: string;
  readonly example: string;
  readonly fix: string;
  /** The first server version that refuses it, where older ones do not. */
  readonly since?: string;
  /** Why the real server was not asked about it. */
  readonly unrefereed?: string;
};

/** Rules that look at one thing together, in the order in which Triton does. What they yield first is what Triton says first. */
export type Rule = {
  readonly explains: readonly Explanation[];
  judge(subject: Subject, pen: Pen): Iterable<Finding>;
  /** What would have to be seen or run to say more. */
  needs?(subject: Subject): Iterable<string>;
};

/** Writes findings: it knows the codes of its rule, and where in config.pbtxt a value stands. */
export class Pen {
  readonly #subject: Pick<Subject, 'text' | 'folder' | 'configPath'>;
  readonly #explains: readonly Explanation[];

  constructor(subject: Pick<Subject, 'text' | 'folder' | 'configPath'>, explains: readonly Explanation[]) {
    this.#subject = subject;
    this.#explains = explains;
  }

  /** A finding about the value at a path of config.pbtxt. */
  at(path: Path, code: Finding['code'], says: string, fix?: string): Finding {
    const { text, configPath } = this.#subject;
    const place = typeof text === 'object' && 'root' in text ? text.at(path) : { file: configPath };
    return this.place(place, code, says, fix);
  }

  /** A finding about a file or folder, by its path below the model's folder; '' is the folder itself. */
  file(path: string, code: Finding['code'], says: string, fix?: string): Finding {
    return this.place({ file: path === '' ? this.#subject.folder : `${this.#subject.folder}/${path}` }, code, says, fix);
  }

  place(place: Place, code: Finding['code'], says: string, fix?: string): Finding {
    const known = this.#explains.find((one) => one.code === code);
    if (!known) throw new Error(`the rule writes ${code} and does not explain it`);
    return { code, severity: known.severity, place, says, fix: fix ?? known.fix };
  }
}
