import type { EnsembleStep } from '../models/served-model.ts';

/**
 * The steps that lead to the outputs that are asked for; all of them where none is named. As in Triton a step is left out when nobody wants
 * any of its outputs, and one that gives something which nobody ever takes is always run.
 */
export function neededSteps(steps: readonly EnsembleStep[], outputs: readonly string[], asked: readonly string[]): readonly EnsembleStep[] {
  let needed = steps;
  let unwanted = asked.length === 0 ? [] : outputs.filter((output) => !asked.includes(output));
  const unwantedOf = new Map<EnsembleStep, number>();
  while (unwanted.length > 0) {
    const left: EnsembleStep[] = [];
    for (const tensor of unwanted) {
      const step = needed.find((one) => [...one.outputs.values()].includes(tensor));
      if (!step) continue;
      const count = (unwantedOf.get(step) ?? 0) + 1;
      unwantedOf.set(step, count);
      if (count === step.outputs.size) left.push(step);
    }
    needed = needed.filter((step) => !left.includes(step));
    const isTaken = (tensor: string): boolean => needed.some(({ inputs }) => [...inputs.values()].includes(tensor));
    unwanted = [...new Set(left.flatMap(({ inputs }) => [...inputs.values()]))].filter((tensor) => !isTaken(tensor));
  }
  return needed;
}
