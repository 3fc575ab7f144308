// Owns the fast reading of what a YAML document says, without where it says it: by js-yaml, which takes an eighth of the
// time of the library that keeps every sign.
import { defineMappingTag, defineScalarTag, FAILSAFE_SCHEMA, load, NOT_RESOLVED, Schema } from 'js-yaml'

/** The value of a scalar of one line without quotes. */
export type ResolvePlain = (text: string) => unknown

/** Undefined: something that the other library has to read, or to refuse. */
export type ReadValue = (text: string) => unknown

// What begins with a letter is a text, but for these. Most scalars are known by this alone.
const WORD = /^[A-Za-z]/
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/i

/** Makes a reader whose plain scalars mean what `resolve` says; it is asked once for each text. */
export function valueReader(resolve: ResolvePlain): ReadValue {
  const known = new Map<string, unknown>()
  const plain = defineScalarTag('tag:neargate,plain', {
    implicit: true,
    resolve(text) {
      if (WORD.test(text) && !NO_TEXT.test(text)) return NOT_RESOLVED
      if (!known.has(text)) known.set(text, resolve(text))
      const value = known.get(text)
      return typeof value === 'string' ? NOT_RESOLVED : value
    },
    identify: () => false,
  })
  const schema = new Schema([...FAILSAFE_SCHEMA.withTags(PLAIN_MAP).tags, plain])
  return (text) => {
    try {
      // Aliases count what they repeat, which the two libraries do differently.
      return load(text, { schema, maxAliases: 0 })
    } catch {
      return undefined
    }
  }
}

/** A map whose keys are texts. Those that are not, that occur twice or that merge are the other library's to judge. */
const PLAIN_MAP = defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
  create: () => ({}),
  addPair(map, key, value) {
    if (typeof key !== 'string' || key === '<<' || key in map) return 'an unusual key'
    map[key] = value
    return ''
  },
  has: (map, key) => Object.hasOwn(map, String(key)),
  keys: Object.keys,
  get: (map, key) => map[String(key)],
  identify: () => false,
})
