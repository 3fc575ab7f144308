// Owns what the user data of an instance tells CloudFormation once it has come up: its calls of cfn-signal.
// Source: CloudFormation user guide, "cfn-signal"; AWS CLI reference, "cloudformation signal-resource".
import { decodeUserData } from './user-data.ts'

/** Whom an instance tells how its start has gone: a resource of a stack, or the handle of a wait condition. */
export type SignalCommand = {
  readonly isSuccess: boolean
  readonly reason?: string
  readonly data?: string
  /** Undefined: the id of the instance. */
  readonly uniqueId?: string
} & ({ readonly stack: string; readonly resource: string } | { readonly handle: string })

const CALL = /(?:cfn-signal(?:\.exe)?|cloudformation\s+signal-resource)(?=\s)([^\n;|&]*(?:&&|\|\|)?)/g
const LONG: Readonly<Record<string, string>> = {
  '-s': '--success',
  '-e': '--exit-code',
  '-r': '--reason',
  '-d': '--data',
  '-i': '--id',
}

/**
 * The signals of an instance on which everything goes well. User data, base64 as EC2 keeps it, is searched and not run:
 * an exit code that stands in a variable counts as none, and a call whose stack or resource does is left out.
 */
export function signalCommands(userData: string): readonly SignalCommand[] {
  const script = decodeUserData(userData)
    .replaceAll(/\\\r?\n/g, ' ')
    .replaceAll(/^[ \t]*#.*$/gm, '')
  return [...script.matchAll(CALL)].flatMap(([, text = '']) => readCall(wordsOf(text)) ?? [])
}

// Words of a shell, without the quotes around them.
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'&|])+/g)].map(([word]) => word.replaceAll(/["']/g, ''))
}

function readCall(words: readonly string[]): SignalCommand | undefined {
  const { options, rest } = optionsOf(words)
  const value = (...names: readonly string[]): string | undefined =>
    names.map((name) => options.get(name)).find((text) => text !== undefined && !text.includes('$'))
  const failed = [
    value('--success') === 'false',
    value('--status') === 'FAILURE',
    !['0', undefined].includes(value('--exit-code')),
  ]
  const [reason, data, uniqueId] = [value('--reason'), value('--data'), value('--id', '--unique-id')]
  const told = {
    isSuccess: !failed.includes(true),
    ...(reason === undefined ? {} : { reason }),
    ...(data === undefined ? {} : { data }),
    ...(uniqueId === undefined ? {} : { uniqueId }),
  }
  const stack = value('--stack', '--stack-name')
  const resource = value('--resource', '--logical-resource-id')
  if (stack !== undefined && resource !== undefined) return { ...told, stack, resource }
  const handle = rest.find((word) => /^https?:/.test(word))
  return handle === undefined ? undefined : { ...told, handle }
}

function optionsOf(words: readonly string[]): {
  readonly options: ReadonlyMap<string, string>
  readonly rest: readonly string[]
} {
  const options = new Map<string, string>()
  const rest: string[] = []
  for (let at = 0; at < words.length; at++) {
    const [word = '', next = ''] = words.slice(at, at + 2)
    const [, name = word, given] = /^(--[a-z-]+)=(.*)$/.exec(word) ?? []
    if (!name.startsWith('-')) rest.push(word)
    else {
      options.set(LONG[name] ?? name, given ?? next)
      if (given === undefined) at++
    }
  }
  return { options, rest }
}
