// Owns what a probe by command can know of a stand-in's container: the files that its script writes, and the variables of its spec.
import { UnknownScript } from './shell/parse.ts'

/** Entries of which no more is known than that these names may be missing; any other one that is not there makes it unknown. */
class KnownEntries extends Map<string, string> {
  readonly #entries: Map<string, string>
  readonly #known: ReadonlySet<string>

  constructor(entries: Map<string, string>, known: ReadonlySet<string>) {
    super()
    this.#entries = entries
    this.#known = known
  }

  override has(name: string): boolean {
    if (this.#entries.has(name)) return true
    if (this.#known.has(name)) return false
    throw new UnknownScript(name)
  }

  override get(name: string): string | undefined {
    return this.has(name) ? this.#entries.get(name) : undefined
  }

  override set(name: string, value: string): this {
    this.#entries.set(name, value)
    return this
  }

  override delete(name: string): boolean {
    return this.#entries.delete(name)
  }

  override [Symbol.iterator](): MapIterator<[string, string]> {
    return this.#entries[Symbol.iterator]()
  }
}

/**
 * What a container has, for one run of a probe. To look at what an image, a volume or a base image's environment may bring
 * throws UnknownScript; what is not there and would be written by the container's own script is missing.
 * @param words command and arguments of the container
 */
export function probeView(
  { files, variables }: { readonly files: Map<string, string>; readonly variables: Map<string, string> },
  words: readonly string[],
): { files: Map<string, string>; variables: Map<string, string> } {
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
