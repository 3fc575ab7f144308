// Owns the text of docs/coverage.md: what is emulated, read from the tables that the program itself answers from.

import { createSchemaLoader, type Schema } from '../../src/aws/protocol/schema.ts'
import type { BoundOperation } from '../../src/aws/protocol/service.ts'
import { undeclaredMembers } from '../../src/aws/protocol/undeclared.ts'
import { unknownOperation } from '../../src/aws/protocol/unknown.ts'
import { resourceTypes } from '../../src/aws/services/cloudformation/resources/index.ts'
import { isWithin, leavesOf } from '../../src/aws/services/cloudformation/resources/property-path.ts'
import {
  honouredPaths,
  type ResourceType,
} from '../../src/aws/services/cloudformation/resources/resource-type.ts'
import { typeFacts } from '../../src/aws/services/cloudformation/resources/specification.ts'
import { serviceTables } from '../../src/aws/testing/service-tables.ts'
import { addons } from '../../src/aws/services/eks/addons/catalog.ts'
import { builtinKinds } from '../../src/kubernetes/resources/index.ts'
import { servedGroups } from '../../src/kubernetes/server/discovery.ts'
import { annotationTable } from '../../src/rules/load-balancer/emulation.ts'

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

/** Paths with those of one parent together: `scalingConfig.{minSize, maxSize}`. */
function paths(all: readonly string[]): string {
  const byParent = Map.groupBy(all, (path) => path.slice(0, path.lastIndexOf('.') + 1))
  const words = [...byParent].flatMap(([parent, group]) => {
    const names = group.map((path) => path.slice(parent.length))
    return parent === '' || names.length === 1 ? group : [`${parent}{${names.join(', ')}}`]
  })
  return code(words)
}

function memberRow(schema: Schema, operation: string, declared: BoundOperation): string {
  const { honours, keeps } = declared
  const ref = schema.operation(operation)?.input ?? 'Unit'
  const refused = undeclaredMembers(schema, ref, declared)
  const plain = refused.filter(({ standard }) => standard === false).map(({ path }) => path)
  const others = refused
    .filter(({ standard }) => standard !== false)
    .map(({ path, standard }) => `\`${path}\` (default \`${JSON.stringify(standard)}\`)`)
  const cell = [paths(plain), ...others].filter((part) => part !== '').join(', ')
  return `| ${operation} | ${paths(honours)} | ${paths(keeps)} | ${cell} |`
}

async function awsSection(): Promise<string> {
  const load = createSchemaLoader()
  const parts = (await serviceTables()).map((service) => {
    const schema = load(service.schema)
    const emulated = Object.keys(service.operations).toSorted()
    const all = Object.keys(schema.file.operations)
    const other = all.find((name) => !Object.hasOwn(service.operations, name))
    const error = other === undefined ? undefined : unknownOperation(service, schema, other)
    const example = error ? `${error.status} \`${error.code}\`: ${error.message}` : 'none is left'
    const members = Object.entries(service.operations)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([operation, declared]) => memberRow(schema, operation, declared))
    return {
      row: `| ${service.signingName} | ${emulated.length} | ${all.length} | ${example} |`,
      list: [
        `### ${service.signingName}\n\n${code(emulated)}\n`,
        `<details><summary>members of ${service.signingName} requests</summary>\n`,
        '| operation | honoured | kept, without effect | refused |',
        '|---|---|---|---|',
        `${members.join('\n')}\n`,
        '</details>',
      ].join('\n'),
    }
  })
  return [
    '## AWS operations\n',
    'Any other operation of these services is refused by its name, with a status that clients do not retry. So is a',
    'request with a member that its operation does not take, unless the member is empty, `false`, or the documented',
    'default that stands beside it. Members that are kept are stored and shown as on AWS, and have no effect.\n',
    '| service | emulated | in all | how another one is refused, for example |',
    '|---|---|---|---|',
    `${parts.map(({ row }) => row).join('\n')}\n`,
    parts.map(({ list }) => list).join('\n\n'),
  ].join('\n')
}

/** The names at the top where nothing below is taken, the paths where something is. */
function refusedPaths(type: ResourceType): string[] {
  const taken = [...honouredPaths(type), ...Object.keys(type.defaults ?? {})]
  const facts = typeFacts(type.name)
  const refused = (facts ? leavesOf(facts) : [])
    .map(({ path }) => path)
    .filter((path) => !isWithin(taken, path))
  const topOf = (path: string): string => path.split('.')[0] ?? ''
  const isTouched = (top: string): boolean => taken.some((path) => topOf(path) === top)
  return [...new Set(refused.map((path) => (isTouched(topOf(path)) ? path : topOf(path))))]
}

function stackSection(): string {
  const parts = resourceTypes().map((type) => {
    const onlyDefaults = Object.entries(type.defaults ?? {}).map(
      ([path, value]) => `${path}: ${JSON.stringify(value)}`,
    )
    const rows: [string, readonly string[]][] = [
      ['Properties', [...new Set(honouredPaths(type))].toSorted()],
      ['Accepted with this value alone', onlyDefaults],
      ['Refused', refusedPaths(type)],
      ['Fn::GetAtt', type.attributes],
    ]
    const lines = rows.flatMap(([title, words]) => (words.length > 0 ? [`- ${title}: ${code(words)}`] : []))
    return `### ${type.name}\n\n${lines.join('\n')}`
  })
  return [
    '## CloudFormation resource types\n',
    'A stack with a resource of another type is refused by the name of the type. A property that AWS does not have, and',
    'one that is refused here, fails its resource by its name. What an update of a property does - in place, or by a new',
    "resource - is what AWS publishes. A structure that is listed goes to the service's own operation as a whole.\n",
    parts.join('\n\n'),
  ].join('\n')
}

function kubernetesSection(): string {
  const versions = servedGroups(builtinKinds).flatMap((group) => group.versions)
  const rows = versions.flatMap(({ group, version, resources }) =>
    resources.map(({ kind, verbs, subresources }) => {
      const below = subresources.map((sub) => `${sub.name} (${sub.verbs.join(', ')})`).join('; ')
      return `| ${group === '' ? version : `${group}/${version}`} | ${kind} | ${verbs.join(', ')} | ${below} |`
    }),
  )
  return [
    '## Kubernetes kinds\n',
    'What is not in this table is not in the discovery either, and is answered 404.\n',
    '| API | kind | verbs | subresources |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** The text of docs/coverage.md. */
export async function coverageText(): Promise<string> {
  const annotations = annotationTable()
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, effect }) => `| \`${name}\` | ${effect} |`)
  const rows = addons.map(
    ({ name, type, workload, lacks = '' }) =>
      `| \`${name}\` | ${type} | ${workload.kind} ${workload.name} | ${lacks} |`,
  )
  return `${[
    '# Coverage\n',
    'What the near region emulates. Written by `npm run docs` from the tables the program answers from.\n',
    `${await awsSection()}\n`,
    `${stackSection()}\n`,
    `${kubernetesSection()}\n`,
    '## Load balancer annotations\n',
    'What the annotations do that the AWS Load Balancer Controller reads on a Service. One that is refused is named by',
    '`plan`, and in an event `FailedBuildModel` of the Service, which then gets no load balancer;',
    '`service.beta.kubernetes.io/actions.…` (weighted target groups) is refused too. All others are ignored, as on AWS;',
    '`plan` warns of those that begin like these.\n',
    '| annotation | here |',
    '|---|---|',
    `${annotations.join('\n')}\n`,
    '## Add-ons\n\n| add-on | type | workload | near, it |\n|---|---|---|---|',
    rows.join('\n'),
  ].join('\n')}\n`
}
