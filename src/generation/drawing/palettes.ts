/** What a style looks like: colours, materials, and which kinds of things belong into it. One entry a style preset. */

export type WallFinish = 'paint' | 'panelling' | 'wainscot' | 'brick' | 'slats' | 'limewash' | 'concrete';
export type FloorKind = 'planks' | 'herringbone' | 'concrete' | 'carpet';
export type RugKind = 'border' | 'stripes' | 'diamonds' | 'round' | 'shapes' | 'plain';
export type ArtKind = 'arches' | 'seascape' | 'botanical' | 'blobs' | 'sunset' | 'lines' | 'blocks' | 'dunes';
export type PlantKind = 'fiddle' | 'palm' | 'monstera' | 'snake' | 'olive' | 'pampas';
export type PendantKind = 'rattan' | 'dome' | 'globe' | 'cone' | 'paper' | 'bulb' | 'lantern' | 'bar';
export type LampKind = 'tripod' | 'arc' | 'straight' | 'paper';
export type ViewKind = 'ocean' | 'garden' | 'bush' | 'city' | 'harbour';
export type CurtainKind = 'linen' | 'sheer' | 'shutters' | 'blind' | 'none';
export type LegKind = 'tapered' | 'metal' | 'block';
export type CeilingKind = 'plain' | 'beams' | 'coffers' | 'pipes';

export interface Palette {
  readonly wall: string;
  /** The back wall, where it differs from the others. */
  readonly feature: string;
  readonly finish: WallFinish;
  readonly ceiling: string;
  readonly ceilingKind: CeilingKind;
  readonly trim: string;
  readonly floor: { readonly kind: FloorKind; readonly colour: string };
  readonly wood: string;
  readonly woodDark: string;
  readonly metal: string;
  readonly sofa: string;
  readonly seat: string;
  readonly bedding: string;
  readonly throwColour: string;
  readonly accents: readonly string[];
  readonly rug: { readonly kinds: readonly RugKind[]; readonly base: string; readonly ink: string };
  readonly leaf: string;
  readonly pot: readonly string[];
  readonly stone: string;
  readonly cabinet: string;
  readonly tile: string;
  readonly frame: string;
  readonly curtain: { readonly kind: CurtainKind; readonly colour: string };
  readonly legs: LegKind;
  readonly pendants: readonly PendantKind[];
  readonly lamps: readonly LampKind[];
  readonly views: readonly ViewKind[];
  readonly art: readonly ArtKind[];
  readonly plants: readonly PlantKind[];
  /** 0 is bare, 1 is richly decorated. */
  readonly decor: number;
}

/** For a style that this file does not know, such as one that an operator added. */
const neutral: Palette = {
  wall: '#ece6dd',
  feature: '#e4dccf',
  finish: 'paint',
  ceiling: '#f7f4ef',
  ceilingKind: 'plain',
  trim: '#f8f5f0',
  floor: { kind: 'planks', colour: '#c49a6c' },
  wood: '#b98a5c',
  woodDark: '#7d5a3c',
  metal: '#5d5a57',
  sofa: '#b9ab98',
  seat: '#8f9c8d',
  bedding: '#f3eee6',
  throwColour: '#a9806a',
  accents: ['#c77b58', '#7f9183', '#d9b36c', '#6c7f8e'],
  rug: { kinds: ['border', 'plain', 'round'], base: '#e9dfd0', ink: '#b99f82' },
  leaf: '#4f7a4c',
  pot: ['#c98f6b', '#e9e2d8', '#7c766f'],
  stone: '#e7e2da',
  cabinet: '#dcd5c8',
  tile: '#efece6',
  frame: '#f4f1ec',
  curtain: { kind: 'linen', colour: '#efe6d8' },
  legs: 'tapered',
  pendants: ['dome', 'globe'],
  lamps: ['straight', 'tripod'],
  views: ['garden', 'bush'],
  art: ['arches', 'botanical', 'dunes'],
  plants: ['fiddle', 'monstera', 'snake'],
  decor: 0.6,
};

