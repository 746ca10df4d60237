import type { z } from 'zod';
import type { ConfigurationFault } from './faults.js';

/** Every environment variable that the gateway knows. `.env.example` explains each. */
export const variableNames = [
  'NODE_ENV',
  'HOST',
  'PORT',
  'PUBLIC_URL',
  'CORS_ORIGINS',
  'RETURN_ORIGINS',
  'GRAPHIQL',
  'TRUSTED_DOCUMENTS',
  'AD_HOC_OPERATIONS',
  'LOG_LEVEL',
  'LOOK_AHEAD',
  'COMPILED_EXECUTION',
  'CACHE',
  'SHUTDOWN_GRACE_SECONDS',
  'WORKER',
  'WORKER_CONCURRENCY',
  'ROOMFEED_DATA_DIR',
  'ROOMFEED_CONFIG',
  'DATABASE_URL',
  'DATABASE_SERVICE_URL',
  'DATABASE_OWNER_URL',
  'DATABASE_POOL_MAX',
  'JWT_SECRET',
  'JWKS_URL',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
  'STORAGE_URL',
  'ASSET_SIGNING_SECRET',
  'ASSET_SIGNING_PREVIOUS_SECRET',
  'STORAGE_ACCESS_KEY',
  'STORAGE_SECRET_KEY',
  'STORAGE_REGION',
  'STORAGE_TLS',
  'STORAGE_PUBLIC_URL',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'STRIPE_WEBHOOK_PREVIOUS_SECRET',
  'STRIPE_API_BASE',
  'REPLICATE_API_TOKEN',
  'REPLICATE_WEBHOOK_SECRET',
  'REPLICATE_WEBHOOK_PREVIOUS_SECRET',
  'REPLICATE_API_BASE',
] as const;

export type VariableName = (typeof variableNames)[number];

/** What a process is started with; `process.env` has this shape. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Reads variables one by one and collects what is wrong with them, instead of stopping at the first. */
export interface Variables {
  /** Whether the variable is there. One that holds only white space is not: compose files pass unset ones as empty. */
  has(name: VariableName): boolean;
  /** The parsed value; null where it is absent or wrong. A wrong one is a fault, with the schema's own message. */
  read<Value>(name: VariableName, schema: z.ZodType<Value, string>): Value | null;
  /** Reports a fault that no single schema sees. */
  fault(name: VariableName, problem: string): void;
  readonly faults: readonly ConfigurationFault[];
}

export function createVariables(environment: EnvironmentVariables): Variables {
  const faults: ConfigurationFault[] = [];
  const textOf = (name: VariableName): string | null => environment[name]?.trim() || null;
  return {
    faults,
    has: (name) => textOf(name) !== null,
    read(name, schema) {
      const text = textOf(name);
      if (text === null) return null;
      const parsed = schema.safeParse(text);
      if (parsed.success) return parsed.data;
      faults.push({ name, problem: parsed.error.issues[0]?.message ?? 'is wrong' });
      return null;
    },
    fault(name, problem) {
      faults.push({ name, problem });
    },
  };
}
