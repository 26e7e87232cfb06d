import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Arguments } from './arguments.ts';

/** Every value of a key of a form: of `$formdata`, or of the parts of a multipart body with that name. */
export function formValues(args: Arguments, index: number, body: Json): Json[] {
  const key = args.text(index);
  const content = isObject(body) ? body : {};
  if (Array.isArray(content.$formdata)) {
    const entries = content.$formdata as { key: string; value: Json }[];
    return entries.filter((entry) => entry.key === key).map(({ value }) => value);
  }
  if (Array.isArray(content.$multipart))
    return (content.$multipart as JsonObject[]).filter((part) => nameOf(part) === key).map(({ body: value }) => value!);
  return args.fail('reads bodies of type application/x-www-form-urlencoded and multipart/form-data only');
}

/** The one value of a key; a refusal for none or several. */
export function singleFormValue(args: Arguments, index: number, body: Json): Json {
  const values = formValues(args, index, body);
  const [value] = values;
  if (values.length === 1 && value !== undefined) return value;
  return args.fail(`expects one value of the key '${args.text(index)}'; the form has ${values.length}`);
}

/** The body of a part of a multipart body. */
export function multipartBody(args: Arguments, index: number, body: Json): Json {
  const parts = isObject(body) && Array.isArray(body.$multipart) ? (body.$multipart as JsonObject[]) : undefined;
  if (!parts) return args.fail('reads bodies of a multipart type only');
  const part = parts[args.integer(index)];
  return part ? (part.body ?? null) : args.fail(`finds no part ${args.integer(index)}; the body has ${parts.length}`);
}

function nameOf({ headers }: JsonObject): string | undefined {
  const disposition = isObject(headers) ? headers['Content-Disposition'] : undefined;
  return /\bname="?([^";]*)"?/i.exec(String(disposition ?? ''))?.[1];
}
