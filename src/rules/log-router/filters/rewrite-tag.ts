// Owns the filter rewrite_tag: records that begin anew under another tag.
// Source: Fluent Bit's manual, "Filters", Rewrite tag.
import { accessor, expressionOf, fillTemplate, tagPart, textOf, type LogEvent } from '../record.ts'
import { invalid } from '../refusal.ts'
import type { Settings } from '../settings.ts'
import type { FilterKind } from './filter.ts'

interface Rule {
  /** @returns the tag under which the record begins anew; undefined when the rule does not fit it */
  retag(event: LogEvent): string | undefined
  /** The record goes on under its old tag as well. */
  readonly keeps: boolean
}

/** The first rule that fits decides. */
export const rewriteTag: FilterKind = (settings) => {
  settings.required('Rule')
  const rules = settings.all('Rule').map((value) => ruleOf(settings, value))
  settings.end(['Emitter_Name', 'Emitter_Storage.type', 'Emitter_Mem_Buf_Limit'])
  return () => (event) => {
    for (const rule of rules) {
      const tag = rule.retag(event)
      if (tag === undefined || tag === event.tag) continue
      return { again: { ...event, tag }, ...(rule.keeps ? { event } : {}) }
    }
    return { event }
  }
}

function ruleOf(settings: Settings, value: string): Rule {
  const [key = '', pattern = '', template = '', keep = 'false'] = value.split(/\s+/)
  if (template === '') throw invalid(`Rule of ${settings.title} is not KEY REGEX NEW_TAG KEEP`)
  const read = accessor(key)
  const expression = expressionOf(pattern)
  const fill = tagTemplate(template)
  return {
    keeps: keep.toLowerCase() === 'true',
    retag(event) {
      const found = expression.match(textOf(read(event.record)) ?? '')
      return found && fill(event, found.captures)
    },
  }
}

const PLACEHOLDER = /\$TAG\[(\d)\]|\$TAG|\$(\d)|\$[A-Za-z_]\w*(?:\['[^']*'\])*/g

/** `$TAG`, `$TAG[2]`, `$0` to `$9` of the expression, and members of the record. */
function tagTemplate(template: string): (event: LogEvent, found: readonly (string | undefined)[]) => string {
  return ({ tag, record }, found) =>
    fillTemplate(template, PLACEHOLDER, (match = '', part, group) => {
      if (match.startsWith('$TAG')) return tagPart(tag, part)
      return group === undefined ? textOf(accessor(match)(record)) : found[Number(group)]
    }).text
}
