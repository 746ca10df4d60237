import { z } from 'zod';
import { text } from '../values.js';
import type { Variables } from '../variables.js';

const adHocOperations = ['everyone', 'administrators', 'nobody'] as const;
const adHocOperation = z.enum(adHocOperations, { error: `must be one of ${adHocOperations.join(', ')}` });

/** Who may send operations that the manifest of trusted documents does not hold. */
export type AdHocOperations = (typeof adHocOperations)[number];

/** Which operations the gateway takes. */
export interface OperationSettings {
  /** The path of the manifest of trusted documents, as given: it may be relative. Null: nothing is trusted. */
  readonly manifest: string | null;
  readonly adHoc: AdHocOperations;
}

export function parseOperations(variables: Variables, production: boolean): OperationSettings {
  const manifest = variables.read('TRUSTED_DOCUMENTS', text);
  const asked = variables.read('AD_HOC_OPERATIONS', adHocOperation);
  if (manifest === null && asked !== null && asked !== 'everyone') {
    variables.fault(
      'AD_HOC_OPERATIONS',
      `is "${asked}" without TRUSTED_DOCUMENTS, and users could ask for nothing; name a manifest there, or take this out`,
    );
  }
  return { manifest, adHoc: asked ?? (manifest !== null && production ? 'administrators' : 'everyone') };
}
