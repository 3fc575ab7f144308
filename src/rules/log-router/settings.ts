// Owns looking up the settings of one section, and noticing those that nobody looks at.
import { invalid, notEmulated } from './refusal.ts'
import type { Section } from './sections.ts'

/** The settings of a section by name, whatever their case. What a plugin does not ask for is not emulated. */
export class Settings {
  /** `[OUTPUT] cloudwatch_logs`: for messages. */
  readonly title: string
  readonly #section: Section
  readonly #asked = new Set<string>()

  constructor(section: Section, title: string) {
    this.#section = section
    this.title = title
  }

  /** All values of a setting that may be repeated. */
  all(name: string): readonly string[] {
    const wanted = name.toLowerCase()
    this.#asked.add(wanted)
    return this.#section.entries.filter(({ key }) => key.toLowerCase() === wanted).map(({ value }) => value)
  }

  /** The settings of several names in the order in which they stand. @returns names as in `names` */
  inOrder(names: readonly string[]): readonly { readonly name: string; readonly value: string }[] {
    for (const name of names) this.#asked.add(name.toLowerCase())
    return this.#section.entries.flatMap(({ key, value }) => {
      const name = names.find((each) => each.toLowerCase() === key.toLowerCase())
      return name === undefined ? [] : [{ name, value }]
    })
  }

  /** The last one counts. */
  one(name: string): string | undefined {
    return this.all(name).at(-1)
  }

  /** @throws LogRouterRefusal without it */
  required(name: string): string {
    const value = this.one(name)
    if (value === undefined || value === '') throw invalid(`${this.title} has no ${name}`)
    return value
  }

  /** `on`, `true` and `yes` are so. */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.one(name)
    return value === undefined ? otherwise : /^(on|true|yes)$/i.test(value)
  }

  /** @throws LogRouterRefusal when it is no whole number */
  count(name: string, otherwise: number): number {
    const value = this.one(name)
    if (value === undefined) return otherwise
    if (!/^\d+$/.test(value)) throw invalid(`${name} ${value} of ${this.title} is no number`)
    return Number(value)
  }

  /** The first `words` words of a value that consists of several, and the rest as the last one. */
  split(value: string, words: number): readonly string[] {
    const parts = value.split(/\s+/)
    return [...parts.slice(0, words - 1), parts.slice(words - 1).join(' ')]
  }

  /**
   * @param harmless settings that change nothing of what arrives: of retries, buffers and what Fluent Bit says
   * @throws LogRouterRefusal when there are others that nobody asked for
   */
  end(harmless: readonly string[] = []): void {
    const known = new Set([...this.#asked, ...harmless.map((name) => name.toLowerCase())])
    const rest = this.#section.entries.find(({ key }) => !known.has(key.toLowerCase()))
    if (rest) throw notEmulated(`${rest.key} of ${this.title}`)
  }
}
