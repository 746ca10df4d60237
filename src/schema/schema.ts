import type { GraphQLSchema } from 'graphql';
import './scalars.js';
import './user-errors.js';
import './viewer.js';
import './profile.js';
import './account-erasure.js';
import './render.js';
import './collection.js';
import './generation-job.js';
import './usage.js';
import './upload.js';
import './generation.js';
import './live.js';
import './credits.js';
import './cleanup.js';
import './storage-usage.js';
import './community.js';
import './community-curation.js';
import './presets.js';
import './plan.js';
import './billing.js';
import './admin.js';
import './data-validation.js';
import './node.js';
import { builder } from './builder.js';
import { withFreshLoaders } from './fresh-loaders.js';
import { withPlainFields } from './plain-fields.js';

/** Types hold no state of an app, so that several apps of one process share them. */
let schema: GraphQLSchema | undefined;

/** The whole schema. `schema.graphql` is its printed form. */
export function createSchema(): GraphQLSchema {
  return (schema ??= withFreshLoaders(withPlainFields(builder.toSchema())));
}
