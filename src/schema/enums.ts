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
    AUTO: { value: 'auto' satisfies QualityValue },
    LOW: { value: 'low' satisfies QualityValue },
    MEDIUM: { value: 'medium' satisfies QualityValue },
    HIGH: { value: 'high' satisfies QualityValue },
  },
});

export const JobStatus = builder.enumType('JobStatus', {
  description: 'A job moves forward only: starting, processing, then one of the other three.',
  values: {
    STARTING: { value: 'starting' },
    PROCESSING: { value: 'processing' },
    SUCCEEDED: { value: 'succeeded' },
    FAILED: { value: 'failed' },
    CANCELED: { value: 'canceled' },
  },
});

export const JobErrorCode = builder.enumType('JobErrorCode', {
  description: 'Why a job failed.',
  values: {
    PROVIDER_FAILED: { value: 'provider_failed' },
    PROVIDER_REJECTED: { value: 'provider_rejected' },
    TIMED_OUT: { value: 'timed_out' },
    INPUT_UNREADABLE: { value: 'input_unreadable' },
    INTERNAL: { value: 'internal' },
  },
});

export const OrderDirection = builder.enumType('OrderDirection', {
  values: {
    ASC: { value: 'asc', description: 'Oldest first.' },
    DESC: { value: 'desc', description: 'Newest first.' },
  },
});

export const ImageSize = builder.enumType('ImageSize', {
  values: {
    THUMBNAIL: { value: 'thumbnail', description: 'For lists.' },
    FULL: { value: 'full', description: 'As it was made.' },
  },
});

export const UsageKind = builder.enumType('UsageKind', {
  values: {
    GENERATION_DEBIT: { value: 'generation_debit', description: 'A generation was submitted.' },
    GENERATION_REFUND: { value: 'generation_refund', description: 'A debit was given back.' },
    CREDIT_ADJUSTMENT: { value: 'credit_adjustment', description: 'An administrator granted generations.' },
  },
});

export const BillingInterval = builder.enumType('BillingInterval', {
  values: { MONTH: { value: 'month' }, YEAR: { value: 'year' } },
});

export const Role = builder.enumType('Role', {
  values: { USER: { value: 'user' }, ADMIN: { value: 'admin', description: 'Curates the community and helps users.' } },
});

export const AccountStatus = builder.enumType('AccountStatus', {
  values: {
    ACTIVE: { value: 'active' },
    SUSPENDED: { value: 'suspended', description: 'May read and not write.' },
  },
});

export const CommunitySourceType = builder.enumType('CommunitySourceType', {
  values: {
    INTERNAL: { value: 'internal', description: 'A render that was published; its picture is a copy.' },
    EXTERNAL: { value: 'external', description: 'A picture from elsewhere.' },
  },
});

/** The codes of `UserError`, in the order of the contract. */
export const UserErrorCode = builder.enumType('UserErrorCode', {
  description: 'Why a request was refused; the message says it in words.',
  values: {
    INVALID_INPUT: {},
    NOT_FOUND: {},
    FAVORITES_PROTECTED: { description: 'The default favorites may be neither renamed nor deleted.' },
    COLLECTION_LIMIT_REACHED: {},
    QUOTA_EXCEEDED: { description: "The month's generations are used up." },
    TOO_MANY_IN_FLIGHT: { description: "As many jobs as the plan allows are starting or processing." },
    IDEMPOTENCY_CONFLICT: { description: 'The key was used before, with another input.' },
    JOB_NOT_CANCELABLE: {},
    ACCESS_SUSPENDED: { description: 'The account may read and not write.' },
    STALE_ORDER: { description: 'The list changed since it was read.' },
    FILE_TOO_LARGE: {},
    UNSUPPORTED_FILE_TYPE: {},
    UPLOAD_MISSING: {},
    UNREADABLE_IMAGE: {},
    PROMPT_REJECTED: {},
    BILLING_UNAVAILABLE: {},
    PLAN_UNCHANGED: {},
    UNKNOWN_PLAN: {},
    NO_SUBSCRIPTION: {},
  } as const,
});
