import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { digestOf, short } from '#core/base/digest.ts';
import type { Finding } from '#core/base/finding.ts';
import { explained } from '#core/check/explanations.ts';
import type { Reporter } from './reporter.ts';
import { uriPath } from './uri-path.ts';

/** SARIF 2.1.0, as code scanning takes it. The results come first, so that the tool names the rules of those that there are. */
export function sarifReporter(): Reporter {
  const codes = new Set<string>();
  const seen = new Map<string, number>();
  let separator = '\n';
  return {
    begin: () => `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"results":[`,
    model: ({ findings }) =>
      findings
        .map((finding) => {
          codes.add(finding.code);
          const line = `${separator}${JSON.stringify(resultOf(finding, seen))}`;
          separator = ',\n';
          return line;
        })
        .join(''),
    end: ({ unlooked, target }) => {
      const toolExecutionNotifications = unlooked.map(({ path, says, fix }) => ({
        level: 'error',
        message: { text: `${path}: ${says}` },
        properties: { fix },
      }));
      const run = {
        tool: { driver: { name: 'conch check', version: '0.1.0', rules: [...codes].sort().map(ruleOf) } },
        invocations: [{ executionSuccessful: unlooked.length === 0, toolExecutionNotifications, properties: { target: target.values } }],
        columnKind: 'utf16CodeUnits',
        properties: { judgedFor: target.says },
      };
      return `\n],${JSON.stringify(run).slice(1)}]}\n`;
    },
  };
}

function ruleOf(code: string): unknown {
  const known = explained(code);
  if (!known) return { id: code };
  const { means, fix, severity, triton } = known;
  const help = [`${means}`, `Fix: ${fix}`, ...(triton ? [`Triton says: ${triton}`] : [])].join('\n');
  return { id: code, shortDescription: { text: means }, help: { text: help }, defaultConfiguration: { level: severity } };
}

function resultOf({ code, severity, place, says, fix }: Finding, seen: Map<string, number>): unknown {
  const { line, column } = place;
  const path = uriPath(place.file);
  const uri = isAbsolute(path) ? pathToFileURL(path).href : path.split('/').map(encodeURIComponent).join('/');
  const region = line ? { region: { startLine: line, ...(column ? { startColumn: column } : {}) } } : {};
  // Lines move: the same words about the same file are the same finding, and a second one of them is the second.
  const same = `${path}\n${code}\n${says}`;
  const nth = (seen.get(same) ?? 0) + 1;
  seen.set(same, nth);
  return {
    ruleId: code,
    level: severity,
    message: { text: fix ? `${says}\nfix: ${fix}` : says },
    locations: [{ physicalLocation: { artifactLocation: { uri }, ...region } }],
    partialFingerprints: { 'conchFinding/v1': `${short(digestOf(same))}:${nth}` },
  };
}
