// Owns what a probe by command can know of a stand-in's container: the files that its script writes, and the variables of its spec.
import { UnknownScript } from './shell/parse.ts'
import type { Entries, Surroundings } from './shell/run.ts'

/** Entries of which no more is known than that these names may be missing; any other one that is not there makes it unknown. */
class KnownEntries implements Entries {
  readonly #entries: Entries
  readonly #known: ReadonlySet<string>

  constructor(entries: Entries, known: ReadonlySet<string>) {
    this.#entries = entries
    this.#known = known
  }

  has(name: string): boolean {
    if (this.#entries.has(name)) return true
    if (this.#known.has(name)) return false
    throw new UnknownScript(name)
  }

  get(name: string): string | undefined {
    return this.has(name) ? this.#entries.get(name) : undefined
  }

  set(name: string, value: string): void {
    this.#entries.set(name, value)
  }

  delete(name: string): void {
    this.#entries.delete(name)
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#entries[Symbol.iterator]()
  }
}

type View = Pick<Surroundings, 'files' | 'variables'>

/**
 * What a container has, for one run of a probe. To look at what an image, a volume or a base image's environment may bring
 * throws UnknownScript; what is not there and would be written by the container's own script is missing.
 * @param words command and arguments of the container
 */
export function probeView({ files, variables }: View, words: readonly string[]): View {
  return {
    files: new KnownEntries(files, pathsWritten(words.join('\n'))),
    variables: new KnownEntries(variables, new Set()),
  }
}

/** Paths that a shell script writes or removes, as far as they stand in it as they are. */
function pathsWritten(script: string): ReadonlySet<string> {
  const redirected = [...script.matchAll(/>>?\s*([^\s;&|<>()'"]+)/g)].map(([, path = '']) => path)
  const commands = script.split(/[;&|\n(){}]|\b(?:do|then|else)\b/).map((text) => text.trim().split(/\s+/))
  const changed = commands.flatMap(([name = '', ...args]) =>
    ['touch', 'rm', 'tee'].includes(name) ? args.filter((arg) => !arg.startsWith('-')) : [],
  )
  return new Set([...redirected, ...changed])
}
