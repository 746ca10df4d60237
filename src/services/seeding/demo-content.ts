import type { AspectRatio, Mode, Quality } from '../../config/runtime.js';

/** What the demo data says: rooms, words and times. How it becomes rows and pictures is in demo-plan.ts. */

export interface DemoRender {
  /** Before now: days, and minutes on top of them. */
  readonly ago: readonly [days: number, minutes: number];
  readonly mode: Mode;
  readonly room: string;
  readonly style: string;
  readonly prompt: string | null;
  readonly aspect: AspectRatio;
  readonly variants: 1 | 2 | 3;
  /** The home that is shown: renders of one home and room type share their photo, window and layout. */
  readonly home: number;
  readonly quality?: Quality;
}

export interface DemoFailure extends Omit<DemoRender, 'variants' | 'home'> {
  readonly outcome: 'failed' | 'timed_out' | 'rejected' | 'canceled_early' | 'canceled_late';
}

type Line = readonly [
  days: number,
  minutes: number,
  mode: Mode,
  room: string,
  style: string,
  aspect: AspectRatio,
  variants: 1 | 2 | 3,
  home: number,
  prompt: string | null,
];

const renders = (lines: readonly Line[]): readonly DemoRender[] =>
  lines.map(([days, minutes, mode, room, style, aspect, variants, home, prompt]) => ({
    ago: [days, minutes],
    mode,
    room,
    style,
    aspect,
    variants,
    home,
    prompt,
  }));

