type Json = Record<string, unknown>;

/**
 * Collects schemas as components: every schema with a `title` is described once, under that name, and referred to from
 * everywhere else. Titles are unique; two different schemas of one title are a fault of ours.
 */
export function componentSchemas(): { refer(schema: unknown): unknown; schemas(): Json } {
  const sources = new Map<string, unknown>();
  const described: Json = {};

  const describe = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(refer);
    if (typeof schema !== 'object' || schema === null) return schema;
    return Object.fromEntries(
      Object.entries(schema)
        .filter(([keyword]) => keyword !== '$id')
        .map(([keyword, value]) => [keyword, refer(value)]),
    );
  };

  const refer = (schema: unknown): unknown => {
    const title = (schema as { title?: unknown } | null)?.title;
    if (typeof title !== 'string') return describe(schema);
    const known = sources.get(title);
    if (known !== undefined && known !== schema) throw new Error(`Two schemas have the title "${title}".`);
    if (known === undefined) {
      sources.set(title, schema);
      described[title] = describe(schema);
    }
    return { $ref: `#/components/schemas/${title}` };
  };

  return { refer, schemas: () => described };
}