const styles: Readonly<Record<string, Partial<Palette>>> = {
  coastal_au: {
    wall: '#f1f0eb',
    feature: '#eceeea',
    finish: 'panelling',
    ceilingKind: 'beams',
    floor: { kind: 'planks', colour: '#dcc09a' },
    wood: '#d2ab7a',
    woodDark: '#a67c4f',
    metal: '#b7a07a',
    sofa: '#f3efe6',
    seat: '#7fa3b5',
    bedding: '#f7f6f2',
    throwColour: '#6f9bb3',
    accents: ['#4f86a3', '#9cc3cf', '#e2c9a0', '#e6a58a', '#2f5d7c'],
    rug: { kinds: ['round', 'stripes', 'border'], base: '#e9dcc2', ink: '#7ea5b8' },
    leaf: '#4e8560',
    pot: ['#e8dcc6', '#7fa6b5', '#f5f2ec'],
    stone: '#f2f1ee',
    cabinet: '#f4f5f2',
    tile: '#cfe1e3',
    frame: '#fbfbf8',
    curtain: { kind: 'linen', colour: '#fbf8f1' },
    pendants: ['rattan', 'globe'],
    lamps: ['tripod'],
    views: ['ocean'],
    art: ['seascape', 'dunes', 'lines'],
    plants: ['palm', 'monstera', 'fiddle'],
    decor: 0.8,
  },
  contemporary_au: {
    wall: '#efebe4',
    feature: '#a9ac97',
    floor: { kind: 'planks', colour: '#b57a4a' },
    wood: '#a56f44',
    woodDark: '#6b4529',
    metal: '#34322f',
    sofa: '#c9bba6',
    seat: '#b9694a',
    throwColour: '#b9694a',
    accents: ['#b9694a', '#7c8b6f', '#d8b58a', '#59463a', '#dcd2c2'],
    rug: { kinds: ['border', 'diamonds', 'plain'], base: '#e8ddcb', ink: '#a98a68' },
    leaf: '#5d7d5a',
    pot: ['#b9694a', '#39362f', '#d9cdb8'],
    stone: '#dcd6cc',
    cabinet: '#8b9681',
    tile: '#e9dfd2',
    frame: '#2e2d2b',
    curtain: { kind: 'sheer', colour: '#f6f1e8' },
    legs: 'metal',
    pendants: ['dome', 'bar', 'globe'],
    lamps: ['arc', 'straight'],
    views: ['bush', 'garden'],
    art: ['dunes', 'sunset', 'botanical'],
    plants: ['olive', 'fiddle', 'pampas'],
    decor: 0.7,
  },
  modern: {
    wall: '#e8e8e6',
    feature: '#5a6a73',
    floor: { kind: 'planks', colour: '#8f6a4c' },
    wood: '#7d573a',
    woodDark: '#4c3424',
    metal: '#2a2b2d',
    sofa: '#4d5358',
    seat: '#d7a33d',
    bedding: '#eceae6',
    throwColour: '#d7a33d',
    accents: ['#d7a33d', '#2f6f73', '#e8e4da', '#b6483a', '#2a2b2d'],
    rug: { kinds: ['shapes', 'plain', 'stripes'], base: '#d9d6d0', ink: '#6b7278' },
    leaf: '#3f7a55',
    pot: ['#2f3133', '#f0eeea', '#d7a33d'],
    stone: '#3f4245',
    cabinet: '#f1f0ee',
    tile: '#d9dcdd',
    frame: '#26282a',
    curtain: { kind: 'sheer', colour: '#f1f0ee' },
    legs: 'metal',
    pendants: ['globe', 'cone', 'bar'],
    lamps: ['arc'],
    views: ['city', 'harbour'],
    art: ['blocks', 'lines', 'blobs'],
    plants: ['snake', 'monstera', 'fiddle'],
    decor: 0.6,
  },
  minimal: {
    wall: '#f4f3f1',
    feature: '#eeece8',
    floor: { kind: 'concrete', colour: '#d5d2cc' },
    wood: '#d9c3a3',
    woodDark: '#a98f70',
    metal: '#4b4a48',
    sofa: '#dedad3',
    seat: '#c4beb4',
    bedding: '#fbfaf8',
    throwColour: '#b9b0a3',
    accents: ['#b9a58c', '#d9d3c8', '#8c877e', '#3d3b39'],
    rug: { kinds: ['plain', 'round'], base: '#ece8e1', ink: '#cfc7ba' },
    leaf: '#6d8b68',
    pot: ['#f3f1ed', '#c9c3b8'],
    stone: '#efedea',
    cabinet: '#f3f1ee',
    tile: '#eceae6',
    frame: '#dcd8d1',
    curtain: { kind: 'sheer', colour: '#fbfaf7' },
    legs: 'block',
    pendants: ['globe', 'bar'],
    lamps: ['straight'],
    views: ['garden', 'ocean', 'bush'],
    art: ['lines', 'dunes'],
    plants: ['olive', 'pampas'],
    decor: 0.2,
  },
  scandi: {
    wall: '#f4f2ee',
    feature: '#dfe4e0',
    floor: { kind: 'herringbone', colour: '#dcc19b' },
    wood: '#dab98c',
    woodDark: '#b48f62',
    metal: '#3a3a3a',
    sofa: '#c3c6c8',
    seat: '#9bb0a5',
    bedding: '#f6f4f0',
    throwColour: '#d9a3a0',
    accents: ['#d9a3a0', '#9bb0a5', '#e2bd5e', '#56646b', '#f3efe8'],
    rug: { kinds: ['diamonds', 'round', 'stripes'], base: '#f0ece4', ink: '#77797a' },
    leaf: '#56835b',
    pot: ['#f6f3ee', '#d9a3a0', '#9aa6a4'],
    stone: '#eeece8',
    cabinet: '#eef0ee',
    tile: '#f3f3f1',
    frame: '#f9f8f5',
    curtain: { kind: 'sheer', colour: '#fbf9f5' },
    pendants: ['paper', 'dome', 'cone'],
    lamps: ['tripod', 'straight'],
    views: ['garden', 'bush'],
    art: ['lines', 'botanical', 'blobs', 'arches'],
    plants: ['monstera', 'fiddle', 'snake'],
    decor: 0.7,
  },
  japandi: {
    wall: '#e6ddcf',
    feature: '#d8cab6',
    finish: 'slats',
    ceiling: '#f1ebe1',
    trim: '#e6d9c4',
    floor: { kind: 'planks', colour: '#c39d70' },
    wood: '#b68a5b',
    woodDark: '#57412f',
    metal: '#2f2a26',
    sofa: '#d8ccba',
    seat: '#8d8a6d',
    bedding: '#ece3d5',
    throwColour: '#6f6f55',
    accents: ['#6f6f55', '#a8674a', '#c9b493', '#463a30'],
    rug: { kinds: ['plain', 'border', 'round'], base: '#dccfb9', ink: '#a89273' },
    leaf: '#64784f',
    pot: ['#4a4038', '#c9b69b', '#8f7b66'],
    stone: '#cfc3b2',
    cabinet: '#b68f64',
    tile: '#d9cdbb',
    frame: '#57412f',
    curtain: { kind: 'blind', colour: '#e9dcc4' },
    legs: 'block',
    pendants: ['paper', 'lantern'],
    lamps: ['paper'],
    views: ['garden'],
    art: ['dunes', 'lines', 'botanical'],
    plants: ['olive', 'pampas', 'snake'],
    decor: 0.4,
  },
  midcentury: {
    wall: '#efe4d0',
    feature: '#2f6b67',
    ceiling: '#f6efe1',
    floor: { kind: 'planks', colour: '#a86c3f' },
    wood: '#9a5f33',
    woodDark: '#643a1e',
    metal: '#b98a3c',
    sofa: '#d1872f',
    seat: '#7c8a3c',
    bedding: '#f3e9d6',
    throwColour: '#c4532f',
    accents: ['#c4532f', '#e0b040', '#2f6b67', '#7c8a3c', '#f0e1c2'],
    rug: { kinds: ['shapes', 'round', 'diamonds'], base: '#eddcb9', ink: '#c4532f' },
    leaf: '#4f7b3f',
    pot: ['#e6dcc6', '#d1872f', '#2f6b67'],
    stone: '#e8dfcd',
    cabinet: '#9f6437',
    tile: '#7fb0a3',
    frame: '#e9dcc3',
    curtain: { kind: 'linen', colour: '#e3b957' },
    pendants: ['globe', 'cone', 'dome'],
    lamps: ['tripod', 'arc'],
    views: ['bush', 'garden', 'city'],
    art: ['blobs', 'sunset', 'blocks', 'arches'],
    plants: ['monstera', 'snake', 'fiddle'],
    decor: 0.9,
  },
  industrial: {
    wall: '#c9c3bb',
    feature: '#a4593f',
    finish: 'brick',
    ceiling: '#8e8a85',
    ceilingKind: 'pipes',
    trim: '#4b4845',
    floor: { kind: 'concrete', colour: '#9f9a93' },
    wood: '#8a5a36',
    woodDark: '#54351f',
    metal: '#26262a',
    sofa: '#8f5230',
    seat: '#6d4127',
    bedding: '#d6d2cb',
    throwColour: '#3f4a52',
    accents: ['#c27a3a', '#3f4a52', '#d9cbb4', '#6f3b2a', '#7d8a84'],
    rug: { kinds: ['border', 'diamonds', 'stripes'], base: '#8c4a3b', ink: '#e0c49b' },
    leaf: '#4d7048',
    pot: ['#3a3a3c', '#9d978f', '#a4593f'],
    stone: '#8d8983',
    cabinet: '#3a3d40',
    tile: '#e4e2dd',
    frame: '#232326',
    curtain: { kind: 'none', colour: '#cfc9c0' },
    legs: 'metal',
    pendants: ['bulb', 'dome', 'lantern'],
    lamps: ['tripod', 'arc'],
    views: ['city', 'harbour'],
    art: ['blocks', 'lines', 'sunset'],
    plants: ['fiddle', 'snake', 'monstera'],
    decor: 0.7,
  },
  hamptons_au: {
    wall: '#dfe6ea',
    feature: '#cfdbe3',
    finish: 'wainscot',
    ceiling: '#fbfbfa',
    ceilingKind: 'coffers',
    trim: '#fdfdfc',
    floor: { kind: 'planks', colour: '#8d6747' },
    wood: '#a97d55',
    woodDark: '#5a3f2b',
    metal: '#c2a35f',
    sofa: '#f4f2ed',
    seat: '#2f4a6d',
    bedding: '#fcfbf9',
    throwColour: '#2f4a6d',
    accents: ['#2f4a6d', '#8fb0c9', '#f4efe2', '#c2a35f', '#5f7f9d'],
    rug: { kinds: ['border', 'stripes', 'diamonds'], base: '#e8e6df', ink: '#4f6c8c' },
    leaf: '#4c7a52',
    pot: ['#2f4a6d', '#fbfaf7', '#9fb8c9'],
    stone: '#f4f3f1',
    cabinet: '#fafafa',
    tile: '#eef3f5',
    frame: '#fdfdfc',
    curtain: { kind: 'shutters', colour: '#fcfcfb' },
    pendants: ['lantern', 'globe', 'dome'],
    lamps: ['straight'],
    views: ['ocean', 'garden', 'harbour'],
    art: ['seascape', 'botanical', 'lines'],
    plants: ['fiddle', 'palm', 'olive'],
    decor: 0.8,
  },
};

