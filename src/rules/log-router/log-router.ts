// Owns reading the ConfigMap `aws-logging`: whether it makes a log router for pods on Fargate, and which.
// Source: Amazon EKS User Guide, "Start AWS Fargate logging for your cluster"; events of pods that people have published.
import { grep } from './filters/grep.ts'
import { kubernetes } from './filters/kubernetes.ts'
import { modify } from './filters/modify.ts'
import { nest } from './filters/nest.ts'
import { parser } from './filters/parser.ts'
import { recordModifier } from './filters/record-modifier.ts'
import { rewriteTag } from './filters/rewrite-tag.ts'
import { throttle } from './filters/throttle.ts'
import type { Filter, FilterKind, FilterScope, FilterWorld } from './filters/filter.ts'
import { readOutput, type Output } from './outputs.ts'
import { readParser } from './parsers.ts'
import { tagMatcher } from './record.ts'
import { invalid, LogRouterRefusal } from './refusal.ts'
import { readSections, type Section } from './sections.ts'
import { Settings } from './settings.ts'

/** The namespace and the name that Fargate looks for its configuration under. */
export const LOGGING_NAMESPACE = 'aws-observability'
export const LOGGING_CONFIG_MAP = 'aws-logging'
/** What the namespace has to be labelled `enabled` by. */
export const LOGGING_LABEL = 'aws-observability'
const MAX_CHARACTERS = 5300

/** The data of the ConfigMap. */
export type LogRouterData = Readonly<Record<string, string>>

export interface RoutedFilter {
  readonly matches: (tag: string) => boolean
  /** Makes the filter for one pod. */
  readonly start: (world: FilterWorld) => Filter
}

export interface LogRouter {
  readonly filters: readonly RoutedFilter[]
  readonly outputs: readonly Output[]
  /** What Fluent Bit says of itself goes to CloudWatch Logs, too. */
  readonly shipsProcessLogs: boolean
}

export type LogRouterReading =
  | { readonly state: 'ready'; readonly router: LogRouter }
  /** AWS refuses it. @property message `loki is not a supported output plugin` */
  | { readonly state: 'invalid'; readonly message: string }
  /** AWS takes it. @property what `the output plugin es` */
  | { readonly state: 'notEmulated'; readonly what: string }

const FILTERS: Readonly<Record<string, FilterKind>> = {
  grep,
  kubernetes,
  modify,
  nest,
  parser,
  record_modifier: recordModifier,
  rewrite_tag: rewriteTag,
  throttle,
}

/** @param region that of the cluster */
export function readLogRouter(data: LogRouterData, region: string): LogRouterReading {
  try {
    return { state: 'ready', router: routerOf(data, region) }
  } catch (error) {
    if (!(error instanceof LogRouterRefusal)) throw error
    const { kind, message } = error
    return kind === 'invalid' ? { state: 'invalid', message } : { state: 'notEmulated', what: message }
  }
}

function routerOf(data: LogRouterData, region: string): LogRouter {
  if (Object.values(data).join('').length > MAX_CHARACTERS) {
    throw invalid(`it has more than ${MAX_CHARACTERS} characters`)
  }
  const parsers = sectionsOf(data, 'parsers.conf', 'PARSER').map(readParser)
  const scope: FilterScope = { parsers: new Map(parsers.map((each) => [each.name, each])) }
  const filters = sectionsOf(data, 'filters.conf', 'FILTER')
  const outputs = sectionsOf(data, 'output.conf', 'OUTPUT')
  if (outputs.length === 0) throw invalid('it has no supported output plugin')
  const count = new Map<string, number>()
  return {
    filters: filters.map((section) => readFilter(section, scope)),
    outputs: outputs.map((section) => {
      const { settings, plugin } = pluginOf(section)
      const index = count.get(plugin) ?? 0
      count.set(plugin, index + 1)
      return readOutput(settings, plugin, { region, index })
    }),
    shipsProcessLogs: data['flb_log_cw'] === 'true',
  }
}

function sectionsOf(data: LogRouterData, file: string, section: string): readonly Section[] {
  return readSections(file, section, data[file] ?? '')
}

function pluginOf(section: Section): { readonly settings: Settings; readonly plugin: string } {
  const plugin = new Settings(section, `[${section.name}]`).required('Name')
  return { settings: new Settings(section, `[${section.name}] ${plugin}`), plugin: plugin.toLowerCase() }
}

function readFilter(section: Section, scope: FilterScope): RoutedFilter {
  const { settings, plugin } = pluginOf(section)
  const kind = FILTERS[plugin]
  if (!kind) throw invalid(`${plugin} is not a supported filter plugin`)
  settings.one('Name')
  const matches = tagMatcher(settings.required('Match'))
  const start = kind(settings, scope)
  return { matches, start }
}
