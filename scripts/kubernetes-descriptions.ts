// Writes data/kubernetes-descriptions.json.gz: what Kubernetes says of each of its types and their fields, as published
// typings have it in their doc comments. Run by hand when data/kubernetes-fields.json has new types or either package is
// updated; the build needs neither of them, which are 66 MB:
//   npm install --prefix /tmp/typings @kubernetes/client-node@2.0.1 kubernetes-types@1.30.0, then
//   npm run descriptions -- /tmp/typings/node_modules
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { constants, gzipSync } from 'node:zlib'

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

const [modules] = process.argv.slice(2)
if (modules === undefined) {
  process.stderr.write('usage: npm run descriptions -- /path/to/node_modules\n')
  process.exit(2)
}
const packages = pathToFileURL(`${resolve(modules)}/`)
const described = describeTypes(new URL('../data/kubernetes-fields.json', import.meta.url), {
  classes: new URL('@kubernetes/client-node/dist/gen/models/', packages),
  interfaces: new URL('kubernetes-types/', packages),
})
writeFileSync(
  new URL('../data/kubernetes-descriptions.json.gz', import.meta.url),
  gzipSync(`${JSON.stringify(described)}\n`, { level: constants.Z_BEST_COMPRESSION }),
)

/**
 * The descriptions of the types in the field table at `source`, by type and field. Types that the client has no class
 * for (query options, embedded structs) are left out.
 */
function describeTypes(source: URL, typings: Typings): Readonly<Record<string, Described>> {
  const { types } = JSON.parse(readFileSync(source, 'utf8')) as {
    readonly types: Readonly<Record<string, object>>
  }
  const found: Record<string, Described> = {}
  for (const type of Object.keys(types)) {
    const ofClass = describeClass(type, typings.classes)
    if (!ofClass) continue
    const fields = { ...interfaceFields(type, typings.interfaces), ...ofClass.fields }
    found[type] = { ...ofClass, fields }
  }
  return found
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
