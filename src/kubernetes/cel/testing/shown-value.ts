// Owns values of CEL as test data writes them: what JSON has no type for carries the name of its own.

/** A value as JSON: `{"int":"1"}`, `{"bytes":"00ff"}`, `{"map":[[key, value]]}`. */
export function shownValue(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { int: String(value) }
    case 'number':
      return { double: Object.is(value, -0) ? '-0' : String(value) }
    case 'object':
      return value === null ? null : shownObject(value)
    default:
      return value
  }
}

function shownObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(shownValue)
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Map) return shownMap([...(value as Map<unknown, unknown>)])
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  // The library's types of its own tell themselves apart by their tags.
  const type = /^Type<(.*)>$/.exec(tag)?.[1]
  if (type !== undefined) return { type: type === 'null' ? 'null_type' : type }
  const whole = /^value = (.*)$/.exec(tag)?.[1]
  if (whole !== undefined) return { uint: whole }
  if (Object.getPrototypeOf(value) === Object.prototype) return shownMap(Object.entries(value))
  return { other: tag }
}

function shownMap(entries: readonly (readonly [unknown, unknown])[]): unknown {
  const shown = entries.map(([key, item]) => [shownValue(key), shownValue(item)])
  const text = (entry: readonly unknown[]): string => JSON.stringify(entry[0])
  return { map: shown.toSorted((a, b) => (text(a) < text(b) ? -1 : 1)) }
}
