import type { AspectRatio as AspectRatioValue, Mode as ModeValue, Quality as QualityValue } from '../config/runtime.js';
import { builder } from './builder.js';

export const Mode = builder.enumType('Mode', {
  description: 'What is asked of the picture.',
  values: {
    REDESIGN: { value: 'redesign' satisfies ModeValue, description: 'A photo of a room, restyled.' },
    STAGING: { value: 'staging' satisfies ModeValue, description: 'A photo of an empty room, furnished.' },
    COMPOSE: { value: 'compose' satisfies ModeValue, description: 'Two photos, brought together.' },
    IMAGINE: { value: 'imagine' satisfies ModeValue, description: 'A room from words alone.' },
  },
});

export const AspectRatio = builder.enumType('AspectRatio', {
  description: 'Width to height.',
  values: {
    RATIO_1_1: { value: '1:1' satisfies AspectRatioValue, description: 'Square.' },
    RATIO_3_2: { value: '3:2' satisfies AspectRatioValue, description: 'Landscape.' },
    RATIO_2_3: { value: '2:3' satisfies AspectRatioValue, description: 'Portrait.' },
  },
});

export const Quality = builder.enumType('Quality', {
  description: 'How much work goes into a picture.',
  values: {
    AUTO: { value: 'auto' satisfies QualityValue, description: 'As the mode needs it.' },
    LOW: { value: 'low' satisfies QualityValue, description: 'Quick, for trying out.' },
    MEDIUM: { value: 'medium' satisfies QualityValue, description: 'For most rooms.' },
    HIGH: { value: 'high' satisfies QualityValue, description: 'Slow, for the final picture.' },
  },
});

export const JobStatus = builder.enumType('JobStatus', {
  description: 'A job moves forward only: starting, processing, then one of the other three.',
  values: {
    STARTING: { value: 'starting', description: 'Submitted and charged; no work has begun.' },
    PROCESSING: { value: 'processing', description: 'Being worked on; see `progress`.' },
    SUCCEEDED: { value: 'succeeded', description: 'Done; `render` is what came of it.' },
    FAILED: { value: 'failed', description: 'It came to nothing, and its charge was given back; see `error`.' },
    CANCELED: { value: 'canceled', description: 'Its owner called it off.' },
  },
});

export const JobErrorCode = builder.enumType('JobErrorCode', {
  description: 'Why a job failed.',
  values: {
    PROVIDER_FAILED: { value: 'provider_failed', description: 'The image model failed.' },
    PROVIDER_REJECTED: { value: 'provider_rejected', description: 'The image model refused the input.' },
    TIMED_OUT: { value: 'timed_out', description: 'It took too long.' },
    INPUT_UNREADABLE: { value: 'input_unreadable', description: 'A photo could not be read.' },
    INTERNAL: { value: 'internal', description: 'A fault on our side.' },
  },
});

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of a list comes first.',
  values: {
    ASC: { value: 'asc', description: 'Oldest first.' },
    DESC: { value: 'desc', description: 'Newest first.' },
  },
});

export const ImageSize = builder.enumType('ImageSize', {
  description: 'A picture comes in two sizes.',
  values: {
    THUMBNAIL: { value: 'thumbnail', description: 'For lists.' },
    FULL: { value: 'full', description: 'As it was made.' },
  },
});

export const UsageKind = builder.enumType('UsageKind', {
  description: 'What a line of the ledger stands for.',
  values: {
    GENERATION_DEBIT: { value: 'generation_debit', description: 'A generation was submitted.' },
    GENERATION_REFUND: { value: 'generation_refund', description: 'A debit was given back.' },
    CREDIT_ADJUSTMENT: { value: 'credit_adjustment', description: 'An administrator granted generations.' },
  },
});

export const Severity = builder.enumType('Severity', {
  description: 'How much something matters.',
  values: {
    CRITICAL: { value: 'critical', description: 'It loses money, pictures or privacy.' },
    WARNING: { value: 'warning', description: 'It will, if nobody looks.' },
    INFO: { value: 'info', description: 'To know.' },
  } as const,
});

export const PlanChangeKind = builder.enumType('PlanChangeKind', {
  description: 'Which way a change of the plan goes.',
  values: {
    UPGRADE: { value: 'upgrade', description: 'To a plan that gives more; in force at once.' },
    DOWNGRADE: { value: 'downgrade', description: 'To a plan that gives less; in force when the period ends.' },
    NONE: { value: 'none', description: 'To the plan that is in force already.' },
  } as const,
});

export const BillingInterval = builder.enumType('BillingInterval', {
  description: 'How often a plan is paid for.',
  values: { MONTH: { value: 'month', description: 'Paid by the month.' }, YEAR: { value: 'year', description: 'Paid by the year.' } },
});

export const Role = builder.enumType('Role', {
  description: 'What an account may do.',
  values: { USER: { value: 'user', description: 'Uses the app.' }, ADMIN: { value: 'admin', description: 'Curates the community and helps users.' } },
});

export const AccountStatus = builder.enumType('AccountStatus', {
  description: 'Whether an account may write.',
  values: {
    ACTIVE: { value: 'active', description: 'May read and write.' },
    SUSPENDED: { value: 'suspended', description: 'May read and not write.' },
  },
});

export const CommunitySourceType = builder.enumType('CommunitySourceType', {
  description: 'Where a look\'s picture comes from.',
  values: {
    INTERNAL: { value: 'internal', description: 'A render that was published; its picture is a copy.' },
    EXTERNAL: { value: 'external', description: 'A picture from elsewhere.' },
  },
});

/** The codes of `UserError`, in the order of the contract. */
export const UserErrorCode = builder.enumType('UserErrorCode', {
  description: 'Why a request was refused; the message says it in words.',
  values: {
    INVALID_INPUT: { description: 'Some of the input is wrong; `issues` says what.' },
    NOT_FOUND: { description: 'There is no such object, or it is not yours.' },
    FAVORITES_PROTECTED: { description: 'The default favorites may be neither renamed nor deleted.' },
    COLLECTION_LIMIT_REACHED: { description: 'The account has as many collections as it may have.' },
    QUOTA_EXCEEDED: { description: "The month's generations are used up." },
    TOO_MANY_IN_FLIGHT: { description: "As many jobs as the plan allows are starting or processing." },
    IDEMPOTENCY_CONFLICT: { description: 'The key was used before, with another input.' },
    JOB_NOT_CANCELABLE: { description: 'The job has come to its end.' },
    ACCESS_SUSPENDED: { description: 'The account may read and not write.' },
    STALE_ORDER: { description: 'The list changed since it was read.' },
    FILE_TOO_LARGE: { description: 'The photo has more bytes than a photo may have.' },
    UNSUPPORTED_FILE_TYPE: { description: 'The photo is of a type that is not taken.' },
    UPLOAD_MISSING: { description: 'Nothing was uploaded, or it is not there any more.' },
    UNREADABLE_IMAGE: { description: 'What was uploaded cannot be read as a picture.' },
    PROMPT_REJECTED: { description: 'The prompt asks for what is not drawn.' },
    BILLING_UNAVAILABLE: { description: 'The payment service does not answer, or is not set up.' },
    PLAN_UNCHANGED: { description: 'That is the plan already.' },
    UNKNOWN_PLAN: { description: 'There is no such plan.' },
    NO_SUBSCRIPTION: { description: 'There is no subscription to change.' },
    ALREADY_SUBSCRIBED: { description: 'There is a subscription already; it is changed, and no second one taken out.' },
    PAYMENT_DECLINED: { description: 'The payment was declined; the plan is as it was.' },
  } as const,
});