/** Newest first. */
export const demoRenders = renders([
  [0, 6, 'redesign', 'living_room', 'coastal_au', '3:2', 3, 1, 'Breezy Bondi living room, linen sofa, rattan pendant, keep the big window to the beach'],
  [0, 31, 'redesign', 'living_room', 'japandi', '3:2', 2, 1, 'Same room, but calmer: oak slats, low sofa, nothing on the floor'],
  [0, 58, 'imagine', 'alfresco', 'coastal_au', '3:2', 2, 2, 'Timber deck with a built-in barbecue, festoon lights and a view of the surf'],
  [1, 75, 'staging', 'bedroom', 'coastal_au', '1:1', 2, 1, 'Stage the empty front bedroom for the auction photos'],
  [1, 80, 'staging', 'bathroom', 'hamptons_au', '1:1', 2, 1, 'White subway tiles, brass taps, free-standing bath'],
  [2, 200, 'redesign', 'kitchen', 'contemporary_au', '1:1', 3, 3, 'Sage cabinets, stone island with room for three stools'],
  [2, 200, 'redesign', 'kitchen', 'industrial', '1:1', 2, 3, 'What if we keep the brick and go black?'],
  [4, 15, 'compose', 'dining_room', 'midcentury', '3:2', 2, 3, 'Put the walnut table from the second photo into our dining room'],
  [6, 340, 'redesign', 'granny_flat', 'scandi', '3:2', 3, 4, 'Granny flat for Mum: light, warm, a table for two, easy to get around'],
  [6, 355, 'redesign', 'granny_flat', 'minimal', '3:2', 1, 4, 'Less of everything'],
  [6, 362, 'redesign', 'granny_flat', 'coastal_au', '3:2', 2, 4, null],
  [9, 44, 'imagine', 'home_office', 'midcentury', '1:1', 2, 5, 'Home office with teal wall, walnut desk and a proper reading chair'],
  [9, 90, 'redesign', 'home_office', 'scandi', '1:1', 1, 5, 'Bright study with a pegboard look and plants'],
  [12, 20, 'redesign', 'bedroom', 'japandi', '2:3', 2, 3, 'Quiet main bedroom, paper lantern, warm timber'],
  [12, 26, 'redesign', 'bedroom', 'modern', '2:3', 2, 3, 'The same bedroom with more contrast and a bold bedhead'],
  [15, 610, 'staging', 'living_room', 'contemporary_au', '3:2', 2, 6, 'Stage for the Marrickville listing, terracotta accents'],
  [15, 611, 'staging', 'dining_room', 'contemporary_au', '3:2', 1, 6, 'Stage for the Marrickville listing, table for eight'],
  [15, 612, 'staging', 'kitchen', 'contemporary_au', '3:2', 1, 6, 'Stage for the Marrickville listing'],
  [19, 130, 'imagine', 'alfresco', 'industrial', '3:2', 1, 7, 'Rooftop in the city, black pergola, long table, skyline behind'],
  [22, 48, 'redesign', 'bathroom', 'coastal_au', '1:1', 3, 2, 'Pale blue tiles to the ceiling, timber vanity'],
  [22, 71, 'redesign', 'bathroom', 'midcentury', '1:1', 1, 2, 'Green tiles, like the old pool clubs'],
  [27, 15, 'compose', 'living_room', 'hamptons_au', '3:2', 2, 2, 'Use the sofa from the second photo, navy and white, wainscot on the walls'],
  [30, 700, 'redesign', 'kitchen', 'hamptons_au', '1:1', 2, 2, 'Shaker fronts, brass handles, lantern pendants over the island'],
  [33, 12, 'redesign', 'living_room', 'industrial', '3:2', 2, 7, 'Warehouse loft in Fitzroy, tan leather, exposed brick'],
  [33, 40, 'redesign', 'dining_room', 'industrial', '3:2', 1, 7, 'Long table under bare bulbs'],
  [38, 222, 'imagine', 'living_room', 'midcentury', '1:1', 3, 8, 'Palm Springs meets Brisbane, mustard sofa, teal wall'],
  [41, 64, 'redesign', 'home_office', 'japandi', '3:2', 1, 8, 'Calm office with slatted wall, shelves to the ceiling'],
  [45, 505, 'redesign', 'alfresco', 'scandi', '3:2', 1, 8, 'Garden room under a light pergola, herbs in planters'],
  [49, 18, 'staging', 'bedroom', 'scandi', '1:1', 2, 9, 'Guest room, blush throw, something cheerful above the bed'],
  [49, 25, 'staging', 'home_office', 'modern', '1:1', 1, 9, null],
  [53, 310, 'redesign', 'living_room', 'minimal', '3:2', 1, 9, 'Only what we need: sofa, lamp, one picture'],
  [58, 81, 'redesign', 'kitchen', 'scandi', '2:3', 2, 9, 'Light timber, open shelves, white splashback'],
  [61, 45, 'imagine', 'granny_flat', 'japandi', '3:2', 1, 10, 'Studio in the backyard with daybed and kitchenette'],
  [64, 900, 'redesign', 'dining_room', 'scandi', '1:1', 2, 10, 'Round table, striped rug, family breakfasts'],
  [68, 33, 'redesign', 'bedroom', 'hamptons_au', '1:1', 2, 10, 'Panelled walls, navy throw, two lamps'],
  [72, 150, 'imagine', 'kitchen', 'modern', '3:2', 1, 11, 'Dark stone island, handle-less white fronts, city lights'],
  [77, 60, 'redesign', 'bathroom', 'japandi', '1:1', 2, 11, 'Onsen feeling, stone floor, timber stool'],
  [81, 420, 'imagine', 'alfresco', 'hamptons_au', '3:2', 1, 11, 'White pergola, outdoor sofa, fire bowl for winter evenings'],
  [86, 15, 'redesign', 'living_room', 'scandi', '1:1', 1, 12, 'First try: our rental, make it lighter without painting'],
  [86, 45, 'redesign', 'living_room', 'coastal_au', '1:1', 2, 12, 'Second try, with a bit of beach'],
]);

