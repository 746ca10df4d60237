/** What isAcceptablePrompt refuses. Everything is in lower case and without accents, words apart by one space. */

export interface Term {
  /** A word, or words in this order. */
  readonly phrase: string;
  /** Nothing is said by it where one of these comes right after: "gun metal". */
  readonly notBefore?: readonly string[];
  /** Nor where one of these comes right before: "glue gun". */
  readonly notAfter?: readonly string[];
  /** Nor where one of these is anywhere in the prompt. */
  readonly notWith?: readonly string[];
}

const all = (...phrases: readonly string[]): Term[] => phrases.map((phrase) => ({ phrase }));

/** Explicit sexual content. "Sexy" is said of velvet too, and passes; "nude" is a colour (see `bare`). */
const sexual: readonly Term[] = all(
  'porn', 'porno', 'pornography', 'pornographic', 'hentai', 'erotica', 'erotic', 'blowjob', 'blow job', 'handjob', 'cumshot',
  'gangbang', 'bukkake', 'orgy', 'orgies', 'masturbating', 'masturbation', 'fellatio', 'cunnilingus', 'dildo', 'dildos',
  'bdsm', 'sex scene', 'sex act', 'sex acts', 'having sex', 'oral sex', 'anal sex', 'group sex', 'sex toy', 'sex toys',
  'sex doll', 'sex dungeon', 'sex swing', 'sexual act', 'sexual acts', 'sexual intercourse', 'sexually explicit', 'penis',
  'penises', 'vagina', 'vaginas', 'genitals', 'genitalia', 'clitoris', 'boobs',
);

/** Violence to people, and what is left of it. A murder mystery dinner and blood orange walls pass. */
const violent: readonly Term[] = all(
  'gory', 'blood and gore', 'gore scene', 'dismembered', 'dismemberment', 'decapitated', 'decapitation', 'beheaded',
  'beheading', 'disemboweled', 'disembowelled', 'mutilated', 'mutilation', 'eviscerated', 'corpse', 'corpses', 'dead body',
  'dead bodies', 'bloodbath', 'pool of blood', 'pools of blood', 'covered in blood', 'blood splatter', 'blood splattered',
  'splattered with blood', 'dripping with blood', 'murder scene', 'torture', 'tortured', 'torturing', 'raped', 'raping',
  'rapist', 'rape scene', 'gang rape', 'committing suicide', 'commits suicide', 'suicide scene', 'lynching', 'snuff film',
);

/** Symbols and names of hatred. The swastika of a Hindu, Jain or Buddhist home passes where the prompt says so. */
const hateful: readonly Term[] = [
  ...all(
    'nazi', 'nazis', 'neonazi', 'hakenkreuz', 'totenkopf', 'ss runes', 'third reich', 'hitler', 'sieg heil', 'kkk',
    'ku klux klan', 'klansman', 'klansmen', 'white supremacy', 'white supremacist', 'isis flag',
  ),
  { phrase: 'white power', notBefore: ['point', 'points', 'outlet', 'outlets', 'socket', 'sockets', 'cord', 'board', 'supply'] },
  ...['swastika', 'swastikas'].map((phrase) => ({
    phrase,
    notWith: ['hindu', 'jain', 'buddhist', 'buddhism', 'diwali', 'rangoli', 'mandir', 'puja', 'pooja', 'ganesh', 'ganesha'],
  })),
];

