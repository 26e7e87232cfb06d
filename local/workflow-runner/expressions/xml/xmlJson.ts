import { DOMImplementation, type Document, type Element, type Node } from '@xmldom/xmldom';
import { isObject, toText, type Json, type JsonObject } from '../../json.ts';
import { ExpressionError } from '../errors.ts';

const ELEMENT = 1;
const TEXT = 3;
const CDATA = 4;
const INSTRUCTION = 7;
const DECLARATION = '?xml';

/**
 * XML as JSON in the way of Json.NET: attributes as `@name`, text beside other content as `#text`, repeated elements as
 * an array, the declaration as `?xml`.
 */
export function xmlToJson(document: Document): JsonObject {
  const members: [string, Json][] = [];
  for (const node of childrenOf(document)) {
    if (node.nodeType === INSTRUCTION && node.nodeName === 'xml') members.push([DECLARATION, declaration(node)]);
    if (node.nodeType === ELEMENT) members.push([node.nodeName, elementToJson(node as Element)]);
  }
  return Object.fromEntries(members);
}

function declaration(node: Node): JsonObject {
  const attributes = [...(node.nodeValue ?? '').matchAll(/([\w-]+)\s*=\s*["']([^"']*)["']/g)];
  return Object.fromEntries(attributes.map(([, name = '', value = '']) => [`@${name}`, value]));
}

function elementToJson(element: Element): Json {
  const attributes = [...element.attributes].map(({ name, value }) => [`@${name}`, value] as const);
  const children = childrenOf(element);
  const elements = children.filter(({ nodeType }) => nodeType === ELEMENT) as Element[];
  const written = children.filter(({ nodeType }) => nodeType === TEXT || nodeType === CDATA);
  const text = written.map(({ nodeValue }) => nodeValue ?? '').join('');
  const hasText = text.trim() !== '';
  if (attributes.length === 0 && elements.length === 0) return hasText ? text : written.length > 0 ? '' : null;
  const members = new Map<string, Json>(attributes);
  if (hasText) members.set('#text', text);
  for (const child of elements) append(members, child.nodeName, elementToJson(child));
  return Object.fromEntries(members);
}

function append(members: Map<string, Json>, name: string, value: Json): void {
  const before = members.get(name);
  if (before === undefined) members.set(name, value);
  else members.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
}

function childrenOf(node: Node): Node[] {
  return [...node.childNodes];
}

/** The reverse; throws an `ExpressionError` for an object that is no document with one root. */
export function jsonToXml(value: JsonObject): Document {
  const roots = Object.entries(value).filter(([name]) => name !== DECLARATION);
  const [root, ...more] = roots;
  if (!root || more.length > 0 || Array.isArray(root[1]))
    throw new ExpressionError(
      `an object becomes XML if it has one member, which is no array; it has ${roots.map(([name]) => name).join(', ') || 'none'}`,
    );
  const document = new DOMImplementation().createDocument(null, '');
  appendElement(document, document, root[0], root[1]);
  return document;
}

function appendElement(document: Document, parent: Node, name: string, value: Json): void {
  for (const item of Array.isArray(value) ? value : [value]) {
    const element = document.createElement(checked(name));
    parent.appendChild(element);
    if (isObject(item)) appendMembers(document, element, item);
    else if (item !== null) element.appendChild(document.createTextNode(scalar(item)));
  }
}

function appendMembers(document: Document, element: Element, members: JsonObject): void {
  for (const [name, value] of Object.entries(members)) {
    if (name === '#text') element.appendChild(document.createTextNode(scalar(value)));
    else if (name.startsWith('@')) element.setAttribute(checked(name.slice(1)), scalar(value));
    else appendElement(document, element, name, value);
  }
}

/** XML writes true and false in lower case. */
function scalar(value: Json): string {
  return typeof value === 'boolean' ? String(value) : toText(value);
}

/** Names of elements and attributes, with a prefix where they have one. */
const NAME = /^[\p{L}_][\p{L}\p{N}._-]*(:[\p{L}_][\p{L}\p{N}._-]*)?$/u;

function checked(name: string): string {
  if (NAME.test(name)) return name;
  throw new ExpressionError(`${JSON.stringify(name)} is no name of an XML element or attribute`);
}