/** Jobs of the demo user that ended without a render. */
export const demoFailures: readonly DemoFailure[] = [
  { ago: [1, 78], mode: 'staging', room: 'bathroom', style: 'hamptons_au', prompt: 'White subway tiles, brass taps', aspect: '1:1', outcome: 'failed' },
  { ago: [9, 50], mode: 'imagine', room: 'home_office', style: 'midcentury', prompt: 'Home office with teal wall', aspect: '1:1', outcome: 'canceled_early' },
  { ago: [27, 30], mode: 'compose', room: 'living_room', style: 'hamptons_au', prompt: 'Use the sofa from the second photo', aspect: '3:2', outcome: 'timed_out' },
  { ago: [45, 515], mode: 'redesign', room: 'alfresco', style: 'scandi', prompt: 'Garden room under a light pergola', aspect: '3:2', outcome: 'canceled_late' },
  { ago: [72, 170], mode: 'imagine', room: 'kitchen', style: 'modern', prompt: 'Kitchen in the style of a famous film set', aspect: '3:2', outcome: 'rejected' },
];

/** Collections of the demo user beside the favorites. Numbers are positions in `demoRenders`; newest item first. */
export const demoCollections: readonly { readonly name: string; readonly ageDays: number; readonly renders: readonly number[] }[] = [
  { name: 'Bondi beach house', ageDays: 3, renders: [0, 1, 2, 3, 4, 19, 21] },
  { name: 'Granny flat ideas', ageDays: 8, renders: [8, 9, 10, 32] },
  { name: 'Kitchen renovation', ageDays: 40, renders: [5, 6, 22, 31, 35] },
  { name: 'Marrickville listing', ageDays: 16, renders: [15, 16, 17] },
  { name: 'For the new baby', ageDays: 1, renders: [] },
];

export const demoFavorites: readonly number[] = [0, 2, 5, 8, 13, 19, 23, 25, 30, 33, 36, 39];

export const otherRenders = renders([
  [0, 190, 'redesign', 'bedroom', 'midcentury', '1:1', 2, 21, 'Retro bedroom with orange and teal'],
  [1, 20, 'redesign', 'living_room', 'modern', '3:2', 2, 21, 'Apartment in Docklands, dark sofa, mustard chair'],
  [3, 300, 'imagine', 'kitchen', 'japandi', '1:1', 1, 22, 'Small kitchen, oak fronts, stone bench'],
  [3, 330, 'imagine', 'dining_room', 'japandi', '1:1', 1, 22, 'Low light over a timber table'],
  [8, 45, 'staging', 'home_office', 'contemporary_au', '3:2', 1, 23, 'Stage the third bedroom as an office'],
  [11, 15, 'redesign', 'alfresco', 'contemporary_au', '3:2', 2, 23, 'Barbecue nights among the gum trees'],
  [18, 500, 'redesign', 'bathroom', 'minimal', '1:1', 1, 24, 'As plain as possible'],
  [25, 62, 'redesign', 'granny_flat', 'industrial', '3:2', 1, 24, 'Studio for a musician, brick and leather'],
  [25, 80, 'redesign', 'living_room', 'hamptons_au', '3:2', 1, 24, null],
  [37, 210, 'imagine', 'bedroom', 'minimal', '1:1', 1, 25, 'White room, one plant'],
  [52, 33, 'redesign', 'kitchen', 'midcentury', '1:1', 1, 25, 'Teak fronts and a green splashback'],
  [66, 90, 'redesign', 'dining_room', 'hamptons_au', '3:2', 1, 26, 'Christmas lunch by the harbour'],
]);

export interface DemoCommunityCollection {
  readonly title: string;
  readonly description: string;
  readonly featured: boolean;
  readonly renders: readonly DemoRender[];
}

const look = (
  days: number,
  mode: Mode,
  room: string,
  style: string,
  aspect: AspectRatio,
  home: number,
  prompt: string | null,
): Line => [days, home, mode, room, style, aspect, 1, home, prompt];

