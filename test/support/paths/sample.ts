import type { ListPath } from './list-paths.js';

/**
 * Some of the paths, the same ones each time: first those that bring a step which none before them had, with the shorter
 * ones in front, and then, up to `wanted`, every so-manieth of the rest.
 */
export function sampled(paths: readonly ListPath[], wanted: number): readonly ListPath[] {
  const ordered = [...paths].sort((left, right) => left.steps.length - right.steps.length);
  const met = new Set<string>();
  const chosen = new Set<ListPath>();
  for (const path of ordered) {
    const steps = path.steps.map(({ parent, field, type }) => `${parent.name}.${field.name} ${type.name}`);
    if (steps.every((step) => met.has(step))) continue;
    for (const step of steps) met.add(step);
    chosen.add(path);
  }
  const rest = ordered.filter((path) => !chosen.has(path));
  const stride = Math.max(1, Math.ceil(rest.length / Math.max(1, wanted - chosen.size)));
  rest.forEach((path, index) => {
    if (index % stride === 0) chosen.add(path);
  });
  return [...chosen];
}
