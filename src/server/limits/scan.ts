import { Lexer, Source, TokenKind } from 'graphql';
import { refusal } from './refusal.js';

/**
 * How deep brackets may nest in a document's text. No honest document comes near, and everything that recurses over an
 * accepted document (the parser, the limits, validation) stays far from the end of the stack.
 */
const MAX_NESTING = 200;

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Reads a document's tokens without parsing it, and stops at the first one too many. Linear and without recursion, so it
 * is what may meet any text at all; the parser, which recurses, sees only what passed here.
 *
 * @throws GraphQLError `DOCUMENT_TOO_LARGE` or `QUERY_TOO_DEEP`; graphql's own syntax error where the text has no tokens.
 */
export function scanDocument(text: string, maxTokens: number): void {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let nesting = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens += 1;
    if (tokens > maxTokens) {
      throw refusal(
        'DOCUMENT_TOO_LARGE',
        `This document has more than ${maxTokens} tokens. Split it into several requests.`,
        {
          limit: maxTokens,
          found: tokens,
        },
      );
    }
    if (OPENING.has(token.kind)) {
      nesting += 1;
      if (nesting > MAX_NESTING) {
        throw refusal(
          'QUERY_TOO_DEEP',
          `This document nests more than ${MAX_NESTING} brackets. Ask for fewer levels at once.`,
          {
            limit: MAX_NESTING,
            found: nesting,
          },
        );
      }
    } else if (CLOSING.has(token.kind)) {
      nesting -= 1;
    }
  }
}
