// Owns what a pod says that it would use, where no process of it runs: the annotation `neargate.dev/usage`. Pure.
import { parseMilli, QuantityError } from '../../base/quantity.ts'

/** `cpu=400m,memory=200Mi`, of all containers of the pod together. Read from the pod as it is now, not from its template. */
export const USAGE_ANNOTATION = 'neargate.dev/usage'

/** What a pod says that it uses. */
export interface DeclaredUsage {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

const FORM = 'must be like cpu=400m,memory=200Mi'

/**
 * Reads the annotation of a pod.
 * @returns the usage; undefined where the pod says nothing; the reason why it cannot be read
 */
export function declaredUsage(
  annotations: Readonly<Record<string, string>> | undefined,
): DeclaredUsage | { readonly problem: string } | undefined {
  const text = annotations?.[USAGE_ANNOTATION]
  if (text === undefined) return undefined
  const amounts = new Map<string, bigint>()
  for (const part of text.split(',')) {
    const [, name = '', amount = ''] = /^\s*(cpu|memory)\s*=\s*(\S+)\s*$/.exec(part) ?? []
    const milli = readAmount(amount)
    if (milli === undefined || amounts.has(name)) {
      return { problem: `annotation ${USAGE_ANNOTATION}: ${JSON.stringify(text)} ${FORM}` }
    }
    amounts.set(name, milli)
  }
  return {
    cpuMilli: Number(amounts.get('cpu') ?? 0n),
    memoryBytes: Number(amounts.get('memory') ?? 0n) / 1000,
  }
}

function readAmount(text: string): bigint | undefined {
  try {
    const milli = parseMilli(text)
    return milli < 0n ? undefined : milli
  } catch (error) {
    if (error instanceof QuantityError) return undefined
    throw error
  }
}
