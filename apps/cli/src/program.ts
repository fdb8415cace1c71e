import { Argument, Command, Option } from 'commander';
import { type Family, flagOf, isArgument, type Spec, type Take, type Typed } from './command.ts';

/** What was asked for: a command, and the texts that were typed for it, by name. */
export type Asked = { readonly spec: Spec; readonly typed: Typed };

/** Lines of help are this wide, wherever they are read. */
const helpColumns = 100;

/** All commands as one program; `asked` hears which one was typed. Throws a CommanderError for help and for what is no command. */
export function programOf(entries: readonly (Spec | Family)[], asked: (asked: Asked) => void): Command {
  const program = shaped(new Command('conch'))
    .description('Takes a model to full traffic, and back, with a reason and evidence for every move.')
    .version('0.1.0', '--version', 'Print the version')
    .addHelpText('after', exitCodes);
  for (const entry of entries) {
    if ('commands' in entry) {
      const family = shaped(new Command(entry.name)).description(entry.says);
      for (const spec of entry.commands) family.addCommand(commandOf(spec, `conch ${entry.name} ${spec.name}`, asked));
      program.addCommand(family);
    } else {
      program.addCommand(commandOf(entry, `conch ${entry.name}`, asked));
    }
  }
  return program;
}

const exitCodes = `
Exit codes:
  0    fine
  1    what was asked failed, or there are findings with errors
  2    it cannot be asked like this, or could not be looked at
  130  interrupted`;

function commandOf(spec: Spec, path: string, asked: (asked: Asked) => void): Command {
  const takes = Object.entries(spec.takes);
  const named = takes.filter(([, take]) => isArgument(take));
  const command = shaped(new Command(spec.name))
    .description(spec.more === '' ? spec.says : `${spec.says}\n\n${spec.more}`)
    .summary(spec.says)
    .usage([...named.map(([, take]) => (take.otherwise === undefined ? nameOf(take) : `[${nameOf(take)}]`)), '[options]'].join(' '))
    .addHelpText('after', `\nExample:\n${indented(spec.example)}`)
    .helpOption('--help', 'Print this');
  for (const [, take] of named) {
    command.addArgument(new Argument(take.otherwise === undefined ? `<${nameOf(take)}>` : `[${nameOf(take)}]`, take.says));
  }
  for (const [name, take] of takes) {
    if (isArgument(take)) continue;
    const preset = take.is === 'option' && take.otherwise ? ` (${take.otherwise})` : '';
    const option = new Option(take.is === 'switch' ? `--${flagOf(name)}` : `--${flagOf(name)} <${take.shape}>`, `${take.says}${preset}`);
    if (take.env) option.env(take.env);
    if (take.is === 'options') option.argParser<readonly string[] | undefined>((typed, before) => [...(before ?? []), typed]);
    command.addOption(option);
  }
  command.action((...given: unknown[]) => {
    const options = command.opts<Record<string, string | true | undefined>>();
    const values = takes.map(([name, take]) => {
      const value = isArgument(take) ? given[named.findIndex(([other]) => other === name)] : options[name];
      return [name, value === true ? 'yes' : (value as Typed[string])] as const;
    });
    asked({ spec: { ...spec, name: path }, typed: Object.fromEntries(values) });
  });
  return command;
}

/** As commander takes it: three dots for several. */
const nameOf = ({ is, shape }: Take<unknown>): string => (is === 'arguments' ? `${shape}...` : shape);

/** Errors are thrown, not exited with, and a mistyped command is answered with where to read on. */
function shaped(command: Command): Command {
  return command
    .exitOverride()
    .configureHelp({
      helpWidth: helpColumns,
      subcommandTerm: (one) => `${one.name()} ${one.usage().replace(/ ?\[(options|command)\] ?/g, '')}`.trim(),
    })
    .configureOutput({ getOutHelpWidth: () => helpColumns, getErrHelpWidth: () => helpColumns })
    .showHelpAfterError(false)
    .helpOption('--help', 'Print this')
    .helpCommand(false);
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