/** Real firearms and bombs. Gunmetal, shotgun houses and what a tradesman calls a gun pass, and so do knives. */
const weapons: readonly Term[] = [
  ...all(
    'assault rifle', 'assault rifles', 'machine gun', 'machine guns', 'submachine gun', 'sniper rifle', 'sniper rifles',
    'ak 47', 'ak47', 'ar 15', 'ar15', 'handgun', 'handguns', 'firearm', 'firearms', 'grenade', 'grenades', 'hand grenade',
    'pipe bomb', 'pipe bombs', 'suicide vest', 'explosive vest',
  ),
  ...['gun', 'guns'].map((phrase) => ({
    phrase,
    notBefore: ['metal', 'grey', 'gray', 'safe', 'cabinet', 'barrel', 'tufted', 'powder'],
    notAfter: ['glue', 'nail', 'staple', 'spray', 'heat', 'caulking', 'tufting', 'water', 'toy', 'top', 'no', 'not', 'nerf'],
  })),
  ...['pistol', 'pistols'].map((phrase) => ({ phrase, notBefore: ['grip', 'handle', 'handles'], notAfter: ['water', 'toy', 'no'] })),
  ...['rifle', 'rifles'].map((phrase) => ({ phrase, notBefore: ['paper', 'green', 'cabinet'], notAfter: ['no', 'toy'] })),
  ...['shotgun', 'shotguns'].map((phrase) => ({
    phrase,
    notBefore: ['house', 'houses', 'home', 'homes', 'apartment', 'flat', 'cottage', 'style', 'layout', 'hallway', 'plan'],
    notAfter: ['no'],
  })),
];

export const refusedTerms: readonly Term[] = [...sexual, ...violent, ...hateful, ...weapons];

/** Found even where signs stand between their letters, or none between their words. No ordinary phrase holds one. */
export const gravestTerms: readonly string[] = [
  'childporn', 'kiddieporn', 'kidporn', 'lolicon', 'shotacon', 'pedophile', 'pedophilia', 'paedophile', 'paedophilia',
];

/** Children, and who is called one. */
export const minors: readonly string[] = [
  'child', 'children', 'kid', 'kids', 'girl', 'girls', 'boy', 'boys', 'teen', 'teens', 'teenager', 'teenagers', 'schoolgirl',
  'schoolgirls', 'schoolboy', 'schoolboys', 'preteen', 'preteens', 'underage', 'toddler', 'toddlers', 'infant', 'infants',
  'baby', 'babies', 'loli', 'lolita',
];

export const adults: readonly string[] = [
  'woman', 'women', 'man', 'men', 'lady', 'ladies', 'person', 'people', 'model', 'models', 'couple', 'couples', 'body',
  'bodies', 'human', 'humans', 'guy', 'guys', 'female', 'females', 'male', 'males',
];

/** Of a person these mean no clothes; of a wall or a bulb they mean nothing bad. */
export const bare: readonly string[] = ['nude', 'naked', 'topless', 'undressed', 'unclothed', 'bottomless'];

/** Said of a child, these are refused; of an adult or a chair they pass. */
export const suggestive: readonly string[] = [
  ...bare, 'sex', 'sexy', 'sexual', 'sexualised', 'sexualized', 'seductive', 'lewd', 'provocative', 'aroused', 'lingerie',
];

/** After "girls" or "kids" these say that a room or a thing is spoken of. */
export const rooms: readonly string[] = [
  'room', 'rooms', 'bedroom', 'bedrooms', 'bathroom', 'nursery', 'playroom', 'corner', 'area', 'zone', 'space', 'bed', 'beds',
  'desk', 'wardrobe', 'wallpaper', 's',
];

/** After "nude" these say that the colour is spoken of. */
export const colourNouns: readonly string[] = [
  'tone', 'tones', 'toned', 'colour', 'colours', 'coloured', 'color', 'colors', 'colored', 'palette', 'shade', 'shades', 'pink',
  'beige', 'linen', 'walls', 'wall', 'paint', 'bulb', 'bulbs', 'brick', 'timber', 'hue', 'hues', 'neutrals', 'and',
];

/** Letters of other alphabets that look like these. */
export const lookAlikes: Readonly<Record<string, string>> = {
  а: 'a', в: 'b', е: 'e', ё: 'e', і: 'i', к: 'k', м: 'm', н: 'h', о: 'o', р: 'p', с: 'c', т: 't', у: 'y', х: 'x', ѕ: 's',
  α: 'a', ε: 'e', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'u', ß: 'ss', ı: 'i',
};

/** Signs that are written for letters. */
export const writtenFor: Readonly<Record<string, string>> = {
  '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i',
};
