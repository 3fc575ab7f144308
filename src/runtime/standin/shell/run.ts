// Owns running what was read of a script: no process, but what the plain commands would have said and ended with.
import { own } from '../../../base/json.ts'
import type { Command, Part, Script, Simple, Word } from './parse.ts'
import { UnknownScript } from './parse.ts'

/** Texts by name, as a map has them. */
export interface Entries extends Iterable<[string, string]> {
  has(name: string): boolean
  get(name: string): string | undefined
  set(name: string, value: string): void
  delete(name: string): void
}

/** What a script can reach. */
export interface Surroundings {
  readonly variables: Entries
  /** Files that scripts of this pod have written, by path. */
  readonly files: Entries
  /** Waits in the script's own time. Rejects when the container is stopped. */
  sleep(seconds: number): Promise<void>
  print(text: string): void
  /** A number of 15 bits, as $RANDOM. */
  random(): number
}

/** Thrown by `exit` to leave every loop at once. */
class Exit extends Error {
  readonly code: number

  constructor(code: number) {
    super('exit')
    this.code = code
  }
}

// A loop that never waits would hold up everything else.
const LOOP_LIMIT = 10_000
const FOREVER_SECONDS = 10 * 365 * 24 * 3600

/**
 * Runs a script. @returns the exit code
 * @throws UnknownScript for a command that is not known, before anything was run when `isKnown` was asked
 */
export async function runScript(script: Script, surroundings: Surroundings): Promise<number> {
  try {
    return await runList(script, surroundings)
  } catch (error) {
    if (error instanceof Exit) return error.code
    throw error
  }
}

async function runList(script: Script, at: Surroundings): Promise<number> {
  let code = 0
  for (const { when, command } of script) {
    if ((when === 'success' && code !== 0) || (when === 'failure' && code === 0)) continue
    code = await runCommand(command, at)
    at.variables.set('?', String(code))
  }
  return code
}

async function runCommand(command: Command, at: Surroundings): Promise<number> {
  switch (command.type) {
    case 'simple':
      return runSimple(command, at)
    case 'not':
      return (await runCommand(command.command, at)) === 0 ? 1 : 0
    case 'if':
      for (const { condition, body } of command.branches) {
        if ((await runList(condition, at)) === 0) return runList(body, at)
      }
      return command.otherwise ? runList(command.otherwise, at) : 0
    case 'while': {
      let code = 0
      for (let turn = 0; ((await runList(command.condition, at)) === 0) !== command.until; turn += 1) {
        if (turn === LOOP_LIMIT) throw new UnknownScript('a loop that does not end')
        code = await runList(command.body, at)
      }
      return code
    }
    case 'for': {
      let code = 0
      for (const value of await expandAll(command.words, at)) {
        at.variables.set(command.name, value)
        code = await runList(command.body, at)
      }
      return code
    }
  }
}

async function runSimple({ words, redirect }: Simple, at: Surroundings): Promise<number> {
  const all = await expandAll(words, at)
  const firstCommand = all.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
  for (const assignment of firstCommand < 0 ? all : []) assign(assignment, at)
  if (firstCommand < 0) return 0
  const [name = '', ...parameters] = all.slice(firstCommand)
  const known = own(commands, name)
  if (!known) throw new UnknownScript(name)
  const { code, output } = await known(parameters, at)
  if (output !== undefined) {
    const to = redirect && (await expandAll([redirect.to], at))[0]
    if (to === undefined) at.print(output)
    else if (to === '/dev/stdout' || to === '/dev/stderr') at.print(output)
    else if (to !== '/dev/null') at.files.set(to, (redirect?.append ? (at.files.get(to) ?? '') : '') + output)
  }
  return code
}

function assign(text: string, at: Surroundings): void {
  const equals = text.indexOf('=')
  at.variables.set(text.slice(0, equals), text.slice(equals + 1))
}

interface Outcome {
  readonly code: number
  readonly output?: string
}

type Run = (parameters: readonly string[], at: Surroundings) => Outcome | Promise<Outcome>

const success: Outcome = { code: 0 }

const commands: Readonly<Record<string, Run>> = {
  exit: ([code = '0']) => {
    throw new Exit(Number(code) & 255)
  },
  true: () => success,
  ':': () => success,
  false: () => ({ code: 1 }),
  set: () => success,
  trap: () => success,
  sleep: async (durations, at) => {
    await at.sleep(durations.reduce((sum, duration) => sum + secondsOf(duration), 0))
    return success
  },
  echo: (words) => {
    const bare = words[0] === '-n'
    const text = (bare || words[0] === '-e' ? words.slice(1) : words).join(' ')
    return { code: 0, output: bare ? text : `${text}\n` }
  },
  printf: ([format = '', ...values]) => ({ code: 0, output: formatted(format, values) }),
  export: (assignments, at) => {
    for (const assignment of assignments) if (assignment.includes('=')) assign(assignment, at)
    return success
  },
  touch: (paths, at) => {
    for (const path of paths) if (!at.files.has(path)) at.files.set(path, '')
    return success
  },
  mkdir: () => success,
  rm: (paths, at) => {
    for (const path of paths) at.files.delete(path)
    return success
  },
  cat: (paths, at) => {
    const texts = paths.map((path) => at.files.get(path))
    if (paths.length === 0) throw new UnknownScript('cat')
    const missing = texts.includes(undefined)
    return { code: missing ? 1 : 0, output: texts.filter((text) => text !== undefined).join('') }
  },
  env: (words, at) => printVariables(words, at),
  printenv: (words, at) => printVariables(words, at),
  test: (words, at) => ({ code: isTrue(words, at) ? 0 : 1 }),
  '[': (words, at) => ({ code: isTrue(withoutClosing(words, ']'), at) ? 0 : 1 }),
  '[[': (words, at) => ({ code: isTrue(withoutClosing(words, ']]'), at) ? 0 : 1 }),
  expr: (words) => {
    const value = calculate(words.join(' '), new Map())
    return { code: value === 0 ? 1 : 0, output: `${value}\n` }
  },
}

