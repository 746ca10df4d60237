import type { PlanConfiguration } from '../config/runtime.js';
import { builder } from './builder.js';
import { BillingInterval } from './enums.js';
import { sendsNothing, sharesStatement } from './statements.js';

export const Plan = builder.objectRef<PlanConfiguration>('Plan').implement({
  description: 'What an account may do in a month, and for how much.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Such as "free".' }),
    label: t.exposeString('label', { description: 'For people.' }),
    monthlyGenerations: t.exposeInt('monthlyGenerations', { description: 'Generations in a UTC calendar month.' }),
    maxConcurrentJobs: t.exposeInt('maxConcurrentJobs', { description: 'Jobs that may be starting or processing at once.' }),
    priceCents: t.exposeInt('priceCents', { description: 'In hundredths of the currency, for each interval.' }),
    currency: t.exposeString('currency', { description: 'ISO 4217, in lower case.' }),
    interval: t.expose('interval', { type: BillingInterval, nullable: true, description: 'Null for a free plan.' }),
    features: t.stringList({ description: 'What it brings, in words.', resolve: ({ features }) => features }),
    isCurrent: t.boolean({
      // The loader's one key is the viewer.
      ...sharesStatement('priceByProfile'),
      description: 'Whether it is your plan now; false for an anonymous caller.',
      resolve: async ({ id }, _args, { viewer, loaders, services }) => {
        if (viewer === null) return false;
        const price = await loaders.priceByProfile.load(viewer.id);
        return price !== null && services.presets.planOfProfile(price).id === id;
      },
    }),
  }),
});

builder.queryField('plans', (t) =>
  t.field({
    type: [Plan],
    ...sendsNothing,
    description: 'What can be had, cheapest first. Open to everyone.',
    resolve: (_root, _args, { services }) => services.presets.plans(),
  }),
);
