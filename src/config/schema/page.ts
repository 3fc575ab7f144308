// Owns the text of docs/cluster-config.md: what is done with each field of a ClusterConfig.
import { marks } from './cluster.ts'

/** The text of docs/cluster-config.md, which a test keeps equal to the marks. */
export function clusterConfigMarkdown(): string {
  const types = Object.keys(marks).toSorted()
  const honoured = types.map((type) => {
    const names = (marks[type]?.honoured ?? []).map((name) => `\`${name}\``)
    return `| ${type} | ${names.join(', ')} |`
  })
  return [
    '# ClusterConfig',
    '',
    "What `neargate plan` and `up` do with each field of eksctl's ClusterConfig (`eksctl.io/v1alpha5`), by the names of",
    "its types as `eksctl utils schema` prints them. A field of none of these tables is an error: eksctl doesn't have it.",
    '',
    '## Acted on',
    '',
    '| type | fields |',
    '|---|---|',
    ...honoured,
    '',
    '## Refused',
    '',
    'Errors of `plan`, and of `up` unless `--force` is given, which builds the cluster without them.',
    '',
    '| field | why, or what to do |',
    '|---|---|',
    ...rows('refused'),
    '',
    '## Without effect',
    '',
    'Warnings: the cluster is built without them.',
    '',
    '| field | why |',
    '|---|---|',
    ...rows('noEffect'),
    '',
  ].join('\n')

  function rows(kind: 'refused' | 'noEffect'): string[] {
    return types.flatMap((type) =>
      Object.entries(marks[type]?.[kind] ?? {}).map(([name, note]) => `| \`${type}.${name}\` | ${note} |`),
    )
  }
}
