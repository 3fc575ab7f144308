// Owns the outputs of the log router: where in CloudWatch Logs a record goes, and what is written there.
// Source: Fluent Bit's manual, "Outputs", Amazon CloudWatch; the README of amazon-cloudwatch-logs-for-fluent-bit.
import {
  accessor,
  fillTemplate,
  tagMatcher,
  tagPart,
  textOf,
  type LogEvent,
  type LogRecord,
} from './record.ts'
import { invalid, notEmulated } from './refusal.ts'
import type { Settings } from './settings.ts'

/** Where one record goes. */
export interface LogPlace {
  readonly group: string
  readonly stream: string
}

export interface Output {
  /** `cloudwatch_logs.0`, as Fluent Bit calls it in its own log. */
  readonly name: string
  readonly matches: (tag: string) => boolean
  readonly createsGroup: boolean
  readonly retentionDays: number | undefined
  /** For groups that it makes. */
  readonly groupTags: Readonly<Record<string, string>>
  readonly place: (event: LogEvent) => LogPlace
  /** What is written: JSON, or one member. @returns undefined for records without that member */
  message(record: LogRecord): string | undefined
}

/** What outputs of all kinds may say, and which changes nothing of what arrives. */
const HARMLESS = [
  'Name',
  'Alias',
  'Log_Level',
  'Retry_Limit',
  'Workers',
  'auto_retry_requests',
  'extra_user_agent',
]
const PLUGINS: Readonly<Record<string, 'c' | 'go' | 'elsewhere'>> = {
  cloudwatch_logs: 'c',
  cloudwatch: 'go',
  es: 'elsewhere',
  firehose: 'elsewhere',
  kinesis_firehose: 'elsewhere',
  kinesis: 'elsewhere',
}

export interface OutputScope {
  /** Of the cluster. */
  readonly region: string
  /** How many of its kind were before it. */
  readonly index: number
}

/** @throws LogRouterRefusal */
export function readOutput(settings: Settings, plugin: string, { region, index }: OutputScope): Output {
  const kind = PLUGINS[plugin]
  if (kind === undefined) throw invalid(`${plugin} is not a supported output plugin`)
  const matches = tagMatcher(settings.required('Match'))
  if (kind === 'elsewhere') throw notEmulated(`the output plugin ${plugin}`)
  const wanted = settings.required('region')
  if (wanted !== region) throw notEmulated(`an output in another region (${wanted})`)
  const place = kind === 'go' ? goPlace(settings) : cPlace(settings)
  const logKey = settings.one('log_key')
  const createsGroup = settings.flag('auto_create_group', false)
  const retention = settings.count('log_retention_days', 0)
  const groupTags = kind === 'go' ? tagsOf(settings.one('new_log_group_tags')) : {}
  settings.end(HARMLESS)
  return {
    name: `${plugin}.${index}`,
    matches,
    createsGroup,
    retentionDays: retention === 0 ? undefined : retention,
    groupTags,
    place,
    message: (record) => messageOf(record, logKey),
  }
}

/** The plugin in C: a prefix or a name, and templates that fall back to them. */
function cPlace(settings: Settings): Output['place'] {
  const group = settings.required('log_group_name')
  const groupTemplate = templateOf(settings.one('log_group_template'))
  const streamTemplate = templateOf(settings.one('log_stream_template'))
  const stream = streamOf(settings)
  return (event) => ({
    group: groupTemplate(event) ?? group,
    stream: streamTemplate(event) ?? stream(event),
  })
}

function streamOf(settings: Settings): (event: LogEvent) => string {
  const name = settings.one('log_stream_name')
  const prefix = settings.one('log_stream_prefix')
  if ((name === undefined) === (prefix === undefined)) {
    throw invalid(`${settings.title} takes either log_stream_name or log_stream_prefix`)
  }
  return ({ tag }) => name ?? `${prefix}${tag}`
}

/** `my-app.$kubernetes['namespace_name']`; undefined where the record lacks a member. */
function templateOf(template: string | undefined): (event: LogEvent) => string | undefined {
  if (template === undefined) return () => undefined
  return ({ record, tag }) => {
    const { text, isWhole } = fillTemplate(
      template,
      /\$TAG(?:\[(\d)\])?|\$[A-Za-z_]\w*(?:\['[^']*'\])*/g,
      (path = '', part) => (path.startsWith('$TAG') ? tagPart(tag, part) : textOf(accessor(path)(record))),
    )
    return isWhole ? text : undefined
  }
}

/** The plugin in Go: names with `$(kubernetes['namespace_name'])`, and names for where they have no value. */
function goPlace(settings: Settings): Output['place'] {
  const groupName = settings.required('log_group_name')
  const groupOtherwise = settings.one('default_log_group_name') ?? 'fluentbit-default'
  const streamOtherwise = settings.one('default_log_stream_name') ?? '/fluentbit-default'
  const stream = streamOf(settings)
  return (event) => ({
    group: filled(groupName, event) ?? groupOtherwise,
    stream: filled(stream(event), event) ?? streamOtherwise,
  })
}

function filled(template: string, { record, tag }: LogEvent): string | undefined {
  const { text, isWhole } = fillTemplate(template, /\$\((?:tag(?:\[(\d)\])?|([^)]*))\)/g, (_, part, path) =>
    path === undefined ? tagPart(tag, part) : textOf(accessor(`$${path}`)(record)),
  )
  return isWhole ? text : undefined
}

function tagsOf(text: string | undefined): Readonly<Record<string, string>> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split('=')
      return [key.trim(), value.trim()]
    }),
  )
}

/** The record as JSON, or one member of it: text as it is. */
function messageOf(record: LogRecord, logKey: string | undefined): string | undefined {
  if (logKey === undefined) return JSON.stringify(record)
  const value = record[logKey]
  return typeof value === 'string' ? value : JSON.stringify(value)
}
