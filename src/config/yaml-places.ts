// Owns finding where in a plain YAML document a value stands, by the events of js-yaml.
import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, type Event, type ScalarEvent } from 'js-yaml'

/** Offsets into the text of the key at the end of a path and of its value, or of those of their nearest ancestor. */
export interface Place {
  readonly key: number
  readonly value: number
  /** The text of a scalar, without its quotes. */
  readonly source: string | undefined
}

/** Undefined for what the other library has to find: texts in blocks, which begin before what they say, and empty values. */
export type FindPlace = (text: string, path: readonly (string | number)[]) => Place | undefined

/** Finds places in documents that the reader of values takes: without anchors and tags, with texts as keys. */
export function placeFinder(): FindPlace {
  // Problems come document by document; the events of thousands would take more memory than all else.
  let latest: { readonly text: string; readonly events: readonly Event[] } | undefined
  return (text, path) => {
    if (latest?.text !== text) latest = { text, events: parseEvents(text, {}) }
    return new Walk(latest.events, text).find(path)
  }
}

class Walk {
  readonly #events: readonly Event[]
  readonly #text: string

  constructor(events: readonly Event[], text: string) {
    this.#events = events
    this.#text = text
  }

  find(path: readonly (string | number)[]): Place | undefined {
    // The first event opens the document.
    let value = 1
    let key = value
    for (const step of path) {
      const found = this.#child(value, String(step))
      if (!found) break
      ;({ key, value } = found)
    }
    const at = { key: this.#start(key), value: this.#start(value) }
    if (at.key === undefined || at.value === undefined) return undefined
    const event = this.#events[value]
    const source = event && isScalar(event) ? getScalarValue(this.#text, event) : undefined
    return { key: at.key, value: at.value, source }
  }

  /** Indices of the events of what is in a collection under a key, or at an index: there both are the same. */
  #child(parent: number, step: string): { readonly key: number; readonly value: number } | undefined {
    const type = this.#events[parent]?.type
    if (type !== EVENT_ID.MAPPING && type !== EVENT_ID.SEQUENCE) return undefined
    let at = parent + 1
    for (let index = 0; !this.#isEnd(at); index++) {
      const value = type === EVENT_ID.MAPPING ? at + 1 : at
      if (type === EVENT_ID.MAPPING ? this.#keyIs(at, step) : String(index) === step)
        return { key: at, value }
      at = this.#after(value)
    }
    return undefined
  }

  #isEnd(at: number): boolean {
    const event = this.#events[at]
    return !event || event.type === EVENT_ID.POP
  }

  #keyIs(at: number, name: string): boolean {
    const event = this.#events[at]
    return event !== undefined && isScalar(event) && getScalarValue(this.#text, event) === name
  }

  /** The index of the event after all that belongs to one. */
  #after(at: number): number {
    let depth = 0
    let next = at
    do {
      const type = this.#events[next]?.type
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1
      else if (type === EVENT_ID.POP) depth -= 1
      next += 1
    } while (depth > 0)
    return next
  }

  #start(at: number): number | undefined {
    const event = this.#events[at]
    if (!event || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined
    if (event.type === EVENT_ID.ALIAS) return event.anchorStart
    if (!isScalar(event)) return event.start
    switch (event.style) {
      case SCALAR_STYLE.PLAIN:
        // Nothing is written behind a key without a value.
        return event.valueStart < 0 ? undefined : event.valueStart
      case SCALAR_STYLE.SINGLE_QUOTED:
      case SCALAR_STYLE.DOUBLE_QUOTED:
        return event.valueStart - 1
      default:
        return undefined
    }
  }
}

function isScalar(event: Event): event is ScalarEvent {
  return event.type === EVENT_ID.SCALAR
}
