import {
  adults, bare, colourNouns, gravestTerms, lookAlikes, minors, refusedTerms, rooms, suggestive, type Term, writtenFor,
} from './prompt-terms.js';

/**
 * Whether a prompt may be drawn. Refused are explicit sexual content, anything sexual about minors, gore and violence to
 * people, symbols of hatred, and real firearms and bombs; and whatever contains one of the operator's own terms, as
 * whole words in any case.
 *
 * It is a light check of English words, which spares an obvious request its way to the provider, and no moderation: it
 * knows no other language, no context and no pictures. A provider that draws by a model has a moderation of its own, and
 * a service open to the public needs one. Whole words are compared, after accents, look-alike letters and digits that
 * are written for letters have been undone; only for the gravest terms are the signs between letters passed over, too.
 * When in doubt it lets pass, because most people who write "nude" or "gun" mean a colour.
 */
export function isAcceptablePrompt(prompt: string, rejectedTerms: readonly string[]): boolean {
  const own = rejectedTerms.map((phrase): Term => ({ phrase: wordsOf(plain(phrase)).join(' ') }));
  const text = plain(prompt);
  const spelled = undone(text);
  if (gravestTerms.some((term) => lettersOf(spelled).includes(term))) return false;
  return [text, spelled].map(wordsOf).every((words) => isAcceptable(words, own));
}

function isAcceptable(words: readonly string[], own: readonly Term[]): boolean {
  const line = ` ${words.join(' ')} `;
  if ([...refusedTerms, ...own].some((term) => line.includes(` ${term.phrase} `) && says(words, term))) return false;
  return !showsSomebodyBare(words) && !sexualisesMinors(words);
}

/** Lower case, one form for each letter, no accents and nothing invisible. */
function plain(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFD').replace(/[\p{M}\p{Cf}]/gu, '');
  return Array.from(folded, (letter) => (Object.hasOwn(lookAlikes, letter) ? (lookAlikes[letter] ?? letter) : letter)).join('');
}

/** With letters where signs are written for them. */
const undone = (text: string): string =>
  Array.from(text, (sign) => (Object.hasOwn(writtenFor, sign) ? (writtenFor[sign] ?? sign) : sign)).join('');

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];

const lettersOf = (text: string): string => text.replace(/[^\p{L}]/gu, '');

function says(words: readonly string[], { phrase, notBefore = [], notAfter = [], notWith = [] }: Term): boolean {
  const wanted = phrase.split(' ');
  if (phrase === '' || notWith.some((word) => words.includes(word))) return false;
  return words.some((_, at) => {
    if (!wanted.every((word, i) => words[at + i] === word)) return false;
    return !notAfter.includes(words[at - 1] ?? '') && !notBefore.includes(words[at + wanted.length] ?? '');
  });
}

/** "A nude woman", "two naked young men", "a girl who is naked"; and neither "nude tones" nor "a nude girls bedroom". */
function showsSomebodyBare(words: readonly string[]): boolean {
  const isPerson = (at: number): boolean =>
    [...adults, ...minors].includes(words[at] ?? '') && !rooms.includes(words[at + 1] ?? '');
  return words.some((word, at) => {
    if (!bare.includes(word) || colourNouns.includes(words[at + 1] ?? '')) return false;
    const isSaidOf = ['is', 'are', 'being'].includes(words[at - 1] ?? '') && (isPerson(at - 2) || isPerson(at - 3));
    return isSaidOf || isPerson(at + 1) || isPerson(at + 2) || isPerson(at - 1);
  });
}

/** A suggestive word beside a word for a child, with at most one word between. */
function sexualisesMinors(words: readonly string[]): boolean {
  const isMinor = (at: number): boolean => minors.includes(words[at] ?? '') && !rooms.includes(words[at + 1] ?? '');
  return words.some((word, at) => {
    if (!suggestive.includes(word) || colourNouns.includes(words[at + 1] ?? '')) return false;
    return [-2, -1, 1, 2].some((step) => isMinor(at + step));
  });
}
