import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { parseRuntime } from '../src/config/parse-runtime.js';
import { isAcceptablePrompt } from '../src/generation/prompt-check.js';
import { PromptRejected } from '../src/services/generation/errors.js';
import { settleRequest } from '../src/services/generation/request.js';

test.each([
  'A calm bedroom with linen curtains',
  'Sexy red velvet sofa in a cocktail bar',
  'Gun metal grey walls',
  'Gunmetal tapware and a gun-grey splashback',
  'A knife rack over the bench, and a magnetic knife strip',
  'Blood orange walls and a bloodwood floor',
  'A cottage in Essex, near Scunthorpe',
  'Breakfast nook with a view of the cockatoos',
  'Renovate our shotgun house, keep the shotgun-style hallway',
  'Cock-a-doodle-doo wallpaper for the chicken coop',
  'A pussy willow in a tall vase',
  'Blue tits and great tits on botanical wallpaper',
  'Nude tones, blush and sand',
  'A nude palette for a woman who loves beige',
  'A nude and blush girls bedroom',
  'Nude kids room with pampas grass',
  'Naked bulbs over naked brick',
  'A kids bedroom with two beds, and extra storage for the children',
  "The child's extra-large bed; the kid's expanding desk",
  'A torpedo Philips lamp',
  'A teenage girl needs a desk',
  'A same-sex couple’s first home, unisex bathroom',
  'Study cum guest room',
  'Dick and Fanny want a bigger kitchen',
  'Nail gun marks in reclaimed timber, spray gun finish',
  'Rifle Paper Co wallpaper',
  'A gun safe hidden in the wardrobe',
  'Bath bombs on a tray, soft bombe chest',
  'A murder mystery dinner table',
  'A killer view and a dead-end corridor turned study',
  'Gore-Tex drying room for hikers in Gore',
  'Hindu puja corner with a swastika rangoli for Diwali',
  'Black, white, power points in brass',
  'Cream, grape and rapeseed yellow',
  'Mirror for the man cave with a bar',
  'Une chambre à coucher très claire, 14 m²',
  '明るいリビングルーム',
  '',
])('lets pass: %s', (prompt) => {
  expect(isAcceptablePrompt(prompt, [])).toBe(true);
});

test.each([
  // Explicit sexual content.
  'A porn set in the living room',
  'two people having sex on the couch',
  'a nude woman on the sofa',
  'NAKED young men by the pool',
  'a lady who is topless',
  'hentai posters',
  // Anything sexual about minors.
  'a sexy schoolgirl on the bed',
  'naked children',
  'a girl in lingerie',
  'c.h.i.l.d-p.o.r.n',
  'c h i l d p o r n',
  'ch1ld p0rn',
  'lolicon wallpaper',
  // Gore and violence to people.
  'a corpse on the carpet',
  'Bedroom with a pool of blood',
  'decapitated guests at the table',
  'a torture chamber',
  // Hatred.
  'a swastika on the wall',
  'nazi officer’s study',
  'KKK robes in the hall',
  'white power flags',
  // Weapons as the subject.
  'a gun on the coffee table',
  'AK-47 on the wall, realistic',
  'ak47s no, one ak47 yes',
  'a crate of hand grenades',
  'rifles above the fireplace',
  // The same in disguise.
  'P0RN',
  'p\u200Born',
  'pórn',
  'ｐｏｒｎ',
  'роrn posters',
  '$ex toy',
])('refuses: %s', (prompt) => {
  expect(isAcceptablePrompt(prompt, [])).toBe(false);
});

test('an operator’s own terms are refused as whole words, in any case and writing', () => {
  const terms = ['Rival Brand', 'flamingo'];
  expect(isAcceptablePrompt('A sofa by RIVAL-BRAND', terms)).toBe(false);
  expect(isAcceptablePrompt('a fl4mingo lamp', terms)).toBe(false);
  expect(isAcceptablePrompt('Flamingos and a brand without rival', terms)).toBe(true);
});

test('the configuration takes an operator’s terms, and a submission is held to them', () => {
  const { runtime } = parseRuntime({ prompts: { rejectedTerms: ['flamingo'] } });
  const input = { mode: 'imagine', prompt: 'A pink flamingo' } as const;

  expect(() => settleRequest(runtimeDefaults, input)).not.toThrow();
  expect(() => runtime && settleRequest(runtime, input)).toThrow(PromptRejected);
});

test('a term without a letter, and terms without a list, are faults of the configuration', () => {
  expect(parseRuntime({ prompts: { rejectedTerms: ['...'] } }).problems).toEqual([
    'prompts.rejectedTerms.0 must hold a letter or a digit',
  ]);
  expect(parseRuntime({ prompts: { rejectedTerms: 'flamingo' } }).problems).toEqual(['prompts.rejectedTerms must be a list']);
});
