import type { Mode, PresetConfiguration, RuntimeConfiguration } from '../config/runtime.js';
import { roomWording, styleWording } from './prompt-words.js';

/** Characters of the person's words: image models read so much and no more, and the rules come after them. */
const maxWordsLength = 2_000;

const task: Readonly<Record<Mode, (room: string | null) => string>> = {
  redesign: (room) => `Redesign the ${room ?? 'room'} in the photo: new furniture, materials, colours and decoration in the same space.`,
  staging: (room) => `Stage the room in the photo as ${room === null ? 'the room that it is' : withArticle(room)}: furnish and decorate it, ready to be lived in and to be shown to buyers.`,
  compose: (room) =>
    `Restyle the ${room ?? 'room'} in the first photo after the second photo: take over the second photo's palette, materials, furniture style and mood.`,
  imagine: (room) => `Show ${withArticle(room ?? 'room')}, seen from eye level by somebody who stands in it.`,
};

const withArticle = (name: string): string => `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;

const kept =
  'Keep the architecture exactly as it is: walls, ceiling, windows, doors and the view through them stay in their places, ' +
  "and so do the camera's position, the perspective and the proportions of the room.";

const rules: Readonly<Record<Mode, string>> = {
  redesign: kept,
  staging: `${kept} Walls and floor keep their materials. Furniture has its true size, stands on the floor and blocks no door or window.`,
  compose: kept.replace('Keep the architecture', "Keep the first photo's architecture"),
  imagine: 'The room is plausible: it could be built, its furniture has its true size, and its light comes from its windows and lamps.',
};

const manner =
  'A photorealistic interior photograph as for a design magazine: natural light, true materials, straight verticals. No people, no text, no logos, no watermark.';

/**
 * The instruction to an image model, made of mode, presets and the person's words: English sentences, at most
 * 4,000 characters. A preset that an operator added is called by its label; one that the configuration
 * no longer has is left out. The words are quoted as a wish and on one line, and cannot end their quotation.
 */
export function buildPrompt(
  { roomTypes, styles }: Pick<RuntimeConfiguration, 'roomTypes' | 'styles'>,
  { mode, roomType, style, words }: { readonly mode: Mode; readonly roomType: string | null; readonly style: string | null; readonly words: string | null },
): string {
  const room = offered(roomTypes, roomType);
  const look = offered(styles, style);
  const roomWords = room === undefined ? undefined : (roomWording(room.id) ?? { name: sentenceCase(room.label), needs: null });
  return [
    task[mode](roomWords?.name ?? null),
    roomWords?.needs,
    look === undefined ? undefined : `The style is ${look.label}${withDetail(styleWording(look.id))}.`,
    wish(words),
    rules[mode],
    manner,
  ]
    .filter((sentence) => sentence != null)
    .join(' ');
}

function offered(presets: readonly PresetConfiguration[], chosen: string | null): PresetConfiguration | undefined {
  return chosen === null ? undefined : presets.find(({ id }) => id === chosen);
}

const withDetail = (detail: string | null): string => (detail === null ? '' : `: ${detail}`);

/** "Wine cellar" in the middle of a sentence is "wine cellar"; "TV room" stays what it is. */
const sentenceCase = (label: string): string => (/^\p{Lu}\p{Ll}/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label);

function wish(words: string | null): string | undefined {
  const line = (words ?? '').replace(/[\s\p{Cc}]+/gu, ' ').replace(/["“”„«»]/gu, "'").trim();
  if (line === '') return undefined;
  const letters = Array.from(line);
  const text = letters.length > maxWordsLength ? `${letters.slice(0, maxWordsLength - 1).join('')}…` : line;
  return `The client wishes: "${text}".`;
}
