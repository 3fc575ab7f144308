// Owns `-o`: the forms in which commands print what they have found, the same ones on each of them.
import { type Command, Option } from 'commander'

import { UserError } from '../base/errors.ts'
import type { Look } from '../terminal/terminal.ts'
import type { App } from './app.ts'
import { jsonText, type JsonOutputs } from './json-outputs.ts'

/** For a person, as wide as the terminal or as the words are; for programs; and the bare names, a line each. */
export const OUTPUTS = ['table', 'wide', 'json', 'yaml', 'name'] as const

export type Output = (typeof OUTPUTS)[number]

export interface OutputFlags {
  readonly output?: Output
  /** The same as `-o json`. */
  readonly json?: true
}

/** Gives a command `-o` and `--json`. */
export function offerOutput(command: Command): Command {
  return command
    .addOption(new Option('-o, --output <format>', 'how to print it (default: table)').choices(OUTPUTS))
    .option('--json', 'the same as -o json')
}

/** The form that was asked for. @throws UserError (wrong usage) where two were */
export function outputOf({ output, json }: OutputFlags): Output {
  if (json && output !== undefined && output !== 'json') {
    throw new UserError(`--json is -o json, and -o ${output} is asked for, too: choose one`, { exitCode: 2 })
  }
  return json ? 'json' : (output ?? 'table')
}

/** Whether a program reads it: then nothing else stands on standard output. */
export function isForPrograms(flags: OutputFlags): boolean {
  return !['table', 'wide'].includes(outputOf(flags))
}

/** How a table may look: `-o wide` cuts nothing. */
export function lookOf({ terminal }: App, flags: OutputFlags): Look {
  return outputOf(flags) === 'wide' ? { ...terminal, columns: Infinity } : terminal
}

/** How `-o name` writes an object. */
export function namedObject(of: {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}): string {
  return `${of.kind.toLowerCase()}/${of.namespace}/${of.name}`
}

interface Printed<Name extends keyof JsonOutputs> {
  readonly command: Name
  readonly value: JsonOutputs[Name]
  /** `cluster/shop`: the kind and the name, with the namespace between them where there is one. */
  readonly names: readonly string[]
}

/** Prints for programs. @returns false where a person reads it: nothing has been printed then */
export async function printForPrograms<Name extends keyof JsonOutputs>(
  { terminal }: App,
  flags: OutputFlags,
  { command, value, names }: Printed<Name>,
): Promise<boolean> {
  const output = outputOf(flags)
  if (output === 'json') terminal.out(jsonText(command, value))
  else if (output === 'yaml') terminal.out(await yamlText(value))
  else if (output === 'name') {
    if (names.length > 0) terminal.out(names.join('\n'))
  } else return false
  return true
}

/** A value as YAML. Loaded by need: reading the library takes as long as starting the program. */
export async function yamlText(value: unknown): Promise<string> {
  const { stringify } = await import('yaml')
  return stringify(value, { lineWidth: 0 }).trimEnd()
}
