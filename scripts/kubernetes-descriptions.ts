// Writes generated/kubernetes-descriptions.json: what Kubernetes says of each of its types and their fields, as published
// typings have it in their doc comments.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

interface Described {
  readonly description: string
  readonly fields: Readonly<Record<string, string>>
}

/** The typings' folders. */
interface Typings {
  /** Model classes of the official client: newest, but they lack the descriptions of fields that refer to a type. */
  readonly classes: URL
  /** Interfaces of `kubernetes-types`: an older release, which has those. */
  readonly interfaces: URL
}

const CLASS = /\/\*\*\n\* (.*)\n\*\/\nexport declare class /
const CLASS_FIELD = /^ {4}\/\*\*\n {4}\* (.*)\n {4}\*\/\n {4}'(\w+)'\??:/gm
const PUBLISHED_NAME = /"name": "(\w+)",\s+"baseName": "([^"]+)"/g
const INTERFACE_FIELD = /^ {4}\/\*\*((?:(?!\*\/)[^])*)\*\/\n {4}(?:readonly )?"?([\w$-]+)"?\??:/gm

/**
 * Writes the descriptions of the types in the field table at `source` to `target`, by type and field. Types that the
 * client has no class for (query options, embedded structs) are left out.
 */
export function writeKubernetesDescriptions(source: URL, typings: Typings, target: URL): void {
  const { types } = JSON.parse(readFileSync(source, 'utf8')) as {
    readonly types: Readonly<Record<string, object>>
  }
  const described: Record<string, Described> = {}
  for (const type of Object.keys(types)) {
    const ofClass = describeClass(type, typings.classes)
    if (!ofClass) continue
    const fields = { ...interfaceFields(type, typings.interfaces), ...ofClass.fields }
    described[type] = { ...ofClass, fields }
  }
  writeFileSync(target, `${JSON.stringify(described)}\n`)
}

function describeClass(type: string, folder: URL): Described | undefined {
  const name = classNames(type).find((candidate) => existsSync(new URL(`${candidate}.d.ts`, folder)))
  if (name === undefined) return undefined
  const declaration = readFileSync(new URL(`${name}.d.ts`, folder), 'utf8')
  const implementation = readFileSync(new URL(`${name}.js`, folder), 'utf8')
  // Properties that are no identifiers in other languages have another name there: `_from`, `x_kubernetes_list_type`.
  const published = new Map([...implementation.matchAll(PUBLISHED_NAME)].map(([, own, base]) => [own, base]))
  const fields: Record<string, string> = {}
  for (const [, comment = '', own = ''] of declaration.matchAll(CLASS_FIELD)) {
    fields[published.get(own) ?? own] = unescaped(comment)
  }
  return { description: unescaped(CLASS.exec(declaration)?.[1] ?? ''), fields }
}

// `V1Pod`, unless several groups have a type of the name: then all of them carry their group in front, `CoreV1Event`.
function classNames(type: string): readonly string[] {
  const { group, version, name } = parts(type)
  const short = upperFirst(version) + name
  return [upperFirst(group) + short, short]
}

function interfaceFields(type: string, folder: URL): Readonly<Record<string, string>> {
  const { group, version, name } = parts(type)
  const file = new URL(`${group}/${version}.d.ts`, folder)
  if (!existsSync(file)) return {}
  const [, rest = ''] = readFileSync(file, 'utf8').split(`\nexport interface ${name} {\n`)
  const [body = ''] = rest.split('\n}')
  const found = [...body.matchAll(INTERFACE_FIELD)]
  return Object.fromEntries(found.map(([, comment = '', field = '']) => [field, joined(comment)]))
}

// As the classes have it: the lines of a comment in one.
function joined(comment: string): string {
  return comment.replaceAll(/\s*\n\s*(?:\* ?)?/g, ' ').trim()
}

function parts(type: string): { readonly group: string; readonly version: string; readonly name: string } {
  const [, group = '', version = '', name = ''] = /^(\w+)\/(\w+)\.(\w+)$/.exec(type) ?? []
  return { group, version, name }
}

// The generator of the classes escapes quotes, and the end of a comment.
function unescaped(comment: string): string {
  return comment
    .replaceAll('*_/', '*/')
    .replaceAll(/\\(['"\\])/g, '$1')
    .trim()
}

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
