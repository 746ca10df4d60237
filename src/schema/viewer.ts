import { signedIn, type Viewer as SignedIn } from '../domain/viewer.js';
import { builder } from './builder.js';
import { sendsNothing } from './statements.js';

/** Everything of the person who asks. Each noun's file adds its own fields. */
export const Viewer = builder.objectRef<SignedIn>('Viewer').implement({
  description: 'You: your profile, your renders and collections, your usage. Costs nothing by itself.',
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    ...sendsNothing,
    description: 'The person who is signed in; null for an anonymous caller.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
);

/** What every payload of a person's own changes has. */
export const ChangePayload = builder.interfaceRef<object>('ChangePayload').implement({
  description: 'What a change of yours answers with.',
  fields: (t) => ({
    viewer: t.field({
      type: Viewer,
      ...sendsNothing,
      description: 'You, as everything of yours is after the change: counts, lists, statistics. Costs nothing by itself.',
      resolve: (_payload, _args, { viewer }) => signedIn(viewer),
    }),
  }),
});
