/**
 * Ids of users, sessions and items. Each becomes a document id (`documents.ts`), so one rule says which ids there are,
 * for all who take one in: the API answers 400 to others, ingest puts their events aside.
 */

/** Cosmos DB takes document ids of up to this many bytes. */
export const LONGEST_DOCUMENT_ID = 1_023;

export const IDENTIFIER_LIMITS = {
  characters: 128,
  /** Characters of the percent-encoded id: what is left of a document id after the longest word before it, with room. */
  encoded: 1_000,
} as const;

/** Percent-encoding makes at most nine characters of a UTF-16 unit (three bytes of UTF-8), so shorter ids always fit. */
const ALWAYS_FITS = Math.floor(IDENTIFIER_LIMITS.encoded / 9);

/** What the format `identifier` of the JSON Schemas asks for, to follow the name of the value. */
export const IDENTIFIER_RULE = `must be well-formed Unicode of at most ${IDENTIFIER_LIMITS.encoded} characters when percent-encoded`;

/**
 * Whether an id can be part of a document id: the format `identifier` of the JSON Schemas, which each validator has to be
 * given. Half of a surrogate pair can be written in JSON but not in UTF-8, so no store could keep it.
 */
export function isIdentifier(id: string): boolean {
  if (!id.isWellFormed()) return false;
  return id.length <= ALWAYS_FITS || encodeURIComponent(id).length <= IDENTIFIER_LIMITS.encoded;
}

/** JSON Schema of an id of a user, session or item. */
export const identifierSchema = {
  type: 'string',
  minLength: 1,
  maxLength: IDENTIFIER_LIMITS.characters,
  format: 'identifier',
} as const;