/** A home before the work: yellowed paint, a worn carpet, brown veneer. For "before" photos. */
const tired: Partial<Palette> = {
  wall: '#ddd3bd',
  feature: '#d8ccb2',
  ceiling: '#e9e3d5',
  trim: '#d9cdb5',
  floor: { kind: 'carpet', colour: '#a59a8a' },
  wood: '#8b6a49',
  woodDark: '#5f4630',
  metal: '#8a8376',
  sofa: '#8d8577',
  seat: '#8a7a68',
  bedding: '#cfc4b3',
  throwColour: '#9a8b78',
  accents: ['#a08d74', '#8e8a7c', '#b7a58a'],
  rug: { kinds: ['plain'], base: '#b3a48d', ink: '#8f8069' },
  leaf: '#7b8557',
  pot: ['#a08a70'],
  stone: '#b9ad99',
  cabinet: '#b79b74',
  tile: '#d8cfba',
  frame: '#c9c0ae',
  curtain: { kind: 'linen', colour: '#c9bb9f' },
  pendants: ['bulb'],
  lamps: ['straight'],
  views: ['garden', 'bush'],
  art: ['dunes'],
  plants: ['snake'],
  decor: 0.1,
};

/** The style's palette; an unknown style gives a neutral, warm one. */
export const paletteFor = (style: string | null): Palette => ({
  ...neutral,
  ...(style === null ? {} : Object.hasOwn(styles, style) ? styles[style] : {}),
});

/** Colours that somebody chose, `#rrggbb`. */
export interface OwnColours {
  readonly wall?: string;
  readonly floor?: string;
  readonly seat?: string;
  readonly cabinet?: string;
  /** Of cushions, throws, art and the like; none means the palette's own. */
  readonly accents?: readonly string[];
}

/** The palette with colours of somebody's own. */
export function withColours(palette: Palette, { wall, floor, seat, cabinet, accents = [] }: OwnColours = {}): Palette {
  const [first] = accents;
  return {
    ...palette,
    ...(wall === undefined ? {} : { wall, feature: wall }),
    ...(floor === undefined ? {} : { floor: { ...palette.floor, colour: floor } }),
    ...(seat === undefined ? {} : { sofa: seat, seat }),
    ...(cabinet === undefined ? {} : { cabinet }),
    ...(first === undefined ? {} : { accents, throwColour: first, rug: { ...palette.rug, ink: first } }),
  };
}

export const tiredPalette: Palette = { ...neutral, ...tired };
