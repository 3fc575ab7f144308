import { describe, expect, it } from 'vitest'

import type { PodFacts } from './filters/filter.ts'
import { readLogRouter } from './log-router.ts'
import { startPipeline, type ContainerLine, type Delivery } from './pipeline.ts'

const AT = Date.parse('2026-05-04T03:02:01.000Z')
const TAG = 'kube.var.log.containers.web-1_shop_nginx-0123.log'
const pod: PodFacts = {
  name: 'web-1',
  namespace: 'shop',
  uid: 'u-1',
  node: 'fargate-ip-10-0-0-1',
  labels: { app: 'web' },
  annotations: { 'fluentbit.io/exclude': 'true', 'fluentbit.io/parser': 'pairs' },
  images: { nginx: { image: 'nginx:1', id: 'sha256:ab' } },
}
const CRIO = `[PARSER]
  Name crio
  Format Regex
  Regex ^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>P|F) (?<log>.*)$
  Time_Key time
  Time_Format %Y-%m-%dT%H:%M:%S.%L%z
[PARSER]
  Name pairs
  Format logfmt
  Types status:integer
`
const PLAIN = '[FILTER]\n  Name parser\n  Match *\n  Key_Name log\n  Parser crio\n'

interface Given {
  /** Settings of filters, each beginning with its name. */
  readonly filters?: readonly (readonly string[])[]
  readonly output?: readonly string[]
  readonly now?: () => number
}

/** Runs lines through a router whose records are those of plain lines. */
function run(given: Given, ...texts: string[]): readonly Delivery[] {
  const filters = (given.filters ?? []).map(
    ([name, ...rest]) => `[FILTER]\n  Name ${name}\n  Match kube.*\n${lines(rest)}`,
  )
  const output = given.output ?? ['Name cloudwatch_logs', 'log_group_name lines', 'log_stream_prefix p-']
  const data = {
    'parsers.conf': CRIO,
    'filters.conf': PLAIN + filters.join(''),
    'output.conf': `[OUTPUT]\n  Match *\n  region eu-west-1\n${lines(output)}`,
  }
  const reading = readLogRouter(data, 'eu-west-1')
  if (reading.state !== 'ready') throw new TypeError(JSON.stringify(reading))
  const pipeline = startPipeline(reading.router, { pod: () => pod, now: given.now ?? (() => AT) })
  return texts.flatMap((text) => pipeline(lineOf(text)))
}

function lines(settings: readonly string[]): string {
  return settings.map((setting) => `  ${setting}\n`).join('')
}

function lineOf(text: string): ContainerLine {
  return { container: 'nginx', containerId: '0123', timeMs: AT, stream: 'stdout', text }
}

function records(deliveries: readonly Delivery[]): unknown[] {
  return deliveries.map(({ message }) => JSON.parse(message))
}

/** The record of a plain line without what the parser takes off it. */
function plain(log: string): object {
  return { stream: 'stdout', logtag: 'F', log }
}

it('sends the line of the file as it is without filters', () => {
  const reading = readLogRouter(
    {
      'output.conf':
        '[OUTPUT]\n  Name cloudwatch\n  Match kube.*\n  region eu-west-1\n  log_group_name g\n  log_stream_name s\n',
    },
    'eu-west-1',
  )
  if (reading.state !== 'ready') throw new TypeError(JSON.stringify(reading))
  const [sent] = startPipeline(reading.router, { pod: () => pod, now: () => AT })(lineOf('GET /'))
  expect(sent).toMatchObject({ group: 'g', stream: 's', timeMs: AT })
  expect(JSON.parse(sent?.message ?? '')).toEqual({ log: '2026-05-04T03:02:01.000000000Z stdout F GET /' })
})

it('takes the time of a record out of its text', () => {
  const [sent] = run({}, 'GET /')
  expect(sent).toMatchObject({ group: 'lines', stream: `p-${TAG}`, timeMs: AT })
  expect(records([sent!])).toEqual([plain('GET /')])
})

