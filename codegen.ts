import type { CodegenConfig } from '@graphql-codegen/cli';

/**
 * Typed documents from schema.graphql: `npm run codegen`. Each operation in test/documents/ becomes a constant that knows
 * its variables, its data and its id; persisted-documents.json is the manifest that a gateway trusts them by
 * (docs/trusted-documents.md). A client does the same with a copy of schema.graphql and documents of its own.
 */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'test/documents/*.graphql',
  emitLegacyCommonJSImports: false,
  importExtension: '.js',
  generates: {
    'test/support/generated/': {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
      },
      config: {
        // What is sent is text; no parser is needed where documents are used.
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        immutableTypes: true,
        // As JSON carries them. A scalar that is missing here is an error, and not `any`.
        strictScalars: true,
        defaultScalarType: 'unknown',
        scalars: {
          DateTime: 'string',
          JSONObject: 'Record<string, unknown>',
          SafeInt: 'number',
          URL: 'string',
          UUID: 'string',
        },
      },
    },
  },
};

export default config;
