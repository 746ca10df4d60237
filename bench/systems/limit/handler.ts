import type { AssetUrls, thumbnailSize } from '../../gateway/pictures.ts';
import type { Query } from './scoped-pool.ts';

export interface Statement {
  /** Prepared under this name. */
  readonly name: string;
  readonly text: string;
}

export interface Tools {
  /** Times come as text. */
  readonly query: Query;
  readonly signed: AssetUrls['signed'];
  readonly publicUrl: AssetUrls['public'];
  readonly thumbnailSize: typeof thumbnailSize;
}

/** One operation: what came in the body, and what goes back as JSON. */
export type Handler<Asked> = (asked: Asked, viewer: string, tools: Tools) => Promise<unknown>;
