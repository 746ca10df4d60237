/** How the presets that the product comes with are described to an image model. */

export interface RoomWording {
  /** As it is called in the middle of a sentence. */
  readonly name: string;
  /** What belongs into it: a sentence. */
  readonly needs: string;
}

const rooms: Readonly<Record<string, RoomWording>> = {
  living_room: {
    name: 'living room',
    needs: 'It has comfortable seating around a low table, a rug that holds the group together, layered lamps and something to look at on the walls.',
  },
  kitchen: {
    name: 'kitchen',
    needs: 'It has benchtops and cabinetry in one language, a splashback, room to prepare food, good task lighting and few things on the bench.',
  },
  bedroom: {
    name: 'bedroom',
    needs: 'It has a well-made bed as its centre, bedside tables with lamps, soft textiles and a calm, uncluttered air.',
  },
  bathroom: {
    name: 'bathroom',
    needs: 'It has a vanity with basin and mirror, tiles, tapware in one finish, folded towels and even, flattering light.',
  },
  dining_room: {
    name: 'dining room',
    needs: 'It has a table with matching chairs and room to push them back, a pendant low over the table and a simple setting.',
  },
  home_office: {
    name: 'home office',
    needs: 'It has a desk in good light, an ergonomic chair, closed and open storage, and a tidy worktop.',
  },
  alfresco: {
    name: 'alfresco area',
    needs: 'It is a covered outdoor room: weatherproof furniture for eating and lounging, a barbecue, planting, and the garden beyond.',
  },
  granny_flat: {
    name: 'granny flat',
    needs: 'It is a small self-contained home in one room: compact kitchenette, sofa, dining for two and clever storage, and it feels larger than it is.',
  },
};

const styles: Readonly<Record<string, string>> = {
  coastal_au:
    'light and breezy as an Australian beach house, with white and sandy tones, washed timber, linen, rattan and touches of sea blue',
  contemporary_au:
    'relaxed Australian architecture of today, with warm neutrals, spotted gum, terracotta, sage and eucalyptus greens, and a close tie to the garden',
  modern: 'clean lines and few, strong pieces, with charcoal, white and walnut, slim metal, and one or two confident accents',
  minimal: 'quiet and reduced, with off-whites and stone, pale timber, concealed storage and nothing that is not needed',
  scandi: 'bright and homely, with white walls, light oak, wool and cotton, soft greys and muted pastels',
  japandi: 'Japanese restraint and Scandinavian warmth, with low furniture, natural oak and dark timber, clay and linen tones, handmade ceramics',
  midcentury: 'the nineteen-fifties and sixties, with teak and walnut, tapered legs, brass, mustard, teal and burnt orange, and graphic patterns',
  industrial: 'a converted warehouse, with brick, concrete, blackened steel, worn leather, reclaimed timber and filament bulbs',
  hamptons_au:
    'the Hamptons as Australians build them, with panelled white walls, soft blue-greys and navy, plantation shutters, linen and polished timber',
};

/** Null for a room type that an operator added. */
export const roomWording = (id: string): RoomWording | null => (Object.hasOwn(rooms, id) ? (rooms[id] ?? null) : null);

/** What the style looks like, to stand after its name; null for one that an operator added. */
export const styleWording = (id: string): string | null => (Object.hasOwn(styles, id) ? (styles[id] ?? null) : null);
