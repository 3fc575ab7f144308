// Owns reading YAML bodies: the last of keys that stand twice counts, and is complained of in the words of Go's reader.
import { parseDocument, type YAMLParseError } from 'yaml'

import { messageOf, StatusError } from '../../base/errors.ts'

/** @throws StatusError BadRequest when the text is no YAML. */
export function readYaml(text: string): { readonly value: unknown; readonly complaint?: string | undefined } {
  try {
    const document = parseDocument(text, { logLevel: 'error' })
    const doubles = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY')
    const [broken] = document.errors.filter((error) => !doubles.includes(error))
    if (broken) throw broken
    document.errors = []
    return { value: document.toJS(), complaint: yamlComplaint(doubles.map((error) => keyAt(text, error))) }
  } catch (error) {
    // Whatever the parser throws (syntax, aliases that multiply) is about the text.
    throw new StatusError('BadRequest', `error converting YAML to JSON: yaml: ${messageOf(error)}`)
  }
}

// The error says where the key begins, and that is all.
function keyAt(text: string, { pos, linePos }: YAMLParseError): { line: number; key: string } {
  const [key = ''] = /^[^:\n]*/.exec(text.slice(pos[0])) ?? []
  return { line: linePos?.[0].line ?? 1, key: key.trim().replace(/^(["'])(.*)\1$/, '$2') }
}

/** What the strict reader says of keys that stand twice in their map; undefined when there are none. Lines count from 1. */
export function yamlComplaint(
  keys: readonly { readonly line: number; readonly key: string }[],
): string | undefined {
  if (keys.length === 0) return undefined
  const lines = keys.map(({ line, key }) => `  line ${line}: key ${JSON.stringify(key)} already set in map`)
  return `yaml: unmarshal errors:\n${lines.join('\n')}`
}
