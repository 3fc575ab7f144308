// Writes docs/coverage.md: what is emulated, read from the tables that the program itself answers from.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { createSchemaLoader } from '../src/aws/protocol/schema.ts'
import { unknownOperation } from '../src/aws/protocol/unknown.ts'
import { resourceTypes } from '../src/aws/services/cloudformation/resources/index.ts'
import { serviceTables } from '../src/aws/testing/service-tables.ts'
import { addons } from '../src/aws/services/eks/addons/catalog.ts'
import { servedGroups } from '../src/kubernetes/server/discovery.ts'
import { annotationTable } from '../src/rules/load-balancer/emulation.ts'

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

function awsSection(): string {
  const load = createSchemaLoader()
  const parts = serviceTables().map((service) => {
    const schema = load(service.schema)
    const emulated = Object.keys(service.operations).toSorted()
    const all = Object.keys(schema.file.operations)
    const other = all.find((name) => !Object.hasOwn(service.operations, name)) ?? ''
    const error = unknownOperation(service, schema, other)
    return {
      row: `| ${service.signingName} | ${emulated.length} | ${all.length} | ${error.status} \`${error.code}\`: ${error.message} |`,
      list: `### ${service.signingName}\n\n${code(emulated)}`,
    }
  })
  return [
    '## AWS operations\n',
    'Any other operation of these services is refused by its name, with a status that clients do not retry.\n',
    '| service | emulated | in all | how another one is refused, for example |',
    '|---|---|---|---|',
    `${parts.map(({ row }) => row).join('\n')}\n`,
    parts.map(({ list }) => list).join('\n\n'),
  ].join('\n')
}

function kubernetesSection(): string {
  const rows = servedGroups().flatMap(({ group, version, resources }) =>
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
export function coverageText(): string {
  const stacks = resourceTypes()
    .toSorted()
    .map((type) => `- \`${type}\``)
  const annotations = annotationTable()
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, effect }) => `| \`${name}\` | ${effect} |`)
  const rows = addons.map(
    ({ name, type, workload, lacks = '' }) =>
      `| \`${name}\` | ${type} | ${workload.kind} ${workload.name} | ${lacks} |`,
  )
  return `${[
    '# Coverage\n',
    'What the near region emulates. Written by `npx node scripts/coverage.ts` from the tables the program answers from.\n',
    `${awsSection()}\n`,
    '## CloudFormation resource types\n\nA stack with a resource of another type is refused by the name of the type.\n',
    `${stacks.join('\n')}\n`,
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

const file = fileURLToPath(new URL('../docs/coverage.md', import.meta.url))
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, coverageText())
