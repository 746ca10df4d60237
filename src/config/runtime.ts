/** The product's own configuration: modes, presets, defaults, limits and plans. Every value may be overlaid by a file. */

export type Mode = 'redesign' | 'staging' | 'compose' | 'imagine';
export type AspectRatio = '1:1' | '3:2' | '2:3';
export type Quality = 'auto' | 'low' | 'medium' | 'high';

export interface PresetConfiguration {
  readonly id: string;
  readonly label: string;
}

export interface PlanConfiguration {
  readonly id: string;
  readonly label: string;
  /** Stripe's price; absent for `free`. */
  readonly priceId: string | null;
  readonly priceCents: number;
  /** ISO 4217, lower case, as Stripe writes it. */
  readonly currency: string;
  readonly interval: 'month' | 'year' | null;
  readonly monthlyGenerations: number;
  readonly maxConcurrentJobs: number;
  readonly features: readonly string[];
}

/** What one GraphQL request may ask for; each is checked before anything is executed. */
export interface GraphqlLimits {
  readonly maxBodyBytes: number;
  readonly maxTokens: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
  readonly maxRootFields: number;
  /** Fields, multiplied by the length of the lists that they are in. */
  readonly maxCost: number;
  readonly requestTimeoutSeconds: number;
}

/** A model at Replicate, and what its input calls what we send. A parameter that is null is one that the model has not. */
export interface ReplicateModel {
  /** owner/name for the newest version of an official model, owner/name:version for any other. */
  readonly model: string;
  readonly parameters: {
    readonly prompt: string;
    /** One name takes the photos as a list; a list of names takes a photo each. Null for models of words alone. */
    readonly photos: string | readonly string[] | null;
    /** Null: it makes one picture at a time, whatever was asked for. */
    readonly variants: string | null;
    readonly aspectRatio: string | null;
    readonly quality: string | null;
  };
  /** Sent as it is with each request. */
  readonly fixed: Readonly<Record<string, string | number | boolean>>;
}

/** Event streams that are open at a time, and how often what they wait for is looked for. */
export interface SubscriptionLimits {
  readonly maxPerPerson: number;
  readonly maxPerProcess: number;
  /** Between looks for changes that no notice told of, on average. */
  readonly pollSeconds: number;
}

export interface RuntimeConfiguration {
  readonly modes: readonly Mode[];
  readonly roomTypes: readonly PresetConfiguration[];
  readonly styles: readonly PresetConfiguration[];
  readonly aspectRatios: readonly AspectRatio[];
  readonly qualities: readonly Quality[];
  readonly defaults: {
    readonly mode: Mode;
    readonly aspectRatio: AspectRatio;
    readonly quality: Quality;
    readonly variants: number;
  };
  readonly limits: {
    readonly maxVariants: number;
    readonly maxUploadBytes: number;
    /** Of a photo, width times height: what it takes to decode it is a few bytes for each. */
    readonly maxUploadPixels: number;
    readonly acceptedContentTypes: readonly string[];
    readonly maxPromptLength: number;
    readonly maxCollections: number;
  };
  readonly uploads: {
    /** How long a photo may take from its form to its completion. */
    readonly expireMinutes: number;
    /** Forms of a person that wait for their photo at a time. */
    readonly maxPending: number;
  };
  readonly retention: {
    /** A photo that no live render and no unfinished job uses is kept so long. */
    readonly unusedInputDays: number;
    /** So long at least pictures stay that nothing refers to, and bytes that no record knows of. */
    readonly orphanGraceHours: number;
  };
  readonly prompts: {
    /** Words and phrases that a prompt must not contain, beside those that are refused anyway; in any case, whole words. */
    readonly rejectedTerms: readonly string[];
  };
  /** Percentage of the allowance from which usage counts as near the limit. */
  readonly nearLimitPercent: number;
  readonly stuckAfterMinutes: { readonly processing: number; readonly starting: number };
  /** Jobs that came to their end longer ago leave the lists, and stay readable where something names them. */
  readonly archiveJobsAfterDays: number;
  /** So long an event of a provider that was processed is known again where it is delivered once more. */
  readonly webhookRecordsKeptDays: number;
  readonly signedUrls: {
    /** A signed URL is the same bytes for so long, and lives at least as long again. */
    readonly windowSeconds: number;
  };
  readonly cache: {
    /** What a process keeps of answers in its memory, at most. */
    readonly maxBytes: number;
    /** An answer is kept no longer, even where no notice of a change arrives. */
    readonly maxAgeSeconds: number;
  };
  readonly graphql: GraphqlLimits;
  readonly subscriptions: SubscriptionLimits;
  /** Which model makes what, where Replicate does. */
  readonly replicate: { readonly models: Readonly<Record<Mode, ReplicateModel>> };
  /** By plan id, cheapest first; `free` always exists. */
  readonly plans: Readonly<Record<string, PlanConfiguration>>;
}
