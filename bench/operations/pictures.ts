/** A picture as all systems answer it. */
export interface Picture {
  readonly url: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly placeholder: string | null;
}

/** Its fields, which have the same names everywhere. */
export const pictureFields = 'url width height placeholder';

/** Rows of a GraphQL connection. */
export interface Edges<Node> {
  readonly edges: readonly { readonly node: Node }[];
}

export interface Nodes<Node> {
  readonly nodes: readonly Node[];
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}
