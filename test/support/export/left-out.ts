/** Columns that an export leaves out, each with the reason. A new one is exported (src/repositories/account-export.ts) or stands here. */
export const leftOutColumns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  profiles: {
    subscription_event_at: 'bookkeeping of webhooks: which event dictated the state',
    subscription_event_id: 'bookkeeping of webhooks: which event dictated the state',
  },
  plan_changes: {
    id: 'nothing refers to it',
    owner_id: 'the person, who is profile.jsonl',
    stripe_event_id: 'bookkeeping of webhooks',
  },
  account_status_changes: {
    id: 'nothing refers to it',
    owner_id: 'the person, who is profile.jsonl',
    reason: 'written for administrators, who are told that the person is not shown it',
    changed_by: 'another person',
  },
  usage_periods: { owner_id: 'the person, who is profile.jsonl' },
  usage_ledger: {
    owner_id: 'the person, who is profile.jsonl',
    idempotency_key: 'made by an app or an administrator to send something once',
  },
  assets: {
    owner_id: 'the person, who is profile.jsonl',
    kind: 'photos are exported from here, the pictures of renders with their variants',
    marked_at: 'what is marked is on its way out, or never came',
  },
  uploads: { owner_id: 'the person, who is profile.jsonl' },
  generation_jobs: {
    owner_id: 'the person, who is profile.jsonl',
    prediction_id: "the image model's own name for it",
    idempotency_key: 'made by an app to send something once',
    request_hash: 'how a submission that is sent twice is known',
  },
  renders: { owner_id: 'the person, who is profile.jsonl' },
  render_variants: {
    owner_id: 'the person, who is profile.jsonl',
    version: 'how the store tells an old picture from a new one',
  },
  collections: { owner_id: 'the person, who is profile.jsonl' },
  collection_items: { owner_id: 'the person, who is profile.jsonl' },
  community_items: {
    external_image_url: 'a look that is made from a render has none',
    image_path: "the public copy of a picture that is exported as the render's",
    thumb_path: "the public copy of a picture that is exported as the render's",
    width: "the public copy's",
    height: "the public copy's",
    byte_size: "the public copy's",
    content_type: "the public copy's",
    placeholder: "the public copy's",
  },
};

/** Tables of which nothing is exported, each with the reason. */
export const leftOutTables: Readonly<Record<string, string>> = {
  job_events: 'what is told of a job while it runs; kept for a day, and the job itself says how it ended',
  community_collections: "the curators', and public",
  plan_versions: "the product's, and public",
  webhook_events: 'what providers sent us; what of it concerns a person is in their profile',
  _prisma_migrations: "the database's own history",
};