describe('the filter', () => {
  it.each<[string, readonly string[], string[], unknown[]]>([
    ['grep keeps', ['grep', 'Regex log ^GET'], ['GET /', 'POST /'], [plain('GET /')]],
    ['grep drops', ['grep', 'Exclude $log health'], ['GET /', 'GET /health'], [plain('GET /')]],
    [
      'grep keeps either of two',
      ['grep', 'Logical_Op or', 'Regex log a', 'Regex log b'],
      ['a', 'b', 'c'],
      [plain('a'), plain('b')],
    ],
    [
      'record_modifier',
      ['record_modifier', 'Remove_key logtag', 'Record cluster my demo'],
      ['x'],
      [{ stream: 'stdout', log: 'x', cluster: 'my demo' }],
    ],
    ['record_modifier allows', ['record_modifier', 'Allowlist_key log'], ['x'], [{ log: 'x' }]],
    [
      'modify',
      ['modify', 'Rename log message', 'Remove_wildcard lo*', 'Add stream never', 'Set env prod'],
      ['x'],
      [{ stream: 'stdout', message: 'x', env: 'prod' }],
    ],
    [
      'modify under a condition',
      ['modify', 'Condition Key_value_matches log ^a', 'Set first yes'],
      ['a', 'b'],
      [{ ...plain('a'), first: 'yes' }, plain('b')],
    ],
    [
      'nest',
      ['nest', 'Operation nest', 'Wildcard s*', 'Wildcard logtag', 'Nest_under source', 'Add_prefix x_'],
      ['x'],
      [{ log: 'x', source: { x_stream: 'stdout', x_logtag: 'F' } }],
    ],
    [
      'kubernetes',
      ['kubernetes', 'Merge_Log On', 'Keep_Log Off', 'Annotations Off'],
      ['{"level":"info"}'],
      [
        {
          stream: 'stdout',
          logtag: 'F',
          level: 'info',
          kubernetes: {
            pod_name: 'web-1',
            namespace_name: 'shop',
            pod_id: 'u-1',
            labels: { app: 'web' },
            host: 'fargate-ip-10-0-0-1',
            container_name: 'nginx',
            docker_id: '0123',
            container_hash: 'sha256:ab',
            container_image: 'nginx:1',
          },
        },
      ],
    ],
    ['kubernetes excludes', ['kubernetes', 'K8S-Logging.Exclude On'], ['x'], []],
  ])('%s', (_, filter, texts, expected) => {
    expect(records(run({ filters: [filter] }, ...texts))).toEqual(expected)
  })

  it('kubernetes parses as the pod asks', () => {
    const filter = ['kubernetes', 'Merge_Log On', 'Merge_Log_Key app', 'K8S-Logging.Parser On']
    const [record] = records(run({ filters: [filter] }, 'status=200 path="/a b"'))
    expect(record).toMatchObject({ log: 'status=200 path="/a b"', app: { status: 200, path: '/a b' } })
  })

  it('nest lifts what it has nested', () => {
    const filters = [
      ['nest', 'Operation nest', 'Wildcard log*', 'Nest_under a'],
      ['nest', 'Operation lift', 'Nested_under a', 'Add_prefix a.'],
    ]
    expect(records(run({ filters }, 'x'))).toEqual([{ stream: 'stdout', 'a.logtag': 'F', 'a.log': 'x' }])
  })

  it('throttle lets a rate pass, and the next interval anew', () => {
    let now = AT
    const filters = [['throttle', 'Rate 2', 'Window 1', 'Interval 1s']]
    const reading = run({ filters, now: () => now }, '1', '2', '3')
    expect(reading).toHaveLength(2)
    now += 1_000
    expect(run({ filters, now: () => now }, '4')).toHaveLength(1)
  })

  it('rewrite_tag begins anew under the tag of its rule', () => {
    const filters = [['rewrite_tag', 'Rule $log ^(\\w+)\\s app.$1.$TAG[0] false']]
    const [sent] = run({ filters }, 'error happened')
    expect(sent?.stream).toBe('p-app.error.kube')
  })

  it('rewrite_tag that would go in a circle ends', () => {
    const filters = [['rewrite_tag', 'Rule $log x kube.$TAG false']]
    expect(run({ filters }, 'x')).toEqual([])
  })
})

describe('the output', () => {
  it('writes one member as it is', () => {
    const output = ['Name cloudwatch_logs', 'log_group_name g', 'log_stream_prefix p-', 'log_key log']
    expect(run({ output }, 'GET /').map(({ message }) => message)).toEqual(['GET /'])
  })

  it.each<[string, readonly string[], string, string]>([
    [
      'templates of the plugin in C',
      [
        'Name cloudwatch_logs',
        'log_group_name g',
        "log_group_template /pods/$kubernetes['namespace_name']",
        'log_stream_prefix p-',
        "log_stream_template $kubernetes['pod_name']",
      ],
      '/pods/shop',
      'web-1',
    ],
    [
      'what a template falls back to',
      [
        'Name cloudwatch_logs',
        'log_group_name g',
        "log_group_template /$kubernetes['missing']",
        'log_stream_name s',
      ],
      'g',
      's',
    ],
    [
      'templates of the plugin in Go',
      [
        'Name cloudwatch',
        "log_group_name /pods/$(kubernetes['namespace_name'])",
        'log_stream_name $(tag[1])-$(missing)',
      ],
      '/pods/shop',
      '/fluentbit-default',
    ],
  ])('names group and stream by %s', (_, output, group, stream) => {
    const [sent] = run({ output, filters: [['kubernetes']] }, 'x')
    expect(sent).toMatchObject({ group, stream })
  })
})
