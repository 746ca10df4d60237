import { randomUUID } from 'node:crypto';

/** What a gateway has heard of changes, for tests that wait for a notice instead of for some time. */
export interface HeardNotices {
  /** To be told of each notice that was obeyed. */
  onNotice(payload: string): void;
  /** Resolves when a notice with this payload comes; what came before does not count. */
  next(payload: string): Promise<void>;
}

export function createHeardNotices(): HeardNotices {
  const waiting = new Map<string, () => void>();
  return {
    onNotice(payload) {
      waiting.get(payload)?.();
      waiting.delete(payload);
    },
    next: (payload) => new Promise((resolve) => waiting.set(payload, resolve)),
  };
}

/**
 * A notice of our own: it names a person whom nobody knows, so that it drops nothing. Notices arrive in the order of their
 * commits; when it is heard, everything that was committed before it was sent has been heard too.
 */
export const marker = (): string => `owner:${randomUUID()}`;

export const sendNotice = "select pg_notify('roomfeed_changes', $1)";
