import { expect, it } from 'vitest'

import { plan } from './testing/plan-of.ts'

const SPACE = `---
apiVersion: v1
kind: Namespace
metadata: {name: aws-observability, labels: {aws-observability: enabled}}
`

function map(output: string, name = 'aws-logging'): string {
  return `---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: aws-observability}
data:
  output.conf: |
    [OUTPUT]
      Name ${output}
      Match *
      region ap-southeast-1
      log_group_name lines
      log_stream_prefix fluent-
`
}

const ROLE = 'iam: {fargatePodExecutionRoleARN: "arn:aws:iam::111122223333:role/pods"}'

function said(manifests: string, given: Parameters<typeof plan>[1] = { config: ROLE }): string[] {
  return plan(manifests, given)
    .problems.filter(({ code }) => code.startsWith('fargate-logging'))
    .map(({ severity, code, message, line }) => `${line} ${severity} ${code}: ${message}`)
}

it.each<[string, string, Parameters<typeof plan>[1], string[]]>([
  ['what works', SPACE + map('cloudwatch_logs'), undefined, []],
  ['another ConfigMap', map('loki', 'other'), undefined, []],
  [
    'what AWS refuses',
    SPACE + map('loki'),
    undefined,
    [
      '10 error fargate-logging-invalid: Fargate refuses the log router: loki is not a supported output plugin',
    ],
  ],
  [
    'what is elsewhere',
    SPACE + map('es'),
    undefined,
    ['10 warning fargate-logging-not-near: Neargate does not emulate the output plugin es'],
  ],
  ['what is elsewhere, on AWS', SPACE + map('es'), { config: ROLE, target: 'aws' }, []],
  [
    'a namespace without the label',
    SPACE.replace('enabled', 'off-for-now') + map('cloudwatch_logs'),
    undefined,
    [
      '4 warning fargate-logging-unlabelled: Fargate looks for its log router only where the namespace has the label aws-observability: enabled',
    ],
  ],
  [
    'a role without rights',
    SPACE + map('cloudwatch_logs'),
    {},
    [
      "8 warning fargate-logging-without-rights: pods of the Fargate profile fp get a role that eksctl's way makes: it may not write logs, and nothing says so",
    ],
  ],
])('%s', (_, manifests, given, problems) => {
  expect(said(manifests, given)).toEqual(problems)
})
