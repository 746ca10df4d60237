import { globalId } from '../seed.js';
import type { World } from './world.js';

/** An input with its ids by what they are of, and long texts cut. */
export function inWords({ people, gallery }: World, input: object): string {
  const called = new Map<string, string>();
  for (const { called: name, id, renders, albums } of Object.values(people)) {
    called.set(globalId('Profile', id), name);
    renders.forEach((render, index) => called.set(globalId('Render', render.id), `${name}'s render ${index}${gone(render)}`));
    albums.forEach((album, index) =>
      called.set(globalId('Collection', album.id), `${name}'s ${index === 0 ? 'favorites' : `collection ${index}`}${gone(album)}`),
    );
  }
  gallery.collections.forEach((one, index) => called.set(globalId('CommunityCollection', one.id), `gallery ${index}${gone(one)}`));
  gallery.looks.forEach((one, index) => called.set(globalId('CommunityItem', one.id), `look ${index}${gone(one)}`));
  return JSON.stringify(input, (_name, value: unknown) => {
    if (Array.isArray(value) && value.length > 20) return `${value.length} entries such as ${called.get(String(value[0]))}`;
    if (typeof value !== 'string') return value;
    return called.get(value) ?? (value.length > 60 ? `${value.slice(0, 20)}… (${value.length} units)` : value);
  });
}

const gone = ({ isGone }: { readonly isGone: boolean }): string => (isGone ? ', which is gone' : '');