/** True when every command of a script is one that can be run. */
export function isKnown(script: Script): boolean {
  return script.every(({ command }) => isKnownCommand(command))
}

function isKnownCommand(command: Command): boolean {
  switch (command.type) {
    case 'simple': {
      const inner = command.words.flat().every((part) => part.type !== 'command' || isKnown(part.script))
      const name = command.words.map(plainText).find((word) => !/^[A-Za-z_]\w*=/.test(word ?? ''))
      return inner && (command.words.length === 0 || name === undefined || own(commands, name) !== undefined)
    }
    case 'not':
      return isKnownCommand(command.command)
    case 'if':
      return (
        command.branches.every(({ condition, body }) => isKnown(condition) && isKnown(body)) &&
        isKnown(command.otherwise ?? [])
      )
    case 'while':
      return isKnown(command.condition) && isKnown(command.body)
    case 'for':
      return isKnown(command.body)
  }
}

// What is filled in cannot be known before: it is no name of a command.
function plainText(word: Word): string {
  return word.map((part) => (part.type === 'text' ? part.text : '$')).join('')
}

function withoutClosing(words: readonly string[], bracket: string): readonly string[] {
  if (words.at(-1) !== bracket) throw new UnknownScript(bracket)
  return words.slice(0, -1)
}

function printVariables(words: readonly string[], { variables }: Surroundings): Outcome {
  if (words.length === 1) {
    const value = variables.get(words[0] ?? '')
    return value === undefined ? { code: 1 } : { code: 0, output: `${value}\n` }
  }
  if (words.length > 1) throw new UnknownScript('env')
  const lines = [...variables].filter(([name]) => name !== '?').map(([name, value]) => `${name}=${value}\n`)
  return { code: 0, output: lines.join('') }
}

function secondsOf(duration: string): number {
  if (duration === 'infinity' || duration === 'inf') return FOREVER_SECONDS
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(duration)
  if (!match) throw new UnknownScript(`sleep ${duration}`)
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
  return Number(match[1]) * (units[match[2] || 's'] ?? 1)
}

function formatted(format: string, values: readonly string[]): string {
  let next = 0
  return format
    .replaceAll(/%[sd]/g, () => values[next++] ?? '')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
}

function isTrue(words: readonly string[], at: Surroundings): boolean {
  if (words[0] === '!') return !isTrue(words.slice(1), at)
  const [left = '', operator = '', right = ''] = words
  if (words.length === 1) return left !== ''
  if (words.length === 2) {
    if (left === '-z') return operator === ''
    if (left === '-n') return operator !== ''
    if (['-e', '-f', '-r', '-w'].includes(left)) return at.files.has(operator)
    if (left === '-s') return (at.files.get(operator) ?? '') !== ''
    throw new UnknownScript(left)
  }
  if (words.length !== 3) throw new UnknownScript(words.join(' '))
  const compare = own(comparisons, operator)
  if (!compare) throw new UnknownScript(operator)
  return compare(left, right)
}

const comparisons: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '-eq': (a, b) => Number(a) === Number(b),
  '-ne': (a, b) => Number(a) !== Number(b),
  '-lt': (a, b) => Number(a) < Number(b),
  '-le': (a, b) => Number(a) <= Number(b),
  '-gt': (a, b) => Number(a) > Number(b),
  '-ge': (a, b) => Number(a) >= Number(b),
}

/** One operation on whole numbers, or a number alone. */
function calculate(text: string, variables: ReadonlyMap<string, string>): number {
  const filled = text.replaceAll(/\$?([A-Za-z_]\w*)/g, (_all, name: string) => variables.get(name) ?? '0')
  const match = /^\s*(-?\d+)\s*(?:([-+*/%])\s*(-?\d+)\s*)?$/.exec(filled)
  if (!match) throw new UnknownScript(text)
  const [, left, operator, right] = match
  const [a, b] = [Number(left), Number(right)]
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return Math.trunc(a / b)
    case '%':
      return a % b
    default:
      return a
  }
}

async function expandAll(words: readonly Word[], at: Surroundings): Promise<string[]> {
  const all: string[] = []
  for (const word of words) all.push(...(await expand(word, at)))
  return all
}

/** A word filled in; one that is nothing but an empty variable goes, as in a shell. */
async function expand(word: Word, at: Surroundings): Promise<string[]> {
  let text = ''
  for (const part of word) text += await expandPart(part, at)
  const isQuoted = word.some((part) => part.type === 'text')
  return text === '' && !isQuoted ? [] : [text]
}

async function expandPart(part: Part, at: Surroundings): Promise<string> {
  switch (part.type) {
    case 'text':
      return part.text
    case 'variable':
      return valueOf(part.name, at) || (part.fallback ?? '')
    case 'arithmetic': {
      const random = new Map([...at.variables, ['RANDOM', String(at.random())]])
      return String(calculate(part.text, random))
    }
    case 'command': {
      let output = ''
      await runList(part.script, { ...at, print: (text) => void (output += text) })
      return output.replace(/\n+$/, '')
    }
  }
}

function valueOf(name: string, at: Surroundings): string {
  if (name === '$') return '1'
  return name === 'RANDOM' ? String(at.random()) : (at.variables.get(name) ?? '')
}
