import { describe, expect, it } from 'vitest'

import { readLogRouter, type LogRouterData } from './log-router.ts'

const OUTPUT = `[OUTPUT]
    Name cloudwatch_logs
    Match kube.*
    region eu-west-1
    log_group_name my-logs
    log_stream_prefix from-fluent-bit-
    log_retention_days 60
    auto_create_group true
`

function read(data: LogRouterData): ReturnType<typeof readLogRouter> {
  return readLogRouter(data, 'eu-west-1')
}

function outputWith(line: string): LogRouterData {
  return { 'output.conf': `${OUTPUT}    ${line}\n` }
}

it("takes AWS's own example", () => {
  const reading = read({
    flb_log_cw: 'true',
    'filters.conf': `[FILTER]
    Name parser
    Match *
    Key_name log
    Parser crio
[FILTER]
    Name kubernetes
    Match kube.*
    Merge_Log On
    Keep_Log Off
    Buffer_Size 0
    Kube_Meta_Cache_TTL 300s
`,
    'output.conf': OUTPUT,
    'parsers.conf': `[PARSER]
    Name crio
    Format Regex
    Regex ^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>P|F) (?<log>.*)$
    Time_Key    time
    Time_Format %Y-%m-%dT%H:%M:%S.%L%z
`,
  })
  expect(reading).toMatchObject({
    state: 'ready',
    router: {
      shipsProcessLogs: true,
      outputs: [{ name: 'cloudwatch_logs.0', createsGroup: true, retentionDays: 60 }],
    },
  })
})

describe('refuses, as AWS does,', () => {
  it.each<[string, LogRouterData, string]>([
    ['no output', {}, 'it has no supported output plugin'],
    [
      'plugins that Fargate does not have',
      { 'output.conf': '[OUTPUT]\n  Name loki\n  Match *\n' },
      'loki is not a supported output plugin',
    ],
    [
      'filters that Fargate does not have',
      { 'output.conf': OUTPUT, 'filters.conf': '[FILTER]\n  Name lua\n  Match *\n' },
      'lua is not a supported filter plugin',
    ],
    [
      'other sections',
      { 'output.conf': `[SERVICE]\n    Flush 1\n${OUTPUT}` },
      '[SERVICE] is not a supported section of output.conf',
    ],
    [
      'a section in the file of another',
      { 'output.conf': OUTPUT, 'filters.conf': OUTPUT },
      '[OUTPUT] is not a supported section of filters.conf',
    ],
    [
      'an output without Match',
      { 'output.conf': '[OUTPUT]\n  Name cloudwatch_logs\n' },
      '[OUTPUT] cloudwatch_logs has no Match',
    ],
    [
      'a parser without Format',
      { 'output.conf': OUTPUT, 'parsers.conf': '[PARSER]\n  Name json\n' },
      '[PARSER] has no Format',
    ],
    [
      'variables of the environment',
      { 'output.conf': OUTPUT.replace('my-logs', '${GROUP}') },
      'environment variables are not allowed in output.conf',
    ],
    [
      'keys that are indented otherwise',
      { 'output.conf': `${OUTPUT}      log_key log\n` },
      'log_key log in output.conf is not indented as those before it',
    ],
    [
      'keys that are not indented',
      { 'output.conf': '[OUTPUT]\nName cloudwatch_logs\n' },
      'Name cloudwatch_logs in output.conf has to be indented more than [OUTPUT]',
    ],
    [
      'what Fargate fills in itself',
      {
        'output.conf': OUTPUT,
        'filters.conf': '[FILTER]\n  Name kubernetes\n  Match *\n  Kube_URL https://x\n',
      },
      'Kube_URL of [FILTER] kubernetes must not be specified',
    ],
    [
      'more than 5300 characters',
      { 'output.conf': OUTPUT, 'parsers.conf': `# ${'x'.repeat(5300)}` },
      'it has more than 5300 characters',
    ],
    [
      'a parser that is not there',
      {
        'output.conf': OUTPUT,
        'filters.conf': '[FILTER]\n  Name parser\n  Match *\n  Key_Name log\n  Parser cri\n',
      },
      'parser cri of [FILTER] parser is not in parsers.conf',
    ],
    [
      'a prefix and a name of streams at once',
      outputWith('log_stream_name one'),
      '[OUTPUT] cloudwatch_logs takes either log_stream_name or log_stream_prefix',
    ],
  ])('%s', (_, data, message) => {
    expect(read(data)).toEqual({ state: 'invalid', message })
  })
})

describe('does not emulate', () => {
  it.each<[string, LogRouterData, string]>([
    [
      'outputs elsewhere',
      {
        'output.conf':
          '[OUTPUT]\n  Name kinesis_firehose\n  Match *\n  region eu-west-1\n  delivery_stream s\n',
      },
      'the output plugin kinesis_firehose',
    ],
    [
      'another region',
      { 'output.conf': OUTPUT.replace('eu-west-1', 'us-east-1') },
      'an output in another region (us-east-1)',
    ],
    [
      'settings it does not know',
      outputWith('role_arn arn:aws:iam::1:role/x'),
      'role_arn of [OUTPUT] cloudwatch_logs',
    ],
    [
      'expressions that look ahead',
      {
        'output.conf': OUTPUT,
        'filters.conf': '[FILTER]\n  Name grep\n  Match *\n  Regex log a(?!b)\n',
      },
      'the expression a(?!b)',
    ],
  ])('%s', (_, data, what) => {
    expect(read(data)).toEqual({ state: 'notEmulated', what })
  })
})
