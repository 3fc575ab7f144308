// Owns reading Fluent Bit's classic format as Fargate takes it: sections of keys and values.
// Source: Amazon EKS User Guide, "Start AWS Fargate logging for your cluster", rules for the fields of the ConfigMap.
import { invalid } from './refusal.ts'

export interface Entry {
  /** As written; keys are compared without regard to case. */
  readonly key: string
  readonly value: string
}

/** `[OUTPUT]` and what is indented below it. */
export interface Section {
  readonly name: string
  readonly entries: readonly Entry[]
}

interface Line {
  readonly indent: string
  readonly text: string
}

/**
 * The sections of one file of the ConfigMap.
 * @param file its key, `output.conf`; @param allowed the one section that may stand in it, `OUTPUT`
 * @throws LogRouterRefusal where AWS would refuse the file
 */
export function readSections(file: string, allowed: string, text: string): readonly Section[] {
  if (/\$\{\w+\}/.test(text)) throw invalid(`environment variables are not allowed in ${file}`)
  const sections: { readonly name: string; readonly entries: Entry[] }[] = []
  const indents: { section?: string; entry?: string } = {}
  for (const line of linesOf(text)) {
    const name = /^\[(.*)\]$/.exec(line.text)?.[1]?.trim()
    if (name === undefined) {
      const section = sections.at(-1)
      if (!section) throw invalid(`${file} begins with ${line.text} instead of [${allowed}]`)
      indents.entry ??= line.indent
      checkIndent(file, line, indents.entry)
      if (line.indent.length <= (indents.section ?? '').length) {
        throw invalid(`${line.text} in ${file} has to be indented more than [${section.name}]`)
      }
      section.entries.push(entryOf(line.text))
    } else {
      if (name.toUpperCase() !== allowed) throw invalid(`[${name}] is not a supported section of ${file}`)
      indents.section ??= line.indent
      checkIndent(file, line, indents.section)
      sections.push({ name: allowed, entries: [] })
    }
  }
  return sections
}

function linesOf(text: string): Line[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    return [{ indent: line.slice(0, line.length - line.trimStart().length), text: trimmed }]
  })
}

function checkIndent(file: string, { indent, text }: Line, expected: string): void {
  if (indent !== expected) throw invalid(`${text} in ${file} is not indented as those before it`)
}

function entryOf(text: string): Entry {
  const [, key = text, value = ''] = /^(\S+)\s+(.*)$/.exec(text) ?? []
  return { key, value }
}
