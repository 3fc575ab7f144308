// Owns the text of docs/cluster-config.md: every field of a ClusterConfig, its type, and what is done with it.
import { marks } from '../../src/config/schema/cluster.ts'
import { forms } from '../../src/config/schema/forms.ts'
import type { TypeMarks } from '../../src/config/schema/mark.ts'
import {
  type PublishedField,
  publishedFields,
  type PublishedValue,
} from '../../src/config/schema/published.ts'

function typeText(value: PublishedValue): string {
  switch (value.kind) {
    case 'type':
      return marks[value.name] ? `[${value.name}](#${value.name.toLowerCase()})` : value.name
    case 'list':
      return `list of ${typeText(value.of)}`
    case 'map':
      return `map to ${typeText(value.of)}`
    case 'string':
      return value.values ? value.values.map((each) => `\`${each}\``).join(', ') : 'string'
    case 'json':
      return 'anything'
    default:
      return value.kind
  }
}

function fate(name: string, { refused, noEffect }: TypeMarks): string {
  const [why, none] = [refused?.[name], noEffect?.[name]]
  if (why !== undefined) return `**refused**. ${why}`
  return none === undefined ? 'acted on' : `**without effect**. ${none}`
}

function row(type: string, [name, { value, required }]: [string, PublishedField]): string {
  const form = forms[`${type}.${name}`]
  const values =
    form?.type === 'string' && form.values ? `: ${form.values.map((each) => `\`${each}\``).join(', ')}` : ''
  const kind = `${typeText(value)}${values}${required ? ' (required)' : ''}`
  return `| \`${name}\` | ${kind.replaceAll('|', '\\|')} | ${fate(name, marks[type] ?? {}).replaceAll('|', '\\|')} |`
}

function section(type: string): string {
  const rows = Object.entries(publishedFields(type)).map((field) => row(type, field))
  return `### ${type}\n\n| field | type | what is done |\n|---|---|---|\n${rows.join('\n')}\n`
}

/** Fields of one kind of mark, with the sentence that says why. */
function markedRows(kind: 'refused' | 'noEffect'): string[] {
  return Object.keys(marks)
    .toSorted()
    .flatMap((type) =>
      Object.entries(marks[type]?.[kind] ?? {}).map(([name, note]) => `| \`${type}.${name}\` | ${note} |`),
    )
}

/** The text of docs/cluster-config.md. */
export function clusterConfigMarkdown(): string {
  const types = Object.keys(marks).toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return [
    '# ClusterConfig\n',
    "What `neargate plan` and `up` do with each field of eksctl's ClusterConfig (`eksctl.io/v1alpha5`), by the names of",
    "its types as `eksctl utils schema` prints them. A field that stands nowhere here is an error: eksctl doesn't have it.\n",
    'What is **refused** is an error of `plan`, and of `up` unless `--force` is given, which builds the cluster without it. What is',
    '**without effect** is a warning: the cluster is built without it.\n',
    '## Refused\n',
    '| field | why, or what to do |\n|---|---|',
    `${markedRows('refused').join('\n')}\n`,
    '## Without effect\n',
    '| field | why |\n|---|---|',
    `${markedRows('noEffect').join('\n')}\n`,
    '## All fields\n',
    types.map(section).join('\n'),
  ].join('\n')
}

// The file itself comes first.
function rank(type: string): number {
  return type === 'ClusterConfig' ? 0 : 1
}
