import { createTestApp, type TestApp } from './support/app.js';
import { read } from './support/read.js';
import { createSeed, type Seed } from './support/seed.js';

const presets = `{ presets {
  modes roomTypes { id label } styles { id label } aspectRatios qualities
  defaults { mode aspectRatio quality variants }
  limits { maxVariants maxUploadBytes acceptedContentTypes maxPromptLength maxCollections } } }`;
const plans = '{ plans { id label monthlyGenerations maxConcurrentJobs priceCents currency interval features isCurrent } }';

describe('as it comes, the gateway', () => {
  let gateway: TestApp;
  let seed: Seed;

  beforeAll(async () => {
    gateway = await createTestApp();
    seed = await createSeed(gateway);
  });
  afterAll(async () => {
    await seed.close();
    await gateway.close();
  });

  it('offers its presets, defaults and limits to everyone', async () => {
    expect(await read(gateway, presets)).toEqual({
      presets: {
        modes: ['REDESIGN', 'STAGING', 'COMPOSE', 'IMAGINE'],
        roomTypes: [
          { id: 'living_room', label: 'Living room' },
          { id: 'kitchen', label: 'Kitchen' },
          { id: 'bedroom', label: 'Bedroom' },
          { id: 'bathroom', label: 'Bathroom' },
          { id: 'dining_room', label: 'Dining room' },
          { id: 'home_office', label: 'Home office' },
          { id: 'alfresco', label: 'Alfresco' },
          { id: 'granny_flat', label: 'Granny flat' },
        ],
        styles: [
          { id: 'coastal_au', label: 'Coastal Australian' },
          { id: 'contemporary_au', label: 'Contemporary Australian' },
          { id: 'modern', label: 'Modern' },
          { id: 'minimal', label: 'Minimal' },
          { id: 'scandi', label: 'Scandinavian' },
          { id: 'japandi', label: 'Japandi' },
          { id: 'midcentury', label: 'Mid-century' },
          { id: 'industrial', label: 'Industrial' },
          { id: 'hamptons_au', label: 'Hamptons Australian' },
        ],
        aspectRatios: ['RATIO_1_1', 'RATIO_3_2', 'RATIO_2_3'],
        qualities: ['AUTO', 'LOW', 'MEDIUM', 'HIGH'],
        defaults: { mode: 'REDESIGN', aspectRatio: 'RATIO_1_1', quality: 'AUTO', variants: 2 },
        limits: {
          maxVariants: 3,
          maxUploadBytes: 15_000_000,
          acceptedContentTypes: ['image/jpeg', 'image/png', 'image/webp'],
          maxPromptLength: 1_000,
          maxCollections: 200,
        },
      },
    });
  });

  it('offers its plans to everyone, cheapest first, none of them an anonymous caller\'s', async () => {
    const { data, statements } = await gateway.ask<{ plans: object[] }>(plans);
    expect(data.plans).toEqual([
      {
        id: 'free',
        label: 'Free',
        monthlyGenerations: 20,
        maxConcurrentJobs: 1,
        priceCents: 0,
        currency: 'aud',
        interval: null,
        features: expect.any(Array),
        isCurrent: false,
      },
      expect.objectContaining({ id: 'starter', monthlyGenerations: 150, maxConcurrentJobs: 1, priceCents: 1_900, interval: 'MONTH', isCurrent: false }),
      expect.objectContaining({ id: 'advanced', monthlyGenerations: 600, maxConcurrentJobs: 1, priceCents: 4_900, interval: 'MONTH', isCurrent: false }),
    ]);
    expect(statements).toEqual([]);
  });

  it('tells which plan is one\'s own, for all of them with one statement', async () => {
    const person = await gateway.signUp();
    await seed.sql(`update profiles set price_id = 'price_starter_monthly', has_access = true where id = $1`, [person.id]);
    const { data, statements } = await gateway.ask('{ plans { id isCurrent } again: plans { isCurrent } }', { as: person });
    expect(data).toEqual({
      plans: [
        { id: 'free', isCurrent: false },
        { id: 'starter', isCurrent: true },
        { id: 'advanced', isCurrent: false },
      ],
      again: [{ isCurrent: false }, { isCurrent: true }, { isCurrent: false }],
    });
    expect(statements).toHaveLength(1);
  });

  it('means the present by "current", also in a statement of the past', async () => {
    const person = await gateway.signUp();
    await seed.sql(`update profiles set created_at = '2024-01-01Z', price_id = 'price_advanced_monthly', has_access = true where id = $1`, [person.id]);
    const query = '{ viewer { usage(asOf: "2024-02-03T04:05:06Z") { plan { id isCurrent } } } }';
    expect(await read(gateway, query, { as: person })).toEqual({ viewer: { usage: { plan: { id: 'free', isCurrent: false } } } });
  });
});

describe('with a configuration laid over it, the gateway', () => {
  let gateway: TestApp;

  beforeAll(async () => {
    gateway = await createTestApp({
      runtime: {
        modes: ['redesign', 'imagine'],
        styles: [{ id: 'baroque', label: 'Baroque' }],
        defaults: { variants: 1, quality: 'low' },
        limits: { maxVariants: 2 },
        plans: {
          free: { monthlyGenerations: 50, maxConcurrentJobs: 1_000 },
          advanced: null,
          yearly: {
            label: 'A whole year',
            priceId: 'price_yearly',
            priceCents: 12_000,
            currency: 'eur',
            interval: 'year',
            monthlyGenerations: 90,
            maxConcurrentJobs: 3,
            features: ['Cheaper by the month'],
          },
        },
      },
    });
  });
  afterAll(() => gateway.close());

  it('offers what that says, and the rest as before', async () => {
    expect(await read(gateway, presets)).toMatchObject({
      presets: {
        modes: ['REDESIGN', 'IMAGINE'],
        roomTypes: expect.arrayContaining([{ id: 'kitchen', label: 'Kitchen' }]),
        styles: [{ id: 'baroque', label: 'Baroque' }],
        defaults: { mode: 'REDESIGN', aspectRatio: 'RATIO_1_1', quality: 'LOW', variants: 1 },
        limits: { maxVariants: 2, maxUploadBytes: 15_000_000 },
      },
    });
  });

  it('has those plans, by their price a month', async () => {
    const { plans: found } = await read<{ plans: object[] }>(gateway, plans);
    expect(found).toEqual([
      expect.objectContaining({ id: 'free', label: 'Free', monthlyGenerations: 50, maxConcurrentJobs: 1_000 }),
      {
        id: 'yearly',
        label: 'A whole year',
        monthlyGenerations: 90,
        maxConcurrentJobs: 3,
        priceCents: 12_000,
        currency: 'eur',
        interval: 'YEAR',
        features: ['Cheaper by the month'],
        isCurrent: false,
      },
      expect.objectContaining({ id: 'starter', label: 'Starter' }),
    ]);
  });

  it('filters by those presets, and holds usage to those limits', async () => {
    const person = await gateway.signUp();
    const query = `{ viewer { renders(filter: { styles: ["baroque"] }) { totalCount } usage { monthlyLimit } } }`;
    expect(await read(gateway, query, { as: person })).toEqual({
      viewer: { renders: { totalCount: 0 }, usage: { monthlyLimit: 50 } },
    });
  });
});
