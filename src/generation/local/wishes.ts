import type { PresetConfiguration, RuntimeConfiguration } from '../../config/runtime.js';
import type { OwnColours } from '../drawing/palettes.js';

/** What can be made out of somebody's words. */
export interface Wishes {
  /** A preset's id, or null. */
  readonly roomType: string | null;
  /** A preset's id, or null. */
  readonly style: string | null;
  readonly colours: OwnColours;
}

/** Other words for presets, beside their labels and ids. */
const alsoCalled: Readonly<Record<string, readonly string[]>> = {
  living_room: ['lounge', 'lounge room', 'sitting room', 'family room'],
  kitchen: ['kitchenette'],
  bathroom: ['ensuite', 'powder room'],
  dining_room: ['dining'],
  home_office: ['office', 'study', 'workspace'],
  alfresco: ['patio', 'deck', 'terrace', 'verandah', 'veranda', 'pergola'],
  granny_flat: ['studio apartment', 'tiny house'],
  coastal_au: ['coastal', 'beach', 'seaside', 'nautical'],
  contemporary_au: ['contemporary'],
  minimal: ['minimalist', 'minimalistic'],
  scandi: ['scandinavian', 'nordic', 'hygge'],
  japandi: ['japanese', 'wabi sabi', 'zen'],
  midcentury: ['mid century', 'midcentury modern', 'retro', 'seventies'],
  industrial: ['loft', 'warehouse'],
  hamptons_au: ['hamptons'],
};

/** As paint and cloth have them, not as screens do. */
const named: Readonly<Record<string, string>> = {
  white: '#f4f2ed', cream: '#f1e7d2', beige: '#dcccb0', sand: '#d8c3a0', taupe: '#a79a8b', brown: '#7b5539',
  chocolate: '#4d3222', tan: '#c39b6d', caramel: '#b97a45', grey: '#9a9a98', gray: '#9a9a98', charcoal: '#3f4245',
  black: '#242426', red: '#ad3a32', burgundy: '#6b2232', terracotta: '#bd6a48', rust: '#a8512e', coral: '#e2806a',
  orange: '#d27b35', apricot: '#e8b48a', peach: '#eebd9f', mustard: '#cf9f34', ochre: '#bd8a3c', yellow: '#e3c055',
  gold: '#c2a35f', green: '#5f8459', sage: '#a3b093', olive: '#7a7a4a', emerald: '#21705a', mint: '#b3d6c3',
  forest: '#36543c', teal: '#2b7074', turquoise: '#55aaa8', aqua: '#94ccc9', blue: '#4f7ea6', navy: '#283f63',
  indigo: '#3d4677', lavender: '#b3a6c9', lilac: '#c3b0cf', purple: '#6d4d7e', plum: '#5e3550', pink: '#dca1a3',
  blush: '#e6c3bb', magenta: '#a83d6e',
};

/** What a colour may be said of; any other colour is one of the accents. */
const things: Readonly<Record<string, Exclude<keyof OwnColours, 'accents'>>> = {
  wall: 'wall', walls: 'wall', paint: 'wall', wallpaper: 'wall', floor: 'floor', floors: 'floor', floorboards: 'floor', carpet: 'floor',
  sofa: 'seat', couch: 'seat', armchair: 'seat', armchairs: 'seat', chair: 'seat', chairs: 'seat', seat: 'seat', seating: 'seat',
  cabinet: 'cabinet', cabinets: 'cabinet', cabinetry: 'cabinet', cupboards: 'cabinet',
};

/** Words that may stand between a colour and its thing: "sage green painted walls", "navy velvet sofa". */
const between = 3;
const mostAccents = 4;

/** Finds presets and colours in what somebody wrote. Words that are not understood are passed over. */
export function readWishes(words: string | null, { roomTypes, styles }: Pick<RuntimeConfiguration, 'roomTypes' | 'styles'>): Wishes {
  const said = (words ?? '').normalize('NFKC').toLowerCase().match(/\p{L}+/gu) ?? [];
  return { roomType: presetIn(said, roomTypes), style: presetIn(said, styles), colours: coloursIn(said) };
}

/** The preset with the longest name among those that are said: "dining room" before "dining". */
function presetIn(said: readonly string[], presets: readonly PresetConfiguration[]): string | null {
  const text = ` ${said.join(' ')} `;
  let best: { id: string; length: number } | null = null;
  for (const { id, label } of presets) {
    const other = Object.hasOwn(alsoCalled, id) ? (alsoCalled[id] ?? []) : [];
    for (const name of [label, id, ...other]) {
      const plain = (name.toLowerCase().match(/\p{L}+/gu) ?? []).join(' ');
      if (plain !== '' && text.includes(` ${plain} `) && plain.length > (best?.length ?? 0)) best = { id, length: plain.length };
    }
  }
  return best?.id ?? null;
}

function coloursIn(said: readonly string[]): OwnColours {
  const chosen: { -readonly [Key in Exclude<keyof OwnColours, 'accents'>]?: string } = {};
  const accents = new Set<string>();
  said.forEach((word, i) => {
    const colour = Object.hasOwn(named, word) ? named[word] : undefined;
    if (colour === undefined) return;
    // Of "sage green" and "navy blue" the first word says more.
    const before = said[i - 1];
    if (before !== undefined && Object.hasOwn(named, before)) return;
    const thing = said.slice(i + 1, i + 2 + between).find((next) => Object.hasOwn(things, next) || next === 'and' || next === 'with');
    const part = thing === undefined || !Object.hasOwn(things, thing) ? undefined : things[thing];
    if (part === undefined) accents.add(colour);
    else chosen[part] ??= colour;
  });
  return { ...chosen, ...(accents.size === 0 ? {} : { accents: [...accents].slice(0, mostAccents) }) };
}
