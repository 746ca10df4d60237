import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  buildASTSchema,
  coerceInputValue,
  executeSync,
  type GraphQLInputType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  parse,
} from 'graphql';
import type { RuntimeConfiguration } from '../src/config/runtime.js';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { checkInput } from '../src/domain/input.js';
import { InvalidInput } from '../src/domain/user-errors.js';
import { createSchema } from '../src/schema/schema.js';
import { extractApplySettings } from '../src/services/community/apply-settings.js';
import { type SettingsInput, checkSettings } from '../src/services/settings.js';
import { count, seededRandom } from './support/counts.js';

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

it('counts characters, as the check on write does, and cuts none in two', () => {
  const asLongAsAllowed = '🛋'.repeat(1_000);
  expect(extract({ prompt: asLongAsAllowed })).toEqual({ ...defaults, prompt: asLongAsAllowed });
  expect(extract({ prompt: `${'a'.repeat(999)}🛋🛋` })?.prompt).toBe(`${'a'.repeat(999)}🛋`);
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

describe('an imagined room without words', () => {
  it('cannot be submitted, and so is read as another mode', () => {
    for (const prompt of [undefined, null, ' \n', '\u200b', 7]) {
      const adjustment = 'A room that is imagined needs a prompt, and there is none; "redesign" is used instead.';
      expect(extract({ mode: 'imagine', style: 'modern', prompt })).toMatchObject({ mode: 'redesign', style: 'modern', prompt: null });
      expect(extract({ mode: 'imagine', prompt })?.adjustments).toContain(adjustment);
    }
    expect(extract({ mode: 'imagine', prompt: 'x' })).toMatchObject({ mode: 'imagine', prompt: 'x', adjustments: [] });
  });

  it('takes the first mode that does without, where the default is no help', () => {
    const runtime: RuntimeConfiguration = {
      ...runtimeDefaults,
      modes: ['imagine', 'compose', 'staging'],
      defaults: { ...runtimeDefaults.defaults, mode: 'imagine' },
    };
    expect(extract({}, runtime)).toMatchObject({ mode: 'compose', adjustments: [expect.any(String)] });
  });

  it('is nothing to try where every mode needs words', () => {
    const runtime: RuntimeConfiguration = {
      ...runtimeDefaults,
      modes: ['imagine'],
      defaults: { ...runtimeDefaults.defaults, mode: 'imagine' },
    };
    expect(extract({ style: 'modern' }, runtime)).toBeNull();
    expect(extract({ prompt: 'x' }, runtime)).toMatchObject({ mode: 'imagine', prompt: 'x' });
  });
});

it('leaves out of a stored prompt what a prompt may not hold', () => {
  expect(extract({ prompt: '  Oak\0\u0007,\n\tlinen \ud83d ' })).toEqual({
    ...defaults,
    prompt: 'Oak,\n\tlinen',
    adjustments: ['Characters that no text has were left out of the prompt.'],
  });
});

/** What is stored of an input, or the paths and words of its issues. */
function check(input: SettingsInput, runtime: RuntimeConfiguration = runtimeDefaults): unknown {
  const checked = checkInput();
  const stored = checkSettings(runtime, input, checked, ['applySettings']);
  try {
    checked.done();
    return stored;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.issues.map(({ path, message }) => [path.join('.'), message]);
  }
}

describe('on write', () => {
  it('what was given is kept, and nothing else', () => {
    expect(check({})).toEqual({});
    const nulls = { mode: null, roomType: null, style: null, prompt: null, aspectRatio: null, quality: null, variants: null };
    expect(check(nulls)).toEqual({});
    const all = { mode: 'imagine', roomType: 'alfresco', style: 'modern', prompt: 'Fig', aspectRatio: '2:3', quality: 'low', variants: 1 } as const;
    expect(check(all)).toEqual(all);
    expect(check({ style: 'modern', prompt: ' \n ' })).toEqual({ style: 'modern' });
    expect(check({ prompt: '\n Fig tree,\n stone ' })).toEqual({ prompt: 'Fig tree,\n stone' });
    expect(check({ prompt: '🛋'.repeat(1_000) })).toEqual({ prompt: '🛋'.repeat(1_000) });
  });

  it.each<[input: SettingsInput, path: string, words: RegExp]>([
    [{ roomType: 'cellar' }, 'roomType', /^"cellar" is not offered\. Choose one of living_room, .*granny_flat, or none\.$/],
    [{ style: 'x'.repeat(9_999) }, 'style', /^"x{50}" is not offered\. Choose one of coastal_au,/],
    [{ style: 'Modern' }, 'style', /^"Modern" is not offered/],
    [{ prompt: 'x'.repeat(1_001) }, 'prompt', /at most 1000 characters, and has 1001/],
    [{ prompt: 'a\0b' }, 'prompt', /control character/],
    [{ prompt: 'a\ud83d' }, 'prompt', /lone surrogate/],
    [{ variants: 0 }, 'variants', /from 1 to 3/],
    [{ variants: 4 }, 'variants', /from 1 to 3/],
    [{ mode: 'imagine' }, 'prompt', /^A room that is imagined is made from words alone: give a prompt/],
    [{ mode: 'imagine', prompt: ' ' }, 'prompt', /^A room that is imagined/],
  ])('%j is refused', (input, path, words) => {
    expect(check(input)).toEqual([[`applySettings.${path}`, expect.stringMatching(words)]]);
  });

  it('the configuration decides', () => {
    const runtime: RuntimeConfiguration = {
      ...runtimeDefaults,
      modes: ['imagine', 'staging'],
      qualities: ['low'],
      aspectRatios: ['3:2'],
      defaults: { mode: 'imagine', aspectRatio: '3:2', quality: 'low', variants: 1 },
      limits: { ...runtimeDefaults.limits, maxVariants: 1, maxPromptLength: 3 },
    };
    const wrong = check({ mode: 'redesign', prompt: 'abcd', aspectRatio: '1:1', quality: 'high', variants: 2 }, runtime);
    expect((wrong as [string][]).map(([path]) => path).sort()).toEqual(
      ['aspectRatio', 'mode', 'prompt', 'quality', 'variants'].map((field) => `applySettings.${field}`),
    );
    // The default mode is what will be submitted.
    expect(check({ style: 'modern' }, runtime)).toEqual([['applySettings.prompt', expect.any(String)]]);
    expect(check({ mode: 'staging' }, runtime)).toEqual({ mode: 'staging' });
  });
});

describe('what is read can be submitted', () => {
  const random = seededRandom('settings');
  const runs = { numRuns: count(500, 20_000), seed: random.seed };

  /** The settings as a client reads them. */
  type Read = Readonly<Record<string, unknown>> & { readonly adjustments: readonly string[]; readonly queryString: string };
  const type = createSchema().getType('ApplySettings') as GraphQLOutputType;
  const reading = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { settings: { type } } }) });
  const query = parse('{ settings { mode roomType style prompt aspectRatio quality variants adjustments queryString } }');
  function readBack(settings: ReturnType<typeof extract>): Read {
    const { data, errors } = executeSync({ schema: reading, document: query, rootValue: { settings } });
    if (errors) throw errors[0]!;
    return JSON.parse(JSON.stringify(data?.['settings'])) as Read;
  }

  /** SubmitGenerationInput as clients were promised it. */
  const promised = parse(readFileSync(new URL('./fixtures/contract.graphql', import.meta.url), 'utf8'));
  const wanted = ['SubmitGenerationInput', 'Mode', 'AspectRatio', 'Quality', 'UUID'];
  const submitGenerationInput = buildASTSchema({
    ...promised,
    definitions: promised.definitions.filter((node) => 'name' in node && wanted.includes(node.name?.value ?? '')),
  }).getType('SubmitGenerationInput') as GraphQLInputType;

  /** All of it is taken, under the same names, and stays what it is. */
  function expectSubmittable({ adjustments: _words, queryString, ...fields }: Read): void {
    const coerced: unknown = coerceInputValue(fields, submitGenerationInput, (path, _value, error) => {
      throw new Error(`${path.join('.')}: ${error.message}`);
    });
    expect({ ...(coerced as object) }).toEqual(fields);

    const link = Object.fromEntries(new URLSearchParams(queryString));
    const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
    expect({ ...link, variants: Number(link['variants']) }).toEqual(present);
  }

  const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;
  const words = fc
    .oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('a=b&c=d#%00+ é', '"\'<>\\\r\n\t?'))
    .map((text) => text.replace(/[^\P{Cc}\t\n\r]/gu, ''))
    .filter((text) => visible.test(text));
  const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const { modes, roomTypes, styles, aspectRatios, qualities } = runtimeDefaults;
  const given: fc.Arbitrary<SettingsInput> = fc
    .record(
      {
        mode: orNull(fc.constantFrom(...modes)),
        roomType: orNull(fc.constantFrom(...roomTypes.map(({ id }) => id))),
        style: orNull(fc.constantFrom(...styles.map(({ id }) => id))),
        prompt: orNull(words),
        aspectRatio: orNull(fc.constantFrom(...aspectRatios)),
        quality: orNull(fc.constantFrom(...qualities)),
        variants: orNull(fc.integer({ min: 1, max: 3 })),
      },
      { requiredKeys: [] },
    )
    .filter(({ mode, prompt }) => mode !== 'imagine' || prompt != null);

  it('as it was written, whatever that was', () => {
    fc.assert(
      fc.property(given, (input) => {
        const stored: unknown = JSON.parse(JSON.stringify(check(input)));
        const settings = extract(stored);
        expect(settings).toEqual({ ...defaults, ...(stored as object), adjustments: [] });
        expectSubmittable(readBack(settings));
      }),
      runs,
    );
  });

  /** Whatever may stand in the column: settings of another day, and what was never any. */
  const anything = fc.oneof(fc.string({ unit: 'binary' }), words, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.object());
  const stored = fc.oneof(
    fc.object(),
    fc.record(
      {
        mode: fc.oneof(anything, fc.constantFrom(...modes)),
        roomType: fc.oneof(anything, fc.constantFrom(...roomTypes.map(({ id }) => id))),
        style: fc.oneof(anything, fc.constantFrom(...styles.map(({ id }) => id))),
        prompt: fc.oneof(anything, words.map((text) => text.repeat(40))),
        aspectRatio: fc.oneof(anything, fc.constantFrom(...aspectRatios)),
        quality: fc.oneof(anything, fc.constantFrom(...qualities)),
        variants: fc.oneof(anything, fc.integer({ min: -1, max: 5 })),
      },
      { requiredKeys: [] },
    ),
  );
  const configured = fc
    .record({
      modes: fc.subarray([...modes], { minLength: 1 }),
      styles: fc.subarray([...styles], { minLength: 1 }),
      qualities: fc.subarray([...qualities], { minLength: 1 }),
      maxVariants: fc.integer({ min: 1, max: 3 }),
      maxPromptLength: fc.integer({ min: 1, max: 1_000 }),
    })
    .map(({ maxVariants, maxPromptLength, ...lists }): RuntimeConfiguration => ({
      ...runtimeDefaults,
      ...lists,
      defaults: { ...runtimeDefaults.defaults, mode: lists.modes[0]!, quality: lists.qualities[0]!, variants: 1 },
      limits: { ...runtimeDefaults.limits, maxVariants, maxPromptLength },
    }));

  it('whatever is stored and whatever is offered, and the check on write would take it', () => {
    let nothing = 0;
    fc.assert(
      fc.property(stored, configured, (value, runtime) => {
        const settings = extract(value, runtime);
        if (settings === null) {
          expect(runtime.modes).toEqual(['imagine']);
          nothing += 1;
          return;
        }
        const { adjustments: _words, ...fields } = settings;
        const present = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== null));
        expect(check(fields, runtime)).toEqual(present);
        expect(extract(present, runtime)).toEqual({ ...fields, adjustments: [] });
        expectSubmittable(readBack(settings));
      }),
      runs,
    );
    expect(nothing).toBeLessThan(runs.numRuns / 2);
  });
});
