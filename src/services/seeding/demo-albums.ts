import type { SeedRow } from '../../database/seed/tables.js';
import { demoCollections, demoCommunity, demoFavorites, demoRenders, type DemoRender } from './demo-content.js';
import type { PlannedRender } from './demo-jobs.js';
import { minute, type DemoSetting } from './demo-setting.js';

export interface PlannedCommunityItem {
  readonly id: string;
  readonly collectionId: string;
  readonly render: PlannedRender;
  readonly imageKey: string;
  readonly thumbKey: string;
  readonly orderIndex: number;
  readonly createdAt: Date;
}

/** What renders are gathered in: the demo user's collections, and the gallery. */
export interface DemoAlbums {
  readonly collections: readonly SeedRow<'collections'>[];
  readonly items: readonly SeedRow<'collection_items'>[];
  /** Of the default favorites, whose ids the database makes. */
  readonly favorites: readonly { readonly ownerId: string; readonly renderId: string; readonly addedAt: Date }[];
  readonly communityCollections: readonly SeedRow<'community_collections'>[];
  readonly communityItems: readonly PlannedCommunityItem[];
}

export function planAlbums(setting: DemoSetting, renders: ReadonlyMap<DemoRender, PlannedRender>): DemoAlbums {
  const { people, nextId, ago, notLater } = setting;
  const renderOf = (source: DemoRender | undefined): PlannedRender => {
    const render = source === undefined ? undefined : renders.get(source);
    if (render === undefined) throw new Error('The demo content names a render that it does not have.');
    return render;
  };

  const collections = demoCollections.map(({ name, ageDays, renders: positions }) => {
    const id = nextId();
    const createdAt = ago(ageDays);
    const items = positions.map((position, i): SeedRow<'collection_items'> => {
      const render = renderOf(demoRenders[position]);
      const since = Math.max(createdAt.getTime(), render.createdAt.getTime());
      const addedAt = notLater(new Date(since + (positions.length - i) * 20_000));
      return { collection_id: id, render_id: render.id, owner_id: people.demo, added_at: addedAt };
    });
    return { row: { id, owner_id: people.demo, name, created_at: createdAt }, items };
  });

  const community = demoCommunity.map((collection, position) => {
    const id = nextId();
    const published = collection.renders.map(renderOf);
    const row: SeedRow<'community_collections'> = {
      id,
      title: collection.title,
      description: collection.description,
      is_featured: collection.featured,
      order_index: position,
      created_at: new Date(Math.min(...published.map(({ createdAt }) => createdAt.getTime()))),
    };
    const items = published.map((render, orderIndex): PlannedCommunityItem => {
      const itemId = nextId();
      return {
        id: itemId,
        collectionId: id,
        render,
        imageKey: `community/${itemId}/v1.webp`,
        thumbKey: `community/${itemId}/v1_thumb.webp`,
        orderIndex,
        createdAt: new Date(render.createdAt.getTime() + 60 * minute),
      };
    });
    return { row, items };
  });

  return {
    collections: collections.map(({ row }) => row),
    items: collections.flatMap(({ items }) => items),
    favorites: demoFavorites.map((position) => {
      const { id, createdAt } = renderOf(demoRenders[position]);
      return { ownerId: people.demo, renderId: id, addedAt: notLater(new Date(createdAt.getTime() + 2 * minute)) };
    }),
    communityCollections: community.map(({ row }) => row),
    communityItems: community.flatMap(({ items }) => items),
  };
}
