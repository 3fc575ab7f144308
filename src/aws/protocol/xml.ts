// Owns XML answers of the query protocols: values to elements and back, and the small parser for the way back.
import { XMLParser, XMLValidator } from 'fast-xml-parser'

import { AwsError } from '../../base/errors.ts'
import type { Schema, ShapeRef } from './schema.ts'
import { formatSimple, parseSimple } from './values.ts'

/** An element: its text, or its children in order. */
export interface Element {
  readonly name: string
  readonly text: string
  readonly children: readonly Element[]
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
}

/** Text as element content. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character)
}

/** `<name>text</name>` with the text escaped. */
export function textElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`
}

/** The content (without an enclosing element) of a value. `flatName` is set for a flattened list's member. */
export function toXml(schema: Schema, ref: ShapeRef, value: unknown): string {
  const shape = schema.shape(ref)
  if (shape.kind === 'simple') {
    const date = shape.type === 'timestamp' && !(value instanceof Date)
    // Records that live in the store carry moments as text; both forms are written alike.
    return escapeXml(formatSimple(date ? new Date(value as string | number) : value))
  }
  if (shape.kind === 'list') {
    const name = shape.item.traits.xmlName ?? 'member'
    return (value as readonly unknown[]).map((item) => element(schema, [name, shape.item.ref], item)).join('')
  }
  if (shape.kind === 'map') {
    const [keyName, valueName] = [shape.key.traits.xmlName ?? 'key', shape.value.traits.xmlName ?? 'value']
    return Object.entries(value as object)
      .map(
        ([key, item]) =>
          `<entry>${textElement(keyName, key)}<${valueName}>${toXml(schema, shape.value.ref, item)}</${valueName}></entry>`,
      )
      .join('')
  }
  const source = value as Record<string, unknown>
  return shape.members
    .map((member) => {
      const item = source[member.name]
      if (item === undefined || item === null || member.traits.xmlAttribute) return ''
      const name = member.traits.xmlName ?? member.name
      if (member.traits.xmlFlattened) return flattened(schema, member.ref, { name, items: item })
      return element(schema, [name, member.ref], item)
    })
    .join('')
}

function element(schema: Schema, [name, ref]: readonly [string, ShapeRef], value: unknown): string {
  return `<${name}${attributesOf(schema, ref, value)}>${toXml(schema, ref, value)}</${name}>`
}

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

/** Members that are attributes: the only one is the `xsi:type` of a grantee of S3. Parsers refuse a prefix without its namespace. */
function attributesOf(schema: Schema, ref: ShapeRef, value: unknown): string {
  const shape = schema.shape(ref)
  if (shape.kind !== 'structure') return ''
  const source = value as Readonly<Record<string, unknown>>
  if (!shape.members.some(({ traits }) => traits.xmlAttribute)) return ''
  const attributes = shape.members.flatMap(({ name, traits }) => {
    const text = source[name]
    return traits.xmlAttribute && typeof text === 'string'
      ? [`${traits.xmlName ?? name}="${escapeXml(text)}"`]
      : []
  })
  return attributes.length > 0 ? ` ${[XSI, ...attributes].join(' ')}` : ''
}

// The items of a list without an element around them.
function flattened(
  schema: Schema,
  ref: ShapeRef,
  { name, items }: { readonly name: string; readonly items: unknown },
): string {
  const shape = schema.shape(ref)
  if (shape.kind !== 'list') return ''
  return (items as readonly unknown[]).map((item) => element(schema, [name, shape.item.ref], item)).join('')
}

/** Reads a value out of an element's content; elements the schema doesn't know are passed over. */
export function fromXml(schema: Schema, ref: ShapeRef, element: Element): unknown {
  const shape = schema.shape(ref)
  if (shape.kind === 'simple') return parseSimple(shape.type, element.text, element.name)
  if (shape.kind === 'list') return element.children.map((item) => fromXml(schema, shape.item.ref, item))
  if (shape.kind === 'map') {
    return Object.fromEntries(
      element.children.map((entry) => {
        const [key, value] = entry.children
        return [key?.text ?? '', value ? fromXml(schema, shape.value.ref, value) : undefined]
      }),
    )
  }
  const members = new Map(shape.members.map((member) => [member.traits.xmlName ?? member.name, member]))
  const value: Record<string, unknown> = {}
  for (const child of element.children) {
    const member = members.get(child.name)
    if (!member) continue
    const inner = schema.shape(member.ref)
    if (member.traits.xmlFlattened && inner.kind === 'list') {
      // Only this function makes these lists.
      const list = (value[member.name] ??= []) as unknown[]
      list.push(fromXml(schema, inner.item.ref, child))
    } else value[member.name] = fromXml(schema, member.ref, child)
  }
  return value
}

/** The first child of that name. */
export function childOf(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((child) => child.name === name)
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Numeric references such as &#13; come with HTML's names.
  htmlEntities: true,
})

/** Parses the XML that AWS endpoints answer with: elements and text; attributes are dropped. @throws AwsError. */
export function parseXml(text: string): Element {
  const verdict = XMLValidator.validate(text)
  if (verdict !== true) {
    throw new AwsError('SerializationException', `The response is not well-formed XML: ${verdict.err.msg}`)
  }
  // The shape that preserveOrder gives: a list of nodes, each with its name as the only member.
  const [document] = elementsOf(parser.parse(text) as readonly XmlNode[])
  if (!document) throw new AwsError('SerializationException', 'The response is not an XML document')
  return document
}

type XmlNode = Readonly<Record<string, readonly XmlNode[] | string>>
const TEXT = '#text'

function elementsOf(nodes: readonly XmlNode[]): Element[] {
  return nodes.flatMap((node) =>
    Object.entries(node).flatMap(([name, content]) =>
      name === TEXT || typeof content === 'string'
        ? []
        : [
            {
              name,
              text: content.map(textOf).join(''),
              children: elementsOf(content),
            },
          ],
    ),
  )
}

function textOf(node: XmlNode): string {
  const text = node[TEXT]
  return typeof text === 'string' ? text : ''
}
