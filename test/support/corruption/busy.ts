import { randomUUID } from 'node:crypto';
import type { Person, TestApp } from '../app.js';
import type { SeededRandom } from '../counts.js';
import { mutate, type Outcome } from '../mutate.js';
import { complete, sendPhoto } from '../uploads.js';

/** What a person of a busy gateway did. */
export type Deeds = Map<string, number>;

/** Submits, uploads, files, deletes and cancels in whatever order comes, until `rounds` are over. */
export async function live(app: TestApp, as: Person, { random, rounds, photo, deeds }: { random: SeededRandom; rounds: number; photo: Buffer; deeds: Deeds }): Promise<void> {
  const done = (what: string, outcome: Outcome): void => {
    const key = `${what}: ${outcome.__typename}`;
    deeds.set(key, (deeds.get(key) ?? 0) + 1);
  };
  const ids = async (field: 'renders' | 'generationJobs'): Promise<string[]> => {
    const { data } = await app.ask<{ viewer: Record<string, { nodes: { id: string }[] }> }>(`{ viewer { ${field}(first: 10) { nodes { id } } } }`, { as });
    return data.viewer[field]!.nodes.map(({ id }) => id);
  };
  const submit = async (input1?: string): Promise<void> => {
    const input = input1 ? { mode: 'REDESIGN', roomType: 'kitchen', style: 'japandi', input1 } : { mode: 'IMAGINE', prompt: 'A calm room' };
    done('submit', await mutate(app, 'submitGeneration', { ...input, variants: random.integer(1, 3), idempotencyKey: randomUUID() }, { as }));
  };
  for (let round = 0; round < rounds; round += 1) {
    const chance = random.next();
    if (chance < 0.35) await submit();
    else if (chance < 0.5) {
      const uploadId = await sendPhoto(app, as, photo, 'image/png');
      done('complete', await complete(app, as, uploadId));
      await submit(uploadId);
    } else if (chance < 0.65) {
      const [job] = await ids('generationJobs');
      if (job) done('cancel', await mutate(app, 'cancelGeneration', { jobId: job }, { as }));
    } else {
      const renders = await ids('renders');
      if (renders.length === 0) continue;
      const renderId = random.pick(renders);
      if (chance < 0.8) done('favorite', await mutate(app, 'addToFavorites', { renderId }, { as }));
      else done('delete', await mutate(app, 'deleteRenders', { renderIds: [renderId] }, { as }));
    }
  }
}
