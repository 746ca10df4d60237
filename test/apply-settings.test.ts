import type { RuntimeConfiguration } from '../src/config/runtime.js';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { extractApplySettings } from '../src/services/community/apply-settings.js';

const defaults = {
  mode: 'redesign',
  roomType: null,
  style: null,
  prompt: null,
  aspectRatio: '1:1',
  quality: 'auto',
  variants: 2,
  adjustments: [],
};

const extract = (stored: unknown, runtime: RuntimeConfiguration = runtimeDefaults) => extractApplySettings(runtime, stored);

it('keeps settings that are offered today as they are', () => {
  const stored = {
    mode: 'compose',
    roomType: 'alfresco',
    style: 'hamptons_au',
    prompt: 'White timber, blue linen',
    aspectRatio: '3:2',
    quality: 'high',
    variants: 3,
  };
  expect(extract(stored)).toEqual({ ...stored, adjustments: [] });
});

it('fills in the defaults, without a word, for what was never chosen', () => {
  expect(extract({})).toEqual(defaults);
  const nulls = { mode: null, roomType: null, style: null, prompt: null, aspectRatio: null, quality: null, variants: null };
  expect(extract(nulls)).toEqual(defaults);
  expect(extract({ prompt: ' \n ' })).toEqual(defaults);
});

it('ignores what it does not know', () => {
  const stored: unknown = JSON.parse('{ "style": "modern", "seed": 42, "__proto__": { "mode": "compose" } }');
  expect(extract(stored)).toEqual({ ...defaults, style: 'modern' });
});

it.each([
  ['nothing', null],
  ['no value', undefined],
  ['a list', [{ mode: 'compose' }]],
  ['a text', 'compose'],
  ['a number', 7],
])('gives none for %s', (_what, stored) => {
  expect(extract(stored)).toBeNull();
});

it.each<[string, object, object, string]>([
  ['a mode', { mode: 'collage' }, {}, 'The mode "collage" is no longer offered; "redesign" is used instead.'],
  ['a room type', { roomType: 'cellar' }, {}, 'The room type "cellar" is no longer offered; it was left out.'],
  ['a style', { style: 'baroque' }, {}, 'The style "baroque" is no longer offered; it was left out.'],
  ['an aspect ratio', { aspectRatio: '21:9' }, {}, 'The aspect ratio "21:9" is no longer offered; "1:1" is used instead.'],
  ['a quality', { quality: 'ultra' }, {}, 'The quality "ultra" is no longer offered; "auto" is used instead.'],
  ['too many variants', { variants: 7 }, { variants: 3 }, 'The number of variants must be from 1 to 3; 3 is used.'],
  ['too few variants', { variants: 0 }, { variants: 1 }, 'The number of variants must be from 1 to 3; 1 is used.'],
  ['half a variant', { variants: 1.5 }, {}, 'The number of variants must be from 1 to 3; 2 is used.'],
  ['a prompt that is too long', { prompt: 'a'.repeat(1_001) }, { prompt: 'a'.repeat(1_000) }, 'The prompt was shortened to 1000 characters.'],
])('replaces %s and says so', (_what, stored, replaced, adjustment) => {
  expect(extract(stored)).toEqual({ ...defaults, ...replaced, adjustments: [adjustment] });
});

it.each<[string, unknown]>([
  ['a number', 5],
  ['a boolean', true],
  ['a list', ['modern']],
  ['an object', { id: 'modern' }],
  // What has a toString of its own cannot be made a text.
  ['an object with a key "toString"', { toString: 'modern' }],
])('replaces %s wherever a text belongs', (_what, value) => {
  const settings = extract({ mode: value, roomType: value, style: value, prompt: value, aspectRatio: value, quality: value });
  expect(settings).toEqual({ ...defaults, adjustments: expect.any(Array) });
  expect(settings?.adjustments.map((words) => words.replace(/".*?" is/, '… is'))).toEqual([
    expect.stringMatching(/^The mode /),
    expect.stringMatching(/^The room type /),
    expect.stringMatching(/^The style /),
    'The prompt was no text; it was left out.',
    expect.stringMatching(/^The aspect ratio /),
    expect.stringMatching(/^The quality /),
  ]);
});

it.each([['2'], [true], [[2]], [{ toString: 1 }]])('replaces %j for a number of variants', (variants) => {
  expect(extract({ variants })).toEqual({
    ...defaults,
    adjustments: ['The number of variants must be from 1 to 3; 2 is used.'],
  });
});

it('does not cut a character in two', () => {
  const settings = extract({ prompt: `${'a'.repeat(999)}🛋🛋` });
  expect(settings?.prompt).toBe('a'.repeat(999));
  expect(extract({ prompt: `${'a'.repeat(998)}🛋🛋` })?.prompt).toBe(`${'a'.repeat(998)}🛋`);
});

it('names every adjustment, and quotes little of what was stored', () => {
  const settings = extract({ mode: 'x'.repeat(10_000), style: 'baroque', variants: 9 });
  expect(settings).toEqual({ ...defaults, variants: 3, adjustments: expect.any(Array) });
  expect(settings?.adjustments).toHaveLength(3);
  expect(settings?.adjustments[0]?.length).toBeLessThan(150);
});

it('follows the configuration', () => {
  const runtime: RuntimeConfiguration = {
    ...runtimeDefaults,
    modes: ['imagine'],
    styles: [{ id: 'baroque', label: 'Baroque' }],
    defaults: { mode: 'imagine', aspectRatio: '3:2', quality: 'low', variants: 1 },
    limits: { ...runtimeDefaults.limits, maxVariants: 2, maxPromptLength: 5 },
  };
  expect(extract({ mode: 'redesign', style: 'baroque', variants: 3, prompt: 'abcdefg' }, runtime)).toEqual({
    mode: 'imagine',
    roomType: null,
    style: 'baroque',
    prompt: 'abcde',
    aspectRatio: '3:2',
    quality: 'low',
    variants: 2,
    adjustments: [
      'The mode "redesign" is no longer offered; "imagine" is used instead.',
      'The prompt was shortened to 5 characters.',
      'The number of variants must be from 1 to 2; 2 is used.',
    ],
  });
});
