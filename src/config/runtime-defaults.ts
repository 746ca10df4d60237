import type { ReplicateModel, RuntimeConfiguration } from './runtime.js';

/** Stands where an operator's own price belongs; a production gateway with Stripe refuses to start on it. */
export const placeholderPriceIds: readonly string[] = ['price_starter_monthly', 'price_advanced_monthly'];

/** Takes words and any number of photos, and names aspect ratios and qualities as we do. */
const replicateModel: ReplicateModel = {
  model: 'openai/gpt-image-1.5',
  parameters: {
    prompt: 'prompt',
    photos: 'input_images',
    variants: 'number_of_images',
    aspectRatio: 'aspect_ratio',
    quality: 'quality',
  },
  fixed: { output_format: 'webp' },
};

/** The product as it comes. A file named by `ROOMFEED_CONFIG` is laid over it. */
export const runtimeDefaults: RuntimeConfiguration = {
  modes: ['redesign', 'staging', 'compose', 'imagine'],
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
  aspectRatios: ['1:1', '3:2', '2:3'],
  qualities: ['auto', 'low', 'medium', 'high'],
  defaults: { mode: 'redesign', aspectRatio: '1:1', quality: 'auto', variants: 2 },
  limits: {
    maxVariants: 3,
    maxUploadBytes: 15_000_000,
    maxUploadPixels: 50_000_000,
    acceptedContentTypes: ['image/jpeg', 'image/png', 'image/webp'],
    maxPromptLength: 1_000,
    maxCollections: 200,
  },
  uploads: { expireMinutes: 60, maxPending: 50 },
  retention: { unusedInputDays: 30, orphanGraceHours: 24 },
  prompts: { rejectedTerms: [] },
  nearLimitPercent: 80,
  stuckAfterMinutes: { processing: 10, starting: 60 },
  archiveJobsAfterDays: 90,
  webhookRecordsKeptDays: 90,
  signedUrls: { windowSeconds: 3_600 },
  cache: { maxBytes: 67_108_864, maxAgeSeconds: 60 },
  graphql: {
    maxBodyBytes: 1_048_576,
    maxTokens: 2_000,
    maxDepth: 15,
    maxAliases: 30,
    maxDirectives: 50,
    maxRootFields: 20,
    // A page of 100 renders with all their variants and pictures costs about 11,000.
    maxCost: 25_000,
    requestTimeoutSeconds: 30,
  },
  replicate: {
    models: {
      // People must know their own room again.
      redesign: { ...replicateModel, fixed: { ...replicateModel.fixed, input_fidelity: 'high' } },
      staging: { ...replicateModel, fixed: { ...replicateModel.fixed, input_fidelity: 'high' } },
      compose: replicateModel,
      imagine: replicateModel,
    },
  },
  subscriptions: { maxPerPerson: 20, maxPerProcess: 10_000, pollSeconds: 5 },
  plans: {
    free: {
      id: 'free',
      label: 'Free',
      priceId: null,
      priceCents: 0,
      currency: 'aud',
      interval: null,
      monthlyGenerations: 20,
      maxConcurrentJobs: 1,
      features: ['20 generations a month', 'Every room type and style', 'Up to 3 variants a render'],
    },
    starter: {
      id: 'starter',
      label: 'Starter',
      priceId: 'price_starter_monthly',
      priceCents: 1_900,
      currency: 'aud',
      interval: 'month',
      monthlyGenerations: 150,
      maxConcurrentJobs: 1,
      features: [
        '150 generations a month',
        'Every room type and style',
        'Up to 3 variants a render',
        'Cancel at any time',
      ],
    },
    advanced: {
      id: 'advanced',
      label: 'Advanced',
      priceId: 'price_advanced_monthly',
      priceCents: 4_900,
      currency: 'aud',
      interval: 'month',
      monthlyGenerations: 600,
      maxConcurrentJobs: 1,
      features: [
        '600 generations a month',
        'Every room type and style',
        'Up to 3 variants a render',
        'Cancel at any time',
      ],
    },
  },
};