/** The administrator's own renders, each published into the gallery. */
export const demoCommunity: readonly DemoCommunityCollection[] = [
  {
    title: 'Coastal calm',
    description: 'Linen, pale timber and a lot of sky: rooms that smell of salt.',
    featured: true,
    renders: renders([
      look(5, 'imagine', 'living_room', 'coastal_au', '3:2', 101, 'Living room above the beach, white panelling, woven rug, sea view'),
      look(5, 'imagine', 'bedroom', 'coastal_au', '1:1', 102, 'Sandy linen, blue throw, morning light over the water'),
      look(6, 'imagine', 'bathroom', 'coastal_au', '1:1', 103, 'Sea-glass tiles and a free-standing bath under the window'),
      look(7, 'imagine', 'kitchen', 'coastal_au', '3:2', 104, 'Beach house kitchen, open shelves, rattan pendants'),
      look(9, 'imagine', 'alfresco', 'coastal_au', '3:2', 105, 'Deck by the ocean, barbecue, festoon lights'),
      look(11, 'redesign', 'dining_room', 'coastal_au', '3:2', 106, null),
    ]),
  },
  {
    title: 'Japandi retreats',
    description: 'Japanese restraint, Scandinavian warmth. Start here if your room is too loud.',
    featured: true,
    renders: renders([
      look(8, 'imagine', 'living_room', 'japandi', '3:2', 111, 'Low sofa, oak slats, paper lantern, view of a moss garden'),
      look(8, 'imagine', 'bedroom', 'japandi', '2:3', 112, 'Futon-height bed, linen in clay and olive'),
      look(10, 'redesign', 'bathroom', 'japandi', '1:1', 113, 'Stone, cedar and steam'),
      look(13, 'imagine', 'home_office', 'japandi', '1:1', 114, 'One desk, one branch in a vase'),
      look(14, 'redesign', 'dining_room', 'japandi', '3:2', 115, 'Solid timber table, soft lantern above'),
    ]),
  },
  {
    title: 'Kitchens that work',
    description: 'Islands, splashbacks and places to sit, from shaker to steel.',
    featured: false,
    renders: renders([
      look(12, 'imagine', 'kitchen', 'hamptons_au', '3:2', 121, 'White shaker fronts, brass handles, stone island'),
      look(16, 'imagine', 'kitchen', 'industrial', '3:2', 122, 'Black fronts, brick wall, timber island'),
      look(17, 'redesign', 'kitchen', 'scandi', '1:1', 123, 'Light timber and white tiles'),
      look(21, 'imagine', 'kitchen', 'contemporary_au', '1:1', 124, 'Sage green cabinets, terracotta stools'),
      look(24, 'imagine', 'kitchen', 'modern', '1:1', 125, 'Handle-less white with a dark stone bench'),
    ]),
  },
  {
    title: 'Granny flats and studios',
    description: 'Everything in one room, and none of it in the way.',
    featured: false,
    renders: renders([
      look(19, 'imagine', 'granny_flat', 'scandi', '3:2', 131, 'Studio with kitchenette, daybed and a table for two'),
      look(20, 'redesign', 'granny_flat', 'contemporary_au', '3:2', 132, 'Backyard flat with a view of the gums'),
      look(26, 'imagine', 'home_office', 'midcentury', '1:1', 133, 'Study in walnut and teal'),
      look(28, 'imagine', 'granny_flat', 'hamptons_au', '1:1', 134, 'Guest flat, white panelling, navy accents'),
    ]),
  },
  {
    title: 'Outside is a room',
    description: 'Alfresco dining from the beach to the rooftop.',
    featured: false,
    renders: renders([
      look(23, 'imagine', 'alfresco', 'industrial', '3:2', 141, 'City rooftop with a long table'),
      look(29, 'imagine', 'alfresco', 'contemporary_au', '3:2', 142, 'Barbecue among the eucalypts at dusk'),
      look(31, 'imagine', 'alfresco', 'scandi', '1:1', 143, 'Garden deck with a striped rug'),
      look(35, 'imagine', 'alfresco', 'minimal', '3:2', 144, 'White deck, one sofa, the sea'),
    ]),
  },
];
