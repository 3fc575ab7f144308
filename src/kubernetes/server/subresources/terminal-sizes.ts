// Owns reading the sizes of a client's terminal, as exec and attach are told them.
// Source: client-go tools/remotecommand (TerminalSize): a stream of JSON objects.
import type { TerminalSize } from '../ports.ts'

// An object has no others in it.
const OBJECT = /\{[^{}]*\}/g

/** The sizes in a stream of bytes, however it is cut; what is none is passed over. */
export class TerminalSizes {
  #rest = ''

  /** @returns those that are complete now */
  read(bytes: Uint8Array): TerminalSize[] {
    const text = this.#rest + Buffer.from(bytes).toString()
    this.#rest = text.slice(text.lastIndexOf('}') + 1)
    return (text.match(OBJECT) ?? []).flatMap(sizeOf)
  }
}

function sizeOf(text: string): TerminalSize[] {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as { Width?: unknown; Height?: unknown }
    return typeof columns === 'number' && typeof rows === 'number' ? [{ columns, rows }] : []
  } catch {
    return []
  }
}
